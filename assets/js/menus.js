// Menus and the dialog: Dash fills them (dashboard/page/callbacks.py), the browser opens, places and closes them. The
// panel is a popover under the button that opened it, the dialog a native one.

import { setProps, withGrids } from "./dash.js";
import { byId, state } from "./state.js";

let requests = 0; // makes two requests for the same content different

const { menu } = state;

export function isMenuOpen() {
  return byId("panel").matches(":popover-open");
}

/** Make the panel a popover, and say what follows when it closes. Called when Dash's layout is there. */
export function prepare() {
  const panel = byId("panel");
  if (panel.popover) return;
  panel.popover = "auto";
  panel.addEventListener("toggle", (event) => {
    const isClosed = /** @type {ToggleEvent} */ (event).newState === "closed";
    if (isClosed) closed();
    // All that is in sight belongs to a landmark, of which screen readers have a list.
    for (const [name, value] of [["role", "region"], ["aria-label", panel.getAttribute("aria-label") || ""]]) {
      if (isClosed) panel.parentElement?.removeAttribute(name);
      else panel.parentElement?.setAttribute(name, value);
    }
  });
  panel.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement) menu.focused = target.dataset.action || target.dataset.day || "";
  });
  // What Dash puts into an open panel may come later than it has told, and takes the focus with what it replaces.
  new MutationObserver(() => { if (!menu.waiting && isMenuOpen()) void show(); }).observe(panel, { childList: true, subtree: true });
  byId("dialog").addEventListener("close", () => setProps("dialog-request", { data: null }));
}

/** A click on the button of an open menu closes it; the browser has already closed it by the time of the click. */
export function notePress() {
  menu.openAtPress = document.querySelector("#panel:popover-open") ? menu.name : "";
}

/** With its click a press is over: a key that follows is no second click. */
export function forgetPress() { menu.openAtPress = ""; }

/**
 * Open the menu of a button, or close it where it is open; inside the panel one menu leads to another.
 * @param {HTMLElement} button
 */
export function toggleMenu(button) {
  const panel = byId("panel");
  const name = button.dataset.menu || "";
  const inside = panel.contains(button);
  const wasOpen = menu.openAtPress === name || (isMenuOpen() && menu.name === name);
  menu.openAtPress = "";
  if (!inside && wasOpen) {
    closeMenu();
    return;
  }
  menu.name = name;
  menu.waiting = true;
  panel.dataset.name = name;
  panel.setAttribute("aria-label", (button.getAttribute("aria-label") || button.textContent || "").replace(/\s+/g, " ").trim());
  panel.classList.toggle("searchable", name.startsWith("filter:"));
  panel.classList.add("waiting");
  if (!inside) {
    if (isMenuOpen()) panel.hidePopover();
    anchor(button);
    panel.showPopover();
  }
  setProps("menu-search", { value: "" });
  fetchContent();
}

export function closeMenu() {
  if (document.querySelector("#panel:popover-open")) byId("panel").hidePopover();
}

/**
 * The panel stands under this button (assets/b-shell.css).
 * @param {HTMLElement | null} button
 */
function anchor(button) {
  if (menu.opener) {
    menu.opener.setAttribute("aria-expanded", "false");
    menu.opener.style.removeProperty("anchor-name");
  }
  menu.opener = button;
  if (button) {
    button.setAttribute("aria-expanded", "true");
    button.style.setProperty("anchor-name", "--opener");
  }
}

function closed() {
  if (isMenuOpen()) return; // another menu was opened at once
  const opener = redrawn(menu.opener);
  anchor(null);
  menu.name = "";
  menu.focused = "";
  setProps("menu", { data: null });
  // The browser gives the focus back, unless the opener was redrawn.
  const active = document.activeElement;
  if (opener && (active === document.body || byId("panel").contains(active))) opener.focus({ preventScroll: true });
}

/**
 * The button, or the one that was drawn in its place: an answer may come between a key and what follows from it.
 * @param {HTMLElement | null} button
 * @returns {HTMLElement | null}
 */
function redrawn(button) {
  if (!button || document.contains(button)) return button;
  return document.querySelector(`[data-menu='${button.dataset.menu}']`);
}

function fetchContent() {
  setProps("menu", { data: { name: menu.name, href: window.location.href, n: ++requests } });
}

/** An open menu shows what holds now. */
export function refreshMenu() {
  if (!document.querySelector("#panel:popover-open")) return;
  if (menu.opener !== redrawn(menu.opener)) anchor(redrawn(menu.opener));
  fetchContent();
}

/** @type {(from: string, to: string) => void} */
let chooseDays = () => {};

/**
 * Set what follows when days are chosen in the calendar.
 * @param {(from: string, to: string) => void} chosen
 */
export function onDays(chosen) { chooseDays = chosen; }

/** The module that draws the calendar, once it is loaded. @type {typeof import("./calendar.js") | null} */
let calendar = null;

/** The content has come; Dash puts it into the panel after it has told so. */
export function contentArrived() { setTimeout(() => void show(), 0); }

/** Draw the calendar where the menu has one; the focus goes to the first control of a menu that was opened, or back to where it was. */
async function show() {
  const panel = byId("panel");
  const first = menu.waiting;
  menu.waiting = false;
  const place = /** @type {HTMLElement | null} */ (panel.querySelector("[data-calendar]"));
  if (place) {
    calendar ??= await import("./calendar.js");
    calendar.mount(place, chooseDays, first);
  }
  if (menu.waiting) return; // another menu was opened meanwhile
  panel.classList.remove("waiting");
  if (!isMenuOpen()) return;
  if (first) {
    // Where fingers type, a field that has the focus brings a keyboard over half of the screen.
    const searchable = panel.classList.contains("searchable") && !window.matchMedia("(pointer: coarse)").matches;
    const field = panel.querySelector(searchable ? "input" : ".menu-form > [name=title], .menu-form > textarea");
    focus(field ?? panel.querySelector(".menu-item, .menu-button"));
  } else if (menu.focused && !panel.contains(document.activeElement)) {
    const day = panel.querySelector("[data-day][tabindex='0']"); // a calendar has one that keys reach
    focus(controls().find((control) => control.dataset.action === menu.focused) || day);
  }
}

/** @param {Element | null} element */
function focus(element) {
  if (element instanceof HTMLElement) element.focus();
}

/** @returns {HTMLElement[]} */
function controls() {
  return [...byId("panel").querySelectorAll(".menu-item:not(:disabled), input, .menu-button, .not")].filter(
    /** @returns {element is HTMLElement} */ (element) => element instanceof HTMLElement && element.checkVisibility(), // some are for narrow screens alone
  );
}

/**
 * Arrow keys go from one control of the panel to the next.
 * @param {KeyboardEvent} event
 */
export function step(event) {
  const all = controls().filter((control) => !control.classList.contains("not"));
  const next = all[all.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

// --- the dialog

function dialog() {
  return /** @type {HTMLDialogElement} */ (byId("dialog"));
}

/**
 * Show a chart as a table, its order lines, or how it is computed.
 * @param {Action} action
 */
export function openDialog(action) {
  const data = { ...action, href: window.location.href, n: ++requests };
  if (!dialog().open) dialog().showModal();
  const request = () => { if (dialog().open) setProps("dialog-request", { data }); };
  if (action.show === "lines") withGrids(request);
  else request();
}

export function closeDialog() {
  dialog().close();
}
