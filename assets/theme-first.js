// Runs in <head>, before anything is painted, so that a dark page never flashes white.
(function () {
  "use strict";
  var chosen = "system";
  try { chosen = JSON.parse(localStorage.getItem("theme")) || "system"; } catch (e) { /* storage may be off: follow the system */ }
  var dark = chosen === "dark" || (chosen !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  document.documentElement.dataset.agThemeMode = dark ? "dark" : "light";
})();
