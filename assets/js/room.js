// How high a card stays: nothing in sight moves when a card gets what it shows, or shows something else. How high it is at
// first follows from what the server knows (dashboard/page/body.py).

import { _ } from "./language.js";
import { part } from "./state.js";

const LEAST_SHIFT = 0.006; // share of the window that moves, by how far of its height; Chromium counts alike
const SPARE = 4; // pixels by which a text may be higher than its place
const OF_FIGURES = ["--narrow", "--keys"]; // where a figure has few bars or many keys

/** A text's height, and how many pixels of the window are below its card; 0 for a card out of sight. @typedef {{ text: number, below: number }} Before */

/**
 * Before cards are filled: those that show something stay at least as high as they are, unless something in them is open
 * or they fill the window.
 * @param {Slot[]} all
 * @returns {Map<Slot, Before>}
 */
export function measured(all) {
  const boxes = all.map(({ element }) => element.getBoundingClientRect()); // all before any is changed: the page is laid out once
  const before = new Map(all.map((slot, i) => {
    const { bottom } = boxes[i];
    const text = slot.element.querySelector(".tile-body, .bare-body")?.clientHeight || 0;
    return [slot, { text, below: bottom > 0 ? Math.max(window.innerHeight - bottom, 0) : 0 }];
  }));
  for (const [i, { element, digest }] of all.entries()) {
    const free = element.matches(".expanded") || element.querySelector("details[open]");
    if (digest && boxes[i].height && !free) element.style.minHeight = `${boxes[i].height}px`;
  }
  return before;
}

/**
 * What a card's height follows from; nothing is left of what an earlier figure needed.
 * @param {Slot} slot
 * @param {Record<string, string>} room
 */
export function allot({ element: { style } }, room) {
  for (const name of OF_FIGURES) if (!(name in room)) style.removeProperty(name);
  for (const [name, value] of Object.entries(room)) style.setProperty(name, value);
}

/**
 * After a window has changed its size: a card is as high as what it shows.
 * @param {Slot} slot
 */
export function release({ element }) { element.style.minHeight = ""; }

/**
 * A text that comes after what stands below it, and needs more than the place that was left for it, is cut there until
 * somebody wants the rest; where what stands below is out of sight, it takes what it needs.
 * @param {Slot} slot
 * @param {Before | undefined} before
 */
export function cut(slot, before) {
  const body = part(slot, ".tile-body");
  whole(body);
  if (!before || body.scrollHeight <= before.text + SPARE) return;
  const moves = (before.below / window.innerHeight) * ((body.scrollHeight - before.text) / window.innerHeight);
  if (moves <= LEAST_SHIFT) return; // hardly anything in sight moves
  body.style.maxHeight = `${before.text}px`;
  body.classList.add("cut");
  const more = document.createElement("button");
  more.type = "button";
  more.className = "text-button more-notes";
  more.textContent = _("Show all");
  body.append(more);
  for (const what of ["click", "focusin"]) body.addEventListener(what, () => whole(body), { once: true }); // also of a link that is cut off
}

/** @param {HTMLElement} body */
function whole(body) {
  body.style.maxHeight = "";
  body.classList.remove("cut");
  body.querySelector(".more-notes")?.remove();
}
