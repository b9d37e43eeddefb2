// Clicks and keys. A control's data attributes say what a click on it means: data-action an action, data-menu a
// menu. The browser does what is listed here; the server decides what follows from every other action
// (dashboard/actions.py).

import { visit } from "./cards.js";
import { crossFiltered } from "./crossfilters.js";
import { whenReady } from "./dash.js";
import { land } from "./landing.js";
import { _, speak } from "./language.js";
import { root } from "./linked.js";
import { closeDialog, closeMenu, forgetPress, isMenuOpen, notePress, onDays, openDialog, step, toggleMenu } from "./menus.js";
import { print } from "./printing.js";
import { choose, toggle } from "./theme.js";
import { toast } from "./toast.js";
import { copyLink, dismiss, expand, savePicture, skipTour } from "./tools.js";
import { act, look } from "./transport.js";

/** @type {Record<string, (action: Json) => void>} */
const HERE = {
  dialog: (action) => whenReady(() => openDialog(action)),
  close: closeDialog,
  done: closeMenu,
  png: ({ chart }) => savePicture(chart),
  expand: ({ chart }) => expand(chart),
  clear,
  copy: ({ chart }) => void copyLink(chart),
  theme: ({ value }) => choose(value),
  language: ({ value }) => void speak(value),
  dismiss: ({ data }) => void dismiss(data),
  palette: () => void palette(),
  shortcuts: () => void shortcuts(),
  present: () => present(),
  "skip-tour": skipTour,
  print: () => void print(),
};
// A choice among others closes its menu; ticks leave it open.
const CHOICES = "[role='menuitem'], [role='menuitemradio'], .apply";
const TYPING = /^(INPUT|TEXTAREA|SELECT)$/;

/** What a click on something inside an element that matches means, the innermost first. @type {Array<[string, (element: HTMLElement, event: MouseEvent) => void]>} */
const CLICKS = [
  ["[data-action]", (control) => press(control, JSON.parse(control.dataset.action || "null"))],
  ["[data-menu]", (button) => whenReady(() => toggleMenu(button))],
  ["[data-theme-toggle]", () => toggle()],
  ["a.nav-link-in", follow],
  ["a.chart-link", followToChart],
  [".lines-files a", sortAsShown],
  ["#dialog", (dialog, event) => { if (event.target === dialog) closeDialog(); }],
];

/** Follow clicks and keys of the whole page. */
export function listen() {
  onDays((from, to) => {
    closeMenu();
    act({ kind: "dates", from, to });
  });
  document.addEventListener("pointerdown", notePress, true);
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
}

/** @param {MouseEvent} event */
function clicked(event) {
  const { target } = event;
  if (!(target instanceof Element)) return;
  for (const [css, meaning] of CLICKS) {
    const found = target.closest(css);
    if (found instanceof HTMLElement) {
      meaning(found, event);
      break;
    }
  }
  forgetPress();
}

/**
 * @param {HTMLElement} control
 * @param {Action} action
 */
function press(control, action) {
  if (control.matches(CHOICES)) closeMenu();
  perform(action);
}

/** @param {Action} action */
function perform(action) {
  const here = HERE[action.kind];
  if (here) here(action);
  else act(action);
}

/**
 * Go to another page, unless the browser was told to open it in a new tab or window.
 * @param {HTMLElement} link
 * @param {MouseEvent} event
 */
function follow(link, event) { go(link, event); }

/**
 * The same to the chart that the link names behind "#".
 * @param {HTMLElement} link
 * @param {MouseEvent} event
 */
function followToChart(link, event) { go(link, event); }

/**
 * A file of order lines has them in the order of the table above it.
 * @param {HTMLElement} link
 */
function sortAsShown(link) {
  /** @type {Array<{ colId: string, sort: string | null, sortIndex: number }>} */
  const columns = window.dash_ag_grid?.getApi("lines-grid")?.getColumnState() || [];
  const sorted = columns.filter((column) => column.sort).sort((one, other) => one.sortIndex - other.sortIndex);
  const to = new URL(/** @type {HTMLAnchorElement} */ (link).href);
  to.searchParams.delete("sort");
  if (sorted.length) to.searchParams.set("sort", sorted.map(({ colId, sort }) => (sort === "desc" ? `-${colId}` : colId)).join(","));
  link.setAttribute("href", to.href);
}

