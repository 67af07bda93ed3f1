// Runs before the first paint, so that a remembered theme or language never flashes.
// A file of its own because the content security policy allows no inline script.
(function () {
  const root = document.documentElement;
  let theme = null;
  let language = null;
  try {
    theme = localStorage.getItem("shequ.theme");
    language = localStorage.getItem("shequ.language");
  } catch {
    // Storage may be forbidden; then the defaults hold.
  }
  const dark =
    theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.toggle("dark", dark);
  root.lang = language === "en" ? "en" : "zh-CN";
})();
