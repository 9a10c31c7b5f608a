/* How a page is drawn, for a rule about accessibility: its elements and what a rule reads of them, without the words, the
   numbers and the repetitions. Two pages that are drawn alike have the same faults. */
() => {
  const READ = /^(class|id|for|name|role|type|tabindex|scope|headers|open|hidden|disabled|checked|required|multiple|aria-.*)$/;
  const WORDS = /^aria-(label|description|valuetext|valuenow|roledescription|placeholder)$/;
  const SMALLEST = 24;
  const plain = (text) => text.replace(/\d+/g, "");
  const blank = (text) => (text.trim() ? "#" : "");
  const said = ({ name, value }) => `${name}=${READ.test(name) && !WORDS.test(name) ? plain(value) : blank(value)}`;
  const small = (node) => {
    if (!node.matches("a, button, input, select, summary, [tabindex]")) return "";
    const box = node.getBoundingClientRect();
    return box.width < SMALLEST || box.height < SMALLEST ? "!" : "";
  };
  const drawn = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return blank(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches("script, style")) return "";
    const inside = [];
    for (const child of node.childNodes) {
      const part = drawn(child);
      if (part !== inside[inside.length - 1]) inside.push(part);
    }
    return `<${node.localName}${small(node)} ${[...node.attributes].map(said).sort().join(" ")}>${inside.join("")}</>`;
  };
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  const nowhere = ["for", "headers", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"].flatMap((name) =>
    [...document.querySelectorAll(`[${name}]`)].flatMap((node) => node.getAttribute(name).split(/\s+/))
      .filter((id) => id && !document.getElementById(id)));
  const { color, backgroundColor } = getComputedStyle(document.body);
  return JSON.stringify([innerWidth, color, backgroundColor, blank(document.title), twice, nowhere, drawn(document.body)]);
}
