// Where the page is scrolled to after a link, Back or a reload. A link to a chart scrolls to its card and marks it; Back and
// a reload return to what was in sight, and to what had the focus. Both stay with the card while those above are drawn.

import { byId, slots, state, view } from "./state.js";
import { ask } from "./transport.js";

const CALM = 200; // milliseconds without scrolling after which the place is remembered

/** A card, how far below the top of the window it stands (null: the page is at its beginning), and what had the focus. @typedef {{ chart: string, top: number | null, focus: string }} Spot */

/** The chart to land on; empty once the page has landed, or the viewer has moved on. */
let target = "";
/** The place to return to. @type {Spot | null} */
let spot = null;
let calm = 0;

/** Land on the chart that the address names behind "#", if it names one. */
export function land() {
  target = named(window.location.hash.slice(1));
  spot = null;
  settle();
  if (target && !state.slots.has(target)) ask(); // the server knows the tab on which it stands
}

/**
 * The chart behind "#"; none where a person typed what is no address, such as "#%".
 * @param {string} written
 */
function named(written) {
  try {
    return decodeURIComponent(written);
  } catch {
    return "";
  }
}

/** Return to where this entry of the history was left; on one that is new, land. */
export function comeBack() {
  spot = window.history.state?.spot || null;
  if (spot) settle();
  else land();
}

/** Bring the chart to land on, or to return to, into view, as soon as nothing around it can still move it. */
export function settle() {
  const slot = state.slots.get(target || spot?.chart || "");
  if (!slot) return; // of a page that is still to come
  measure();
  if (target) slot.element.scrollIntoView({ block: "start", behavior: "instant" });
  else if (spot) scrollBack(slot, spot);
  if (!slot.near || !slots().every((each) => !each.near || isDrawn(each))) return;
  if (target) mark(slot.element);
  else if (spot) refocus(spot.focus);
  spot = null;
}

/**
 * @param {Slot} slot
 * @param {Spot} to
 */
function scrollBack(slot, { top }) {
  if (top === null) window.scrollTo({ top: 0, behavior: "instant" });
  else window.scrollBy({ top: slot.element.getBoundingClientRect().top - top, behavior: "instant" });
}

/** Tell the style sheet how tall the bar is that covers the top of the page: it depends on the filters in it. */
function measure() {
  document.documentElement.style.setProperty("--ss-bar", `${byId("bar").offsetHeight}px`);
}

/** @param {Slot} slot */
function isDrawn(slot) { return slot.view === view() && !slot.pending; }

/** @param {HTMLElement} card */
function mark(card) {
  target = "";
  unmark();
  card.classList.add("landed");
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
}

function unmark() { document.querySelector(".landed")?.classList.remove("landed"); }

/** What the viewer does ends a landing that is under way, and the mark of one that is over. */
function moveOn() {
  target = "";
  spot = null;
  unmark();
}

/** Remember in this entry of the history what is in sight and what has the focus. */
export function remember() {
  if (target || spot) return; // on the way
  const below = byId("bar").getBoundingClientRect().bottom;
  const first = slots().find((slot) => slot.element.getBoundingClientRect().bottom > below);
  if (!first) return;
  const top = window.scrollY === 0 ? null : Math.round(first.element.getBoundingClientRect().top);
  window.history.replaceState({ spot: { chart: first.chart, top, focus: focused() } }, "");
}

/** A selector of what has the focus; empty where nothing has, or nothing that will be there again. */
function focused() {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === document.body || active.closest("dialog, #panel")) return "";
  if (active.id) return `#${CSS.escape(active.id)}`;
  for (const name of ["data-menu", "data-action", "data-chart"]) {
    if (active.hasAttribute(name)) return `[${name}="${CSS.escape(active.getAttribute(name) || "")}"]`;
  }
  return "";
}

/** @param {string} selector */
function refocus(selector) {
  if (!selector || document.activeElement !== document.body) return;
  /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus({ preventScroll: true });
}

/** Follow what the viewer does. */
export function listen() {
  window.history.scrollRestoration = "manual";
  new ResizeObserver(measure).observe(byId("bar"));
  for (const what of ["pointerdown", "wheel", "touchmove", "keydown"]) {
    document.addEventListener(what, moveOn, { capture: true, passive: true });
  }
  const soon = () => {
    clearTimeout(calm);
    calm = window.setTimeout(remember, CALM);
  };
  window.addEventListener("scroll", soon, { passive: true });
  document.addEventListener("focusin", soon);
  window.addEventListener("pagehide", remember);
}