/**
 * @param {HTMLElement} link
 * @param {MouseEvent} event
 * @returns {boolean} whether this window goes there
 */
function go(link, event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return false;
  event.preventDefault();
  closeMenu();
  turnTo(link.getAttribute("href") || "/");
  return true;
}

/**
 * Turn to an address of the application, and land on the chart that it names.
 * @param {string} href
 */
function turnTo(href) {
  visit(href);
  look();
  if (!href.includes("#")) window.scrollTo(0, 0);
  land();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const { key, target } = event;
  if (key === "Escape") goBack(target);
  if (key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && !root) {
    event.preventDefault();
    void palette();
  } else if (key.length === 1 && isFree(event)) void single(event);
  const door = target instanceof HTMLElement && target.matches("[role='button'][data-menu]") ? target : null;
  if (door && (key === "Enter" || key === " ")) {
    event.preventDefault();
    whenReady(() => toggleMenu(door));
  }
  const inPanel = target instanceof Element && target.closest("#panel");
  if (inPanel && (key === "ArrowDown" || key === "ArrowUp")) step(event);
}

/**
 * Whether a single key may be a shortcut: nothing is typed, and nothing is open that has keys of its own.
 * @param {KeyboardEvent} event
 */
function isFree({ key, target, ctrlKey, metaKey, altKey }) {
  if (key === " " || ctrlKey || metaKey || altKey || root) return false;
  const typing = target instanceof HTMLElement && (TYPING.test(target.tagName) || target.isContentEditable || target.closest(".ag-root"));
  return !typing && !document.querySelector("dialog[open], #panel:popover-open, .presenting");
}

/** A key that may be a shortcut. @param {KeyboardEvent} event */
async function single(event) {
  (await import("./shortcuts.js")).run(event.key, {
    shortcuts: () => void shortcuts(),
    range: () => openMenu("[data-menu='range']"),
    compare: () => openMenu("[data-menu='compare']"),
    filter: () => openMenu("[data-menu^='filter:']"),
    before: () => turnBy(-1),
    after: () => turnBy(1),
    present: () => present(),
    theme: toggle,
  });
}

/** @param {string} css of its button */
function openMenu(css) {
  const button = /** @type {HTMLElement | null} */ (document.querySelector(`#bar ${css}`));
  if (button) whenReady(() => toggleMenu(button));
}

async function palette() {
  if (root) return;
  closeMenu();
  (await import("./palette.js")).toggle({ perform, go: turnTo });
}

async function shortcuts() { (await import("./shortcuts.js")).show(); }

/**
 * Show the pages one after the other on the whole screen.
 * @param {number} [seconds] that each is shown
 */
export async function present(seconds) { (await import("./present.js")).start(turnTo, seconds); }

/** Where fingers touch the screen, swiping turns from tab to tab. */
export function swipes() {
  if (window.matchMedia("(pointer: coarse)").matches) void import("./swipe.js").then((swipe) => swipe.listen(turnTo));
}

/** A hint for who is here for the first times, once nothing else is to be done. */
export function hint() {
  if (!root) window.requestIdleCallback?.(() => void import("./hints.js").then((hints) => hints.offer()), { timeout: 5000 });
}

/**
 * Turn to the page or tab before or after this one.
 * @param {number} by
 */
async function turnBy(by) {
  const { next } = await import("./stops.js");
  const href = next(by);
  if (href) turnTo(href);
}

/**
 * What Escape does besides closing dialogs and menus (the browser does that): restore an expanded card, or else clear
 * the filters that clicks on marks have set.
 * @param {EventTarget | null} target
 */
function goBack(target) {
  if (document.querySelector("dialog[open]") || (document.getElementById("panel") && isMenuOpen())) return;
  if (document.querySelector(".expanded")) expand();
  else if (!(target instanceof Element && TYPING.test(target.tagName))) {
    const fields = crossFiltered();
    if (fields.length) clear({ kind: "clear", fields });
  }
}

/**
 * Clear filters, and offer to put them back.
 * @param {Action} action
 */
function clear(action) {
  const before = window.location.pathname + window.location.search;
  act(action);
  toast(_("Filters cleared"), _("Undo"), () => {
    visit(before);
    look();
  });
}
