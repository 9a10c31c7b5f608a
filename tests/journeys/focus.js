/* What a reader at the keyboard knows after a key: whether the focus is on one of the targets, what it is on, and what is wrong
   with how it shows (nothing, when it can be seen). */
(targets) => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return { there: false, on: "", wrong: "" };
  const words = (at.getAttribute("aria-label") || at.innerText || at.name || at.id || "").trim().slice(0, 60);
  const on = `<${at.localName}> “${words}”`;
  const outlined = (node) => getComputedStyle(node).outlineStyle !== "none" && parseFloat(getComputedStyle(node).outlineWidth) >= 2;
  const around = [at, at.parentElement, at.parentElement && at.parentElement.parentElement].filter(Boolean);
  const first = at.getClientRects()[0] || at.getBoundingClientRect();
  const left = Math.max(first.left, 0), right = Math.min(first.right, innerWidth);
  const top = Math.max(first.top, 0), bottom = Math.min(first.bottom, innerHeight);
  const uncovered = () => [0.5, 0.15, 0.85].some((share) => {
    const hit = document.elementFromPoint(left + (right - left) * share, top + (bottom - top) * share);
    return hit && (at.contains(hit) || hit.contains(at));
  });
  let wrong = "";
  // A place that was skipped to is no control: the next Tab goes on from it.
  if (at.tabIndex < 0) wrong = "";
  else if (!around.some(outlined)) wrong = "nothing shows that it has the focus";
  else if (right - left < 1 || bottom - top < 1) wrong = "it is not on the screen";
  else if (!uncovered()) wrong = "something lies over it";
  return { there: targets.includes(at), on, wrong };
}
