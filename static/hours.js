/* The week of opening hours to drag in: spans are drawn, moved, made longer and removed in the picture, and the table keeps
   saying the same. The server reads what is typed, so there is one reader; without scripts the table does everything. */
(() => {
  const form = document.querySelector("[data-hours]");
  if (!form) return;
  const DAY = 1440, SNAP = 30, FINE = 15, GUTTER = 0.08, EDGE = 7, NEW = 60;
  const SVG = "http://www.w3.org/2000/svg";
  const words = JSON.parse(form.dataset.words);
  const table = form.querySelector("[data-rules]");
  const bar = form.querySelector("[data-chosen]");
  const closed = form.querySelector("[name=closed]");
  let picture = form.querySelector("#week-picture");
  let spans = read(picture), chosen = null, drag = null, asked = 0, timer = 0;
  let pressed = false, waiting = null, patience = 0;

  function read(from) {
    return JSON.parse(from.dataset.spans).map(([day, since, until]) => ({ day, since, until }));
  }
  const top = () => Number(picture.dataset.top);
  const tall = () => Number(picture.dataset.tall);
  const rules = () => [...table.querySelectorAll("[data-rule]")];
  const twoDigits = (number) => String(number).padStart(2, "0");
  const clock = (minute) => {
    const within = minute > DAY ? minute - DAY : minute;
    return `${twoDigits(Math.floor(within / 60))}:${twoDigits(within % 60)}`;
  };
  const said = (span) => `${clock(span.since)}–${clock(span.until)}`;

  /* --- The picture */

  function made(name, values, parent, text) {
    const node = document.createElementNS(SVG, name);
    Object.entries(values).forEach(([key, value]) => node.setAttribute(key, value));
    if (text) node.textContent = text;
    parent.append(node);
    return node;
  }

  /* A span as the columns show it: two pieces where it goes over midnight. */
  function pieces(span) {
    const first = { day: span.day, since: span.since, until: Math.min(span.until, DAY), begins: true, ends: span.until <= DAY };
    if (span.until <= DAY) return [first];
    return [first, { day: (span.day + 1) % 7, since: 0, until: span.until - DAY, begins: false, ends: true }];
  }

  function draw() {
    const columns = [...picture.querySelectorAll(".day-column")];
    columns.forEach((column) => column.replaceChildren());
    spans.forEach((span, index) => pieces(span).forEach((piece) => {
      const y = piece.since * tall() / 60, deep = (piece.until - piece.since) * tall() / 60;
      const block = made("g", { class: span === chosen ? "block b-chosen" : "block b-free", "data-span": index }, columns[piece.day]);
      made("rect", { x: "3%", y: y + 0.5, width: "94%", height: Math.max(deep - 1, 1), rx: 4 }, block);
      if (piece.begins && deep >= 17) made("text", { class: "for-desktops", x: "50%", y: y + 15, "text-anchor": "middle" }, block, said(span));
      if (span !== chosen) return;
      if (piece.begins) grip(block, y, "since");
      if (piece.ends) grip(block, y + deep, "until");
    }));
    bar.hidden = chosen === null;
    if (chosen) bar.querySelector("b").textContent = `${words.names[chosen.day]} ${said(chosen)}`;
  }

  function grip(block, y, end) {
    made("rect", { class: "grip-room", x: "3%", y: y - 11, width: "94%", height: 22, "data-end": end }, block);
    made("rect", { class: "grip", x: "38%", y: y - 2, width: "24%", height: 4, rx: 2, "data-end": end }, block);
  }

  /* --- Where the pointer is */

  function place(event) {
    const box = picture.getBoundingClientRect();
    const across = ((event.clientX - box.left) / box.width - GUTTER) / ((1 - GUTTER) / 7);
    const minute = (event.clientY - box.top - top()) / tall() * 60;
    return { day: Math.floor(across), minute: Math.min(Math.max(minute, 0), DAY) };
  }
  const snapped = (minute, event) => {
    const step = event.shiftKey ? FINE : SNAP;
    return Math.round(minute / step) * step;
  };

  function meant(event) {
    const held = event.target.closest("[data-span]");
    if (!held) return { mode: "new" };
    const span = spans[Number(held.dataset.span)];
    if (event.target.dataset.end) return { mode: event.target.dataset.end, span };
    const edge = held.firstElementChild.getBoundingClientRect();
    const near = edge.height > 4 * EDGE && event.pointerType !== "touch";
    const piece = pieces(span).find((each) => each.day === place(event).day) || pieces(span)[0];
    if (near && piece.begins && event.clientY - edge.top < EDGE) return { mode: "since", span };
    if (near && piece.ends && edge.bottom - event.clientY < EDGE) return { mode: "until", span };
    return { mode: "move", span };
  }

  /* --- Dragging */

  function begin(event) {
    if (event.button || !event.target.closest("#week-picture")) return;
    const at = place(event);
    if (at.day < 0 || at.day > 6) return;
    const { mode, span } = meant(event);
    drag = { mode, span, at, moved: false, before: span && { ...span }, touch: event.pointerType === "touch" };
    drag.from = mode === "new" ? Math.floor(at.minute / SNAP) * SNAP : 0;
    drag.grabs = !drag.touch || (span && span === chosen);
    if (drag.grabs) picture.setPointerCapture(event.pointerId);
    if (span) { chosen = span; if (!drag.touch) draw(); }
    if (!drag.touch) event.preventDefault();
  }

  function move(event) {
    if (!drag || !drag.grabs) return;
    const at = place(event);
    if (!drag.moved && Math.abs(at.minute - drag.at.minute) < 8 && at.day === drag.at.day) return;
    drag.moved = true;
    if (drag.mode === "new") stretch(event, at);
    else if (drag.mode === "move") shift(event, at);
    else pull(event, at);
    draw();
  }

  /* A new span from where the pointer went down; into the next day when it is there above its start. */
  function stretch(event, at) {
    if (!drag.span) { drag.span = { day: drag.at.day, since: drag.from, until: drag.from + SNAP }; spans.push(drag.span); closed.checked = false; }
    chosen = drag.span;
    const here = snapped(at.minute, event);
    if (at.day === drag.at.day + 1 && here < drag.from) Object.assign(drag.span, { since: drag.from, until: DAY + here });
    else if (here <= drag.from) Object.assign(drag.span, { since: Math.min(here, drag.from), until: drag.from + SNAP });
    else Object.assign(drag.span, { since: drag.from, until: here });
  }

  function shift(event, at) {
    const { span, before } = drag, length = before.until - before.since;
    const since = snapped(before.since + at.minute - drag.at.minute, event);
    span.day = Math.min(Math.max(before.day + at.day - drag.at.day, 0), 6);
    span.since = Math.min(Math.max(since, 0), before.until > DAY ? DAY - SNAP : DAY - length);
    span.until = span.since + length;
  }

  function pull(event, at) {
    const { span, mode } = drag, here = snapped(at.minute, event), step = event.shiftKey ? FINE : SNAP;
    if (mode === "since") span.since = Math.min(here, span.until - step, DAY - step);
    else span.until = Math.min(at.day > span.day || (span.day === 6 && at.day === 0) ? DAY + here : Math.max(here, span.since + step), span.since + DAY);
    if (span.until - span.since > DAY) span.since = span.until - DAY;
  }

  function end(event) {
    if (!drag) return;
    const { mode, moved, touch, at } = drag;
    if (!moved && mode === "new") {
      chosen = null;
      if (touch) add(at);
    }
    const changed = moved || (touch && mode === "new");
    drag = null;
    if (changed) settle();
    draw();
    // What can be done with the chosen span stands under the picture: not behind the bar at the foot of the page.
    const scroll = () => chosen && bar.scrollIntoView({ block: "nearest" });
    if (touch) afterTap(scroll);
    else scroll();
    if (changed) { write(); ask(false); }
    event.preventDefault();
  }

  /* What moves the page waits until the click of the tap is over, or it would hit what slides under the finger; a drag by
     finger makes no click. */
  function afterTap(act) {
    clearTimeout(patience);
    waiting = act;
    patience = setTimeout(tapOver, 400);
  }

  function tapOver() {
    clearTimeout(patience);
    const act = waiting;
    waiting = null;
    if (act) act();
  }

  /* However late it comes: a click that began in the picture presses nothing outside it. Keys and voices have no detail. */
  function guard(event) {
    if (pressed && event.detail && !picture.contains(event.target)) {
      event.preventDefault();
      event.stopPropagation();
    }
    pressed = false;
    tapOver();
  }

  function add(at) {
    const since = Math.min(Math.floor(at.minute / 60) * 60, DAY - NEW);
    chosen = { day: at.day, since, until: since + NEW };
    spans.push(chosen);
    closed.checked = false;
  }

  function cancel() {
    if (drag && drag.before) Object.assign(drag.span, drag.before);
    else if (drag && drag.span) spans = spans.filter((span) => span !== drag.span);
    drag = null;
    draw();
  }

  /* Spans that meet on a day become one; one that reaches into the next day ends where that day begins to be open. */
  function settle() {
    spans.sort((one, other) => one.day - other.day || one.since - other.since);
    const joined = [];
    spans.forEach((span) => {
      const last = joined[joined.length - 1];
      if (last && last.day === span.day && span.since <= last.until && Math.max(last.until, span.until) - last.since <= DAY) {
        last.until = Math.max(last.until, span.until);
        if (span === chosen) chosen = last;
      } else joined.push(span);
    });
    joined.forEach((span) => {
      const next = joined.find((other) => other !== span && other.day === (span.day + 1) % 7);
      if (next && span.until - DAY > next.since) span.until = DAY + next.since;
    });
    spans = joined;
  }

  /* --- The table */

  function daysInWords(days) {
    if (days.length === 7) return words.daily;
    const parts = [];
    for (let first = 0; first < days.length;) {
      let last = first;
      while (days[last + 1] === days[last] + 1) last += 1;
      const names = days.slice(first, last + 1).map((day) => words.names[day]);
      parts.push(...(names.length > 2 ? [`${names[0]}${words.until}${names[names.length - 1]}`] : names));
      first = last + 1;
    }
    return parts.join(words.listed);
  }

  function emptyRow() {
    const numbers = [...table.querySelectorAll("[name^=days-]")].map((input) => Number(input.name.slice(5)));
    const holder = document.createElement("table");
    holder.innerHTML = form.querySelector("#rule-row").innerHTML.replaceAll("NN", String(Math.max(-1, ...numbers) + 1));
    return holder.firstElementChild;
  }

  function keepOne() {
    if (!rules().length) table.append(emptyRow());
  }

  /* The rows that say the spans; those that nobody can read yet stay below them. */
  function write() {
    rules().forEach((row) => { if (!row.hasAttribute("data-unread")) row.remove(); });
    const [unread] = rules(), times = new Map();
    spans.forEach((span) => {
      const key = `${clock(span.since)} ${clock(span.until)}`;
      times.set(key, [...(times.get(key) || []), span.day]);
    });
    times.forEach((days, key) => {
      const row = emptyRow();
      [daysInWords(days), ...key.split(" ")].forEach((value, index) => { row.querySelectorAll("input")[index].value = value; });
      table.insertBefore(row, unread || null);
    });
    keepOne();
  }

  /* Ask the server what it reads and whom it would hit; redraw the picture too when the table was typed in. */
  function ask(redraw) {
    clearTimeout(timer);
    timer = setTimeout(() => look(redraw), 250);
  }

  async function look(redraw) {
    const turn = asked += 1;
    const body = new FormData(form);
    body.set("do", "show");
    let page;
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "hours" } });
      page = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { return; }
    if (!page || turn !== asked || drag) return;
    ["week-sum", "week-words", "week-hit"].forEach((id) => {
      const there = page.getElementById(id);
      if (there) document.getElementById(id).replaceWith(document.adoptNode(there));
    });
    count(page.getElementById("week-count"));
    markUnread();
    const fresh = redraw && page.getElementById("week-picture");
    if (fresh) { spans = read(fresh); chosen = null; draw(); }
  }

  /* The bar at the foot says the number where it changed: the place stays, so that it is read out. */
  function count(fresh) {
    const there = document.getElementById("week-count");
    if (fresh && there.innerHTML !== fresh.innerHTML) there.replaceChildren(...document.adoptNode(fresh).childNodes);
  }

  function markUnread() {
    const unread = new Set((document.getElementById("week-words").dataset.unread || "").split(","));
    rules().forEach((row, index) => row.toggleAttribute("data-unread", unread.has(String(index))));
  }

  function removeRow(row) {
    const all = rules(), place = all.indexOf(row);
    row.remove();
    keepOne();
    (all[place + 1] || all[place - 1] || rules()[0]).querySelector("input").focus();
    ask(true);
  }

  form.addEventListener("click", (event) => {
    const removes = event.target.closest("[data-remove]"), adds = event.target.closest("[data-add]");
    if (removes) { event.preventDefault(); removeRow(removes.closest("[data-rule]")); }
    if (adds) { event.preventDefault(); table.append(emptyRow()); rules().pop().querySelector("input").focus(); }
  });
  form.addEventListener("change", (event) => {
    if (event.target.closest("[data-rules]") || event.target === closed) ask(true);
  });
  document.querySelectorAll("[form=week-form][type=date]").forEach((input) => input.addEventListener("change", () => ask(false)));
  bar.querySelector("[data-drop]").addEventListener("click", () => {
    spans = spans.filter((span) => span !== chosen);
    chosen = null;
    draw(); write(); ask(false);
  });
  bar.querySelector("[data-spread]").addEventListener("click", () => {
    const like = chosen;
    spans = spans.filter((span) => span === like || span.day > 4 || span.since >= like.until || span.until <= like.since);
    for (let day = 0; day < 5; day += 1) if (day !== like.day) spans.push({ ...like, day });
    settle(); draw(); write(); ask(false);
  });
  document.addEventListener("pointerdown", (event) => { pressed = picture.contains(event.target); tapOver(); }, true);
  document.addEventListener("click", guard, true);
  picture.addEventListener("pointerdown", begin);
  picture.addEventListener("pointermove", move);
  picture.addEventListener("pointerup", end);
  picture.addEventListener("pointercancel", cancel);
  // A finger scrolls the page, unless it lies on the span that is chosen.
  picture.addEventListener("touchstart", (event) => { if (drag && drag.grabs) event.preventDefault(); }, { passive: false });
  picture.classList.add("drags");
  markUnread();
  draw();
})();
