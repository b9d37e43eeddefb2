// Printing: the page as it stands on paper, one card under another, in light colours, with all that its cards hold. The
// head of each sheet is the style sheet's (p-print.css).

import { redraw } from "./cards.js";
import { slots } from "./state.js";
import { look } from "./transport.js";

const MOST_ROWS = 60; // of a table that is printed whole
const PATIENCE = 15000; // milliseconds for cards that still have to come
const STEP = 100;

let printing = false;
let theme = "";

/** Follow the browser's own printing, and the keys for it: cards that are out of sight come first. */
export function listen() {
  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void print();
  });
}

/** Print the page once all its cards are there. */
export async function print() {
  for (let waited = 0; waited < PATIENCE && !slots().every(isThere); waited += STEP) {
    look(true); // nothing is asked twice
    await pause(STEP);
  }
  begin();
  await pause(STEP);
  await pause(0); // tables have their rows one frame later
  window.print();
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((next) => { setTimeout(() => requestAnimationFrame(next), milliseconds); });
}

/** @param {Slot} slot */
function isThere(slot) {
  return slot.n >= 0 && slot.element.dataset.loading === "0";
}

/** Lay the page out as on paper, and draw its figures at that width. */
function begin() {
  if (printing) return;
  printing = true;
  const { classList, dataset } = document.documentElement;
  theme = dataset.bsTheme || "";
  dataset.bsTheme = dataset.agThemeMode = "light";
  classList.add("printing");
  for (const slot of slots()) unroll(slot.element, true);
  redraw();
}

/** As it was before. */
function end() {
  if (!printing) return;
  printing = false;
  const { classList, dataset } = document.documentElement;
  dataset.bsTheme = dataset.agThemeMode = theme;
  classList.remove("printing");
  for (const slot of slots()) unroll(slot.element, false);
  redraw();
}

/**
 * All rows of a table, or its scrolling window again. A long one keeps its first rows, and says so.
 * @param {HTMLElement} element the card
 * @param {boolean} whole
 */
function unroll(element, whole) {
  const grid = gridIn(element);
  if (!grid) return;
  const rows = grid.getDisplayedRowCount();
  element.classList.toggle("cut", whole && rows > MOST_ROWS);
  if (rows > MOST_ROWS) return;
  grid.setGridOption("domLayout", whole ? "print" : "normal");
  const drawn = /** @type {HTMLElement} */ (element.querySelector(".drawn"));
  drawn.style.zoom = "";
  if (!whole) return;
  const room = element.clientWidth - 32;
  grid.sizeColumnsToFit(room);
  /** @type {number[]} */
  const widths = grid.getAllDisplayedColumns().map((/** @type {Json} */ column) => column.getActualWidth());
  const needed = widths.reduce((sum, width) => sum + width, 2);
  if (needed > room) drawn.style.zoom = String(room / needed); // columns have a least width
}

/**
 * @param {HTMLElement} element the card
 * @returns {Json} AG Grid's own interface; null where the card has no table
 */
function gridIn(element) {
  if (!element.querySelector(".ag-root")) return null;
  const id = { chart: element.dataset.chart, type: "grid" };
  try {
    return window.dash_ag_grid?.getApi(id) || null;
  } catch {
    return null; // it is not there yet
  }
}
