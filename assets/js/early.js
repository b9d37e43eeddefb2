// Answers that are requested before somebody clicks: to a click on the mark on which the pointer rests, or is pressed. They
// are the ordinary answer to that click, under the same rights. Only a click that asks for exactly the same uses one, soon
// after; whoever reads many marks without clicking any has no more requested, and a busy server gives none.

import { root } from "./linked.js";
import { view } from "./state.js";

const REST = 80; // milliseconds on a mark after which a click is likely
const KEPT = 5000; // milliseconds for which an answer may be used
const MOST_UNUSED = 4; // in a row; then only a press requests one

/** What the pointer rests on: the action that a click there would be. @type {Action | null} */
let resting = null;
let timer = 0;
let moved = false; // since the last action: a mark that is drawn under the pointer is not one that somebody went to
let unused = 0;
/** The answer that is kept. @type {{ asked: Asked, view: string, until: number, answer: Promise<PageAnswer | null> } | null} */
let kept = null;

/** A request without its number. @typedef {Omit<PageRequest, "n">} Asked */

/** @type {(action: Action) => Asked | null} */
let requestOf = () => null;

/**
 * Set what gives the request of an action as it would be sent now; null where none would be.
 * @param {(action: Action) => Asked | null} maker
 */
export function onEarly(maker) { requestOf = maker; }

/**
 * The pointer is over a mark that can be clicked.
 * @param {Action} action
 */
export function rest(action) {
  leave();
  resting = action;
  if (moved && unused < MOST_UNUSED) timer = window.setTimeout(request, REST, action);
}

/** The pointer is over no mark any more. */
export function leave() {
  clearTimeout(timer);
  resting = null;
}

/** Something was done: the pointer has to move before anything is requested for where it rests. */
export function acted() {
  clearTimeout(timer);
  moved = false;
}

/**
 * The answer to this request where it was requested before; null where it was not, or the server gave none.
 * @param {Asked} asked
 * @returns {Promise<PageAnswer | null> | null}
 */
export function takeEarly(asked) {
  const found = kept;
  if (!found || !isKept(asked)) return null;
  kept = null;
  unused = 0;
  const same = (/** @type {string} */ chart) => asked.cards[chart] === found.asked.cards[chart];
  // A card comes empty where it is as it was shown when it was requested: which it has to be still. A message is told by the
  // click's own answer, whose number makes it a new one.
  return found.answer.then((answer) => (answer && !answer.toast && Object.keys(answer.cards).every((c) => answer.cards[c].digest || same(c)) ? answer : null));
}

/** Whether an answer to this request is kept, whatever else the cards have come to show. @param {Asked} asked */
function isKept(asked) {
  return Boolean(kept && kept.until > performance.now() && kept.view === view() && key(asked) === key(kept.asked));
}

/** @param {Asked} asked */
function key({ href, action, page, bar_shown }) { return JSON.stringify([href, action, page, bar_shown]); }

/** @param {Action} action */
function request(action) {
  const asked = root ? null : requestOf(action); // the pages of links are asked for nothing that nobody wants yet
  if (!asked || isKept(asked)) return;
  if (kept) unused += 1;
  kept = { asked, view: view(), until: performance.now() + KEPT, answer: answered(asked) };
}

/**
 * @param {Asked} asked
 * @returns {Promise<PageAnswer | null>}
 */
async function answered(asked) {
  try {
    const answer = await fetch("/page", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...asked, n: 0, early: true }),
    });
    return answer.status === 200 ? await answer.json() : null;
  } catch {
    return null; // the click itself asks again, and tells what is wrong
  }
}

// Whoever comes back from another window or tab may have signed out there, or as somebody else.
for (const moment of ["blur", "focus"]) window.addEventListener(moment, () => { kept = null; });
document.addEventListener("pointermove", () => { moved = true; }, { capture: true, passive: true });
document.addEventListener("pointerdown", (event) => {
  if (!resting || event.button !== 0 || event.pointerType === "touch") return;
  clearTimeout(timer);
  request({ ...resting, toggle: Boolean(event.shiftKey || event.ctrlKey || event.metaKey) });
}, { capture: true, passive: true });
