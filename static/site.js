/* Small comforts on every page; all of it works without: focus on refusals, menus that close, filters that send themselves. */
(() => {
  const wide = { "[data-phone-details]": matchMedia("(min-width: 768px)"), "[data-facets]": matchMedia("(min-width: 1024px)") };

  function focusRefusal(root) {
    const refusal = root.querySelector("[data-focus]");
    if (refusal) refusal.focus();
  }

  /* Menus made of <details> close on Escape, on a click elsewhere, and when focus leaves them. */
  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  }
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details[data-menu][open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  /* On wide screens filters and the rest of the search are always open. */
  function openForWide() {
    Object.entries(wide).forEach(([which, query]) => {
      document.querySelectorAll(`details${which}`).forEach((part) => { part.open = query.matches; });
    });
  }
  Object.values(wide).forEach((query) => query.addEventListener("change", openForWide));

  /* Where part of a page is drawn anew (htmx), what was open stays open, and the links that come back here know the new address. */
  let opened = [], focused = "";
  const details = () => [...document.querySelectorAll(".found details")];
  document.addEventListener("htmx:beforeSwap", () => {
    opened = details().map((part) => part.open);
    focused = document.activeElement.id;
  });
  document.addEventListener("htmx:afterSwap", () => {
    details().forEach((part, index) => { part.open = part.open || Boolean(opened[index]); });
    const again = focused && document.getElementById(focused);
    if (again && document.activeElement === document.body) again.focus();
  });
  document.addEventListener("htmx:afterSettle", () => {
    // What was just pressed stays in sight, above what sticks to the foot of the window.
    const again = focused && document.getElementById(focused);
    if (again && again === document.activeElement && again.closest("[data-in-place]")) again.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:pushedIntoHistory", () => {
    document.querySelectorAll('a[href*="?next="]').forEach((link) => {
      link.search = `?next=${encodeURIComponent(location.pathname + location.search)}`;
    });
  });
  ["htmx:responseError", "htmx:sendError"].forEach((failed) => document.addEventListener(failed, (event) => {
    const path = event.detail.pathInfo && event.detail.pathInfo.finalRequestPath;
    if (event.target.closest("[data-in-place]") && path) location.assign(path);
  }));

  /* A second press of the same button while the first is under way would only ask twice. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  /* Whoever types of a row of a list has looked at it, so it is ticked. */
  document.addEventListener("input", (event) => {
    const row = event.target.type !== "checkbox" && event.target.closest("[data-ticks-itself]");
    if (row) row.querySelector('input[type="checkbox"]').checked = true;
  });

  /* A button that prints is there where it can. */
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });

  openForWide();
  focusRefusal(document);
  document.body.addEventListener("htmx:afterSwap", (event) => focusRefusal(event.target));
  document.documentElement.dataset.ready = "";
})();
