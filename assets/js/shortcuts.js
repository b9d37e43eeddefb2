// Shortcuts: single keys while nothing is typed, and the list of them all. Loaded with the first such key.

import { _ } from "./language.js";

/** @typedef {Record<string, () => void>} Doings what a key does, by the name of it */

const OFF = "shortcuts-off"; // in localStorage: somebody wants no single keys

/** Key, what it does, and the name of that; those without a name are done elsewhere. @type {Array<[string, string, string?]>} */
const KEYS = [
  [_("Ctrl K or ⌘ K"), _("Search pages, charts, products, places, customers and actions")],
  ["?", _("Show this list"), "shortcuts"],
  ["R", _("Choose the time range"), "range"],
  ["C", _("Choose the comparison"), "compare"],
  ["F", _("Open the first filter"), "filter"],
  ["[", _("Previous page or tab"), "before"],
  ["]", _("Next page or tab"), "after"],
  ["P", _("Present on a screen"), "present"],
  ["D", _("Light or dark"), "theme"],
  ["Esc", _("Close what is open; else clear what was chosen by clicks in charts")],
];
const POINTER = [
  [_("Click a bar, point or area"), _("See only that; click it again to see all")],
  [_("Shift or Ctrl and click"), _("Add it to what is chosen, or take it out")],
  [_("Drag over a time chart"), _("See only these days, weeks or months")],
  [_("Click a key figure"), _("Its course, definition, target and order lines")],
];

/**
 * Do what a key means.
 * @param {string} key
 * @param {Doings} doings
 * @returns {boolean} whether it means anything
 */
export function run(key, doings) {
  const name = KEYS.find(([shown, , doing]) => doing && shown === key.toUpperCase())?.[2];
  if (!name || (name !== "shortcuts" && isOff())) return false;
  doings[name]();
  return true;
}

function isOff() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

/** Show the list. */
export function show() {
  const open = /** @type {HTMLDialogElement | null} */ (document.getElementById("shortcuts"));
  if (open?.open) {
    open.close();
    return;
  }
  open?.remove();
  const made = document.createElement("dialog");
  made.id = "shortcuts";
  made.className = "shortcuts";
  made.setAttribute("aria-labelledby", "shortcuts-title");
  made.innerHTML = `<form method="dialog" class="dialog-head"><h2 id="shortcuts-title">${_("Keyboard shortcuts")}</h2>
    <button class="dialog-x" aria-label="${_("Close")}">×</button></form>`;
  made.append(table(KEYS.map(([key, told]) => [key, told]), true), heading(_("With the pointer")), table(POINTER, false), single());
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  document.body.append(made);
  made.showModal();
}

/**
 * @param {string[][]} rows
 * @param {boolean} keys whether the first column names keys
 */
function table(rows, keys) {
  const made = document.createElement("table");
  for (const [what, told] of rows) {
    const row = made.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    const name = document.createElement(keys ? "kbd" : "span");
    name.textContent = what;
    head.append(name);
    row.append(head);
    row.insertCell().textContent = told;
  }
  return made;
}

/** @param {string} text */
function heading(text) {
  const made = document.createElement("h3");
  made.textContent = text;
  return made;
}

/** A tick that turns the single keys off and on: they get in the way of some who speak or press keys by accident. */
function single() {
  const tick = document.createElement("input");
  tick.type = "checkbox";
  tick.checked = !isOff();
  tick.addEventListener("change", () => {
    try {
      localStorage.setItem(OFF, tick.checked ? "" : "1");
    } catch {
      tick.checked = true; // storage is off: nothing can be kept
    }
  });
  const label = document.createElement("label");
  label.append(tick, ` ${_("Use single keys such as R and D")}`);
  return label;
}
