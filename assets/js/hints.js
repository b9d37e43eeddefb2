// Hints for who is here for the first times: one at a visit, at the foot of the navigation, where it covers nothing that is
// clicked. Whoever has read one, or wants none, does not see it again; this browser remembers that.

import { _ } from "./language.js";

const SEEN = "hints-seen"; // in localStorage: the names of those that were read, or "all"

/** Name, text, and what must be on the page for it. @type {Array<[string, string, string]>} */
const HINTS = [
  ["click", _("Click the same bar once more, or press Esc, to see everything."), ".graph.clickable"],
  ["search", _("Press Ctrl K to find any page, chart, product or customer."), "#bar"],
  ["figure", _("Click a key figure for its course, its definition and its orders."), "[data-menu^='kpi:']"],
  ["drag", _("Drag over a chart along time to look at these days alone."), "[data-chart$='_over_time'] .graph.clickable"],
  ["menu", _("Every chart has a menu “…”: table, Excel, picture, link."), "[data-menu^='card:']"],
  ["keys", _("Press ? for all shortcuts."), "#bar"],
];

/** Show the first hint that was not read and that fits the page. */
export function offer() {
  const place = document.querySelector("#nav");
  const seen = read();
  const tour = document.querySelector("#tour-hint"); // one hint at a time
  if (!place || seen.includes("all") || document.querySelector(".first-hint") || tour?.checkVisibility()) return;
  const found = HINTS.find(([name, , css]) => !seen.includes(name) && document.querySelector(css));
  if (found) (place.parentElement || document.body).append(box(found[0], found[1]));
}

function read() {
  try {
    return (localStorage.getItem(SEEN) || "").split(" ").filter(Boolean);
  } catch {
    return ["all"]; // nothing can be remembered: a hint would come again and again
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
function box(name, text) {
  const made = document.createElement("aside");
  made.className = "first-hint";
  made.setAttribute("aria-label", _("Hint"));
  const told = document.createElement("p");
  told.textContent = text;
  made.append(told, button(_("Got it"), name, made), button(_("No more hints"), "all", made));
  return made;
}

/**
 * @param {string} label
 * @param {string} name of what was read
 * @param {HTMLElement} hint
 */
function button(label, name, hint) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "text-button";
  made.textContent = label;
  made.addEventListener("click", () => {
    localStorage.setItem(SEEN, [...new Set([...read(), name])].join(" "));
    hint.remove();
  });
  return made;
}
