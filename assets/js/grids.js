// The tables of cards: grids that Dash shows, each inside its card, or lists where the window is narrow.

import { setProps, withGrids } from "./dash.js";
import { settle } from "./landing.js";
import { isNarrow, part, slots, state } from "./state.js";

const ROW = 34; // pixels, as in dashboard/figures/marks/grids.py

let shown = false; // whether Dash shows grids
let narrow = isNarrow();

/** Dash shows the grids of the cards that have one, each inside its card; none on a narrow screen, which has lists. */
export function render() {
  const set = () => setProps("grids", { children: due() });
  const some = due().length > 0;
  if (some) withGrids(set);
  else if (shown) set();
  shown = some;
}

/** Grids of the cards that are shown. */
function due() {
  return isNarrow() ? [] : slots().flatMap((slot) => state.cards.get(slot.chart)?.grid ?? []);
}

/**
 * The rows of a card: as a grid or, on a narrow screen, as a list.
 * @param {Slot} slot
 * @param {DashComponent} grid
 */
export function showTable(slot, grid) {
  if (isNarrow()) void listRows(slot, grid);
  else awaitGrid(slot);
}

/**
 * @param {Slot} slot
 * @param {DashComponent} grid
 */
async function listRows(slot, grid) {
  const { list } = await import("./lists.js");
  if (isNarrow() && state.cards.get(slot.chart)?.grid === grid) list(part(slot, ".tile-body"), grid.props.children.props);
}

/** Grids become lists, and lists grids, where a window is made narrow or wide. */
export function exchange() {
  if (isNarrow() === narrow) return;
  narrow = isNarrow();
  for (const slot of slots()) {
    const grid = state.cards.get(slot.chart)?.grid;
    slot.element.querySelector(".rows-box")?.remove();
    if (grid && slot.digest) showTable(slot, grid);
  }
  render();
}

/** By card, what watches its grid. @type {WeakMap<HTMLElement, MutationObserver>} */
const watching = new WeakMap();

/**
 * Wait until a grid has a heading: its script is loaded when the first grid is shown. The place of its rows comes later,
 * and another one when Dash shows the grid anew because that of another card has come.
 * @param {Slot} slot
 */
function awaitGrid(slot) {
  slot.pending = true;
  const body = part(slot, ".tile-body");
  /** @type {Element | null} */
  let known = null;
  const look = () => {
    if (!body.querySelector(".ag-header-cell")) return;
    if (slot.pending) {
      slot.pending = false;
      slot.element.dataset.loading = "0";
      settle();
    }
    const rows = body.querySelector(".ag-center-cols-container");
    if (rows === known) return;
    known = rows;
    for (const box of body.querySelectorAll(".ag-body-viewport, .ag-center-cols-container")) heights.observe(box);
  };
  const changes = new MutationObserver(look);
  watching.get(slot.element)?.disconnect();
  watching.set(slot.element, changes);
  changes.observe(body, { childList: true, subtree: true });
  look();
}

// A grid ends with a whole row, however high its headings are: with the last one, or with as many as there is room for.
// Its rows come at any time after its headings.
const heights = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const grid = /** @type {HTMLElement | null} */ (target.closest(".drawn"));
    const seen = target.closest(".ag-body-viewport");
    const rows = /** @type {HTMLElement | null | undefined} */ (seen?.querySelector(".ag-center-cols-container"));
    if (!grid || !seen || !rows?.offsetHeight || target.closest(".expanded")) continue;
    const around = grid.clientHeight - seen.clientHeight;
    const fit = Math.floor((parseFloat(grid.style.height) - around) / ROW);
    grid.style.maxHeight = `${around + Math.min(fit * ROW, rows.offsetHeight)}px`;
  }
});
