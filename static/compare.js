/* Ticking instruments to compare: says how many are, and takes no more than fit side by side. Works on lists that are drawn anew. */
(() => {
  const ticks = () => [...document.querySelectorAll('input[form="compare"]')];

  const count = () => {
    const bar = document.getElementById("compare");
    if (!bar) return;
    const most = Number(bar.dataset.most), all = ticks(), ticked = all.filter((tick) => tick.checked).length;
    all.forEach((tick) => { tick.disabled = ticked >= most && !tick.checked; });
    const said = bar.querySelector("[data-words]");
    said.dataset.start = said.dataset.start || said.textContent;
    said.textContent = ticked ? said.dataset.words.replace("{}", ticked) : said.dataset.start;
  };

  document.addEventListener("change", (event) => { if (event.target.matches('input[form="compare"]')) count(); });
  document.addEventListener("htmx:afterSwap", count);
  count();
})();
