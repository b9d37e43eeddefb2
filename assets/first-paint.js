// Runs in <head>, before anything is painted: the theme, so that a dark page never flashes white; and a place for what
// Dash calls before the client's modules are there (assets/js/dash.js).
(function () {
  "use strict";
  var chosen = "system";
  try { chosen = JSON.parse(localStorage.getItem("theme")) || "system"; } catch (e) { /* storage may be off: follow the system */ }
  var dark = chosen === "dark" || (chosen !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.bsTheme = document.documentElement.dataset.agThemeMode = dark ? "dark" : "light";

  var calls = window.storesightCalls = [];
  var later = { get: function (_, name) { return function () { calls.push([name, [].slice.call(arguments)]); return window.dash_clientside.no_update; }; } };
  window.dash_clientside = { storesight: new Proxy({}, later) };
})();
