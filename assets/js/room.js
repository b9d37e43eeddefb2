// How high a card stays: nothing in sight moves when a card gets what it shows, or shows something else. How high it is at
// first follows from what the server knows (dashboard/page/body.py).

import { _ } from "./language.js";
import { part } from "./state.js";

const LEAST_SHIFT = 0.006; // share of the window that moves, by how far of its longer side: as Chromium counts
const SPARE = 4; // pixels by which a text may always be higher than its place
const OF_FIGURES = ["--asked", "--narrow", "--keys"]; // where a figure has few bars or many keys

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
 * What a card's height follows from; nothing is left of what an earlier figure needed. Where a click brings a figure more
 * bars, its card grows only as far as they could not be read otherwise: what stands below it does not move.
 * @param {Slot} slot
 * @param {Record<string, string>} room
 */
export function allot({ element: { style }, digest }, room) {
  const before = parseFloat(style.getPropertyValue("--asked"));
  const sizes = digest && before && room["--least"] ? { ...room, "--asked": `${Math.max(before, parseFloat(room["--least"]))}px` } : room;
  for (const name of OF_FIGURES) if (!(name in sizes)) style.removeProperty(name);
  for (const [name, value] of Object.entries(sizes)) style.setProperty(name, value);
}

/**
 * After a window has changed its size: a card is as high as what it shows, and nothing of it is cut.
 * @param {Slot} slot
 */
export function release(slot) {
  slot.element.style.minHeight = "";
  if (slot.element.querySelector(".card-body.cut")) whole(slot);
}

/**
 * A text that comes after what stands below it, and needs more than the place that was left for it, ends there with its
 * last whole line until somebody wants the rest; where what stands below is out of sight, it takes what it needs.
 * @param {Slot} slot
 * @param {Before | undefined} before
 */
export function cut(slot, before) {
  whole(slot);
  if (!before) return;
  const text = part(slot, ".card-body");
  const room = before.text + Math.max(SPARE, unnoticed(before.below));
  if (text.scrollHeight <= room) return;
  text.style.maxHeight = `${lastEnd(lines(text), room)}px`;
  text.classList.add("cut");
  const more = document.createElement("button");
  more.type = "button";
  more.className = "text-button show-all";
  more.textContent = _("Show all");
  part(slot, ".tile-tools").prepend(more);
  const show = () => whole(slot);
  more.addEventListener("click", show);
  for (const what of ["click", "focusin"]) text.addEventListener(what, show, { once: true }); // also of a link that is cut off
}

/**
 * How many pixels a card may grow while hardly anything of the window moves.
 * @param {number} below pixels of the window below the card
 */
function unnoticed(below) {
  const { innerHeight, innerWidth } = window;
  return (LEAST_SHIFT * innerHeight * Math.max(innerHeight, innerWidth)) / below; // all it wants, where nothing is below
}

/** Where a line begins and ends, in pixels; `last`: a text may end with it. @typedef {{ top: number, bottom: number, last: boolean }} Line */

/**
 * The lines of a text that can be read, from its top; those of columns next to each other too.
 * @param {HTMLElement} text
 * @returns {Line[]}
 */
function lines(text) {
  const { top } = text.getBoundingClientRect();
  const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  /** @type {Line[]} */
  const found = [];
  while (walk.nextNode()) {
    const around = walk.currentNode.parentElement;
    if (!around?.checkVisibility()) continue; // inside what is folded
    const end = around.getBoundingClientRect().bottom; // lines below are those that "…" stands for
    const last = !around.matches(".insight-heading");
    range.selectNodeContents(walk.currentNode);
    for (const box of range.getClientRects()) if (box.top < end) found.push({ top: box.top - top, bottom: box.bottom - top, last });
  }
  return found;
}

/**
 * The lowest end of a line within some pixels that goes through no other line; all these pixels, where there is none.
 * @param {Line[]} all
 * @param {number} room
 */
export function lastEnd(all, room) {
  const isBetween = (/** @type {number} */ end) => all.every(({ top, bottom }) => bottom <= end || top > end - 1);
  const ends = all.filter(({ last }) => last).map(({ bottom }) => Math.ceil(bottom));
  const possible = ends.filter((end) => end <= room && isBetween(end));
  return possible.length ? Math.max(...possible) : room;
}

/** @param {Slot} slot */
function whole(slot) {
  const text = part(slot, ".card-body");
  text.style.maxHeight = "";
  text.classList.remove("cut");
  slot.element.querySelector(".show-all")?.remove();
}
