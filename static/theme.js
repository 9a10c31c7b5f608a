/* Before the first paint: "as the device" becomes light or dark, and follows the device when it changes. */
(() => {
  const root = document.documentElement;
  root.classList.add("scripts");
  if (root.dataset.appearance !== "auto") return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", follow);
  follow();
})();
