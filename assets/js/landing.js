// Links to a chart: the page scrolls to its card, stays with it while the cards above are drawn, and marks it.

import { byId, slots, state, view } from "./state.js";

/** The chart to land on; empty once the page has landed, or the viewer has moved on. */
let target = "";

/** Land on the chart that the address names behind "#", if it names one. */
export function land() {
  target = decodeURIComponent(window.location.hash.slice(1));
  settle();
}

/** Bring the chart to land on into view, and mark it as soon as nothing around it can still move it. */
export function settle() {
  const slot = target && state.slots.get(target);
  if (!slot) return; // of a page that is still to come
  measure();
  slot.element.scrollIntoView({ block: "start", behavior: "instant" });
  if (slot.near && slots().every((each) => !each.near || isDrawn(each))) mark(slot.element);
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
  unmark();
}

/** Follow what the viewer does. */
export function listen() {
  new ResizeObserver(measure).observe(byId("bar"));
  for (const what of ["pointerdown", "wheel", "touchmove", "keydown"]) {
    document.addEventListener(what, moveOn, { capture: true, passive: true });
  }
}
