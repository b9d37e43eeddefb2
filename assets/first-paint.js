// Runs in <head>, before anything is painted: the theme, so that a dark page never flashes white; the hint at the tour,
// which does not appear where it was dismissed; and a place for what Dash calls before the client's modules are there
// (assets/js/dash.js).
(() => {
  // In a sandbox, and where the browser blocks storage in frames, even to look at it is an error, which Dash does not
  // expect.
  for (const [owner, name, empty] of [[document, "cookie", ""], [window, "localStorage", null], [window, "sessionStorage", null]]) {
    try {
      owner[name];
    } catch {
      Object.defineProperty(owner, name, { get: () => empty, set() {}, configurable: true });
    }
  }

  let chosen = "system";
  try {
    if (localStorage.getItem("tour")) document.documentElement.dataset.tour = "skipped";
    chosen = JSON.parse(localStorage.getItem("theme")) || "system";
  } catch {
    // Storage may be off: follow the system.
  }
  const dark = chosen === "dark" || (chosen !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  const { dataset } = document.documentElement;
  dataset.bsTheme = dark ? "dark" : "light";
  dataset.agThemeMode = dataset.bsTheme;

  const calls = [];
  window.storesightCalls = calls;
  const later = (_, name) => (...values) => {
    calls.push([name, values]);
    return window.dash_clientside.no_update;
  };
  window.dash_clientside = { storesight: new Proxy({}, { get: later }) };
})();
