// Light, dark, or what the system says; kept in this browser. The first paint is assets/first-paint.js's.

const KEY = "theme";
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

/** @type {() => void} */
let redraw = () => {};

/**
 * Follow the system's theme, and set the function that redraws figures in other colours.
 * @param {() => void} drawAgain
 */
export function follow(drawAgain) {
  redraw = drawAgain;
  DARK.addEventListener("change", apply);
}

/**
 * @param {string} theme light, dark or system
 */
export function choose(theme) {
  try {
    localStorage.setItem(KEY, JSON.stringify(theme));
  } catch {
    /* storage may be off: the choice holds until the page is left */
  }
  apply(theme);
}

/** The other one of light and dark. */
export function toggle() {
  choose(document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark");
}

/** @param {unknown} [chosen] */
function apply(chosen) {
  const theme = typeof chosen === "string" ? chosen : stored();
  const dark = theme === "dark" || (theme !== "light" && DARK.matches);
  const { dataset } = document.documentElement;
  dataset.bsTheme = dataset.agThemeMode = dark ? "dark" : "light";
  redraw();
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY) || '"system"');
  } catch {
    return "system";
  }
}
