// Clicks and keys. A control's data attributes say what a click on it means: data-action an action, data-menu a
// menu. The browser does what is listed here; the server decides what follows from every other action
// (dashboard/actions.py).

import { visit } from "./cards.js";
import { crossFiltered } from "./crossfilters.js";
import { whenReady } from "./dash.js";
import { land } from "./landing.js";
import { closeDialog, closeMenu, isMenuOpen, notePress, onDays, openDialog, step, toggleMenu } from "./menus.js";
import { choose, toggle } from "./theme.js";
import { toast } from "./toast.js";
import { copyLink, dismiss, expand, savePicture } from "./tools.js";
import { act, look } from "./transport.js";

/** @type {Record<string, (action: Json) => void>} */
const HERE = {
  dialog: (action) => whenReady(() => openDialog(action)),
  close: closeDialog,
  png: ({ chart }) => savePicture(chart),
  expand: ({ chart }) => expand(chart),
  clear,
  copy: ({ chart }) => void copyLink(chart),
  theme: ({ value }) => choose(value),
  dismiss: ({ data }) => void dismiss(data),
};
// A choice among others closes its menu; ticks leave it open.
const CHOICES = "[role='menuitem'], [role='menuitemradio'], .apply";
const TYPING = /^(INPUT|TEXTAREA|SELECT)$/;

/** What a click on something inside an element that matches means, the innermost first. @type {Array<[string, (element: HTMLElement, event: MouseEvent) => void]>} */
const CLICKS = [
  ["[data-action]", (control) => press(control, JSON.parse(control.dataset.action || "null"))],
  ["[data-menu]", (button) => whenReady(() => toggleMenu(button))],
  ["[data-theme-toggle]", () => toggle()],
  ["[data-drawer]", () => document.body.classList.toggle("drawer-open")],
  ["a.nav-link-in", follow],
  ["a.chart-link", followToChart],
  ["a.nav-part", goToPart],
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
      return;
    }
  }
}

/**
 * @param {HTMLElement} control
 * @param {Action} action
 */
function press(control, action) {
  if (control.matches(CHOICES)) closeMenu();
  const here = HERE[action.kind];
  if (here) here(action);
  else act(action);
}

/**
 * Go to another page, unless the browser was told to open it in a new tab or window.
 * @param {HTMLElement} link
 * @param {MouseEvent} event
 */
function follow(link, event) {
  if (!go(link, event)) return;
  window.scrollTo(0, 0);
}

/**
 * The same to the chart that the link names behind "#".
 * @param {HTMLElement} link
 * @param {MouseEvent} event
 */
function followToChart(link, event) {
  if (go(link, event)) land();
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
  visit(link.getAttribute("href") || "/");
  look();
  return true;
}

/**
 * Scroll to a section and move the focus there.
 * @param {HTMLElement} link
 * @param {MouseEvent} event
 */
function goToPart(link, event) {
  event.preventDefault();
  const heading = document.getElementById((link.getAttribute("href") || "#").slice(1));
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
  heading.scrollIntoView();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const { key, target } = event;
  if (key === "Escape") goBack(target);
  const door = target instanceof HTMLElement && target.matches("[role='button'][data-menu]") ? target : null;
  if (door && (key === "Enter" || key === " ")) {
    event.preventDefault();
    whenReady(() => toggleMenu(door));
  }
  const inPanel = target instanceof Element && target.closest("#panel");
  if (inPanel && (key === "ArrowDown" || key === "ArrowUp")) step(event);
}

/**
 * What Escape does besides closing dialogs and menus (the browser does that): restore an expanded card, or else clear
 * the filters that clicks on marks have set.
 * @param {EventTarget | null} target
 */
function goBack(target) {
  if (document.querySelector("#dialog[open]") || (document.getElementById("panel") && isMenuOpen())) return;
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
  toast("Filters cleared", "Undo", () => {
    visit(before);
    look();
  });
}
