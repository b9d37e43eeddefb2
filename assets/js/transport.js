// Requests to POST /page (dashboard/page/protocol.py), one at a time: what the viewer did, or the address, with the
// cards in sight. The answer brings the new address and those cards.

import { note } from "./crossfilters.js";
import { acted, onEarly, takeEarly } from "./early.js";
import { _ } from "./language.js";
import { end, fixed, isOver, path, root } from "./linked.js";
import { isCurrent, slots, state, view } from "./state.js";
import { toast } from "./toast.js";

const LOST = 10000; // milliseconds after which a request without an answer is sent again
const REFUSED = 2000;

/** @type {(answer: PageAnswer) => void} */
let deliver = () => {};

/**
 * Set the function that receives the answers.
 * @param {(answer: PageAnswer) => void} receiver
 */
export function onAnswer(receiver) { deliver = receiver; }

/**
 * Send what the viewer did; the server says which address follows.
 * @param {Action} action
 */
export function act(action) {
  if (fixed) return;
  note(action);
  acted();
  if (state.pending?.action) {
    state.queue.push(action);
    return;
  }
  send(action, near());
}

/**
 * Ask for the cards in sight that do not show the view of the address.
 * @param {boolean} [all] those out of sight too, as when the page is printed
 */
export function look(all = false) {
  if (isOver()) return;
  const pending = state.pending;
  if (pending && (pending.action || pending.view === view())) return;
  const stale = (all ? slots() : near()).filter((slot) => !isCurrent(slot));
  if (stale.length || state.barView !== view()) send(null, stale);
}

/** Ask whether the page may still be shown, whatever it shows already. */
export function ask() {
  if (!state.pending) send(null, []);
}

/** After an answer has been shown: send what the viewer did meanwhile, or request what is in sight. */
export function proceed() {
  const action = state.queue.shift();
  if (action) send(action, near());
  else look();
}

/**
 * Slots in the window or nearly so, of the page that the address names: the page before stays until the next one comes.
 * @returns {Slot[]}
 */
function near() {
  return slots().filter((slot) => {
    if (!slot.near && !slot.element.hidden) return false; // another selection may bring a hidden card back
    const page = /** @type {HTMLElement | null} */ (slot.element.closest("[data-page]"));
    return !page || path() === "/" || page.dataset.page === path();
  });
}

/**
 * @param {Action | null} action
 * @param {Slot[]} wanted
 */
function send(action, wanted) {
  const asked = requestOf(action, wanted);
  for (const slot of wanted) {
    const shown = slot.element.dataset.state;
    if (shown && !shown.startsWith("waiting")) slot.element.dataset.loading = "1";
  }
  const n = ++state.count;
  state.pending = { n, view: view(), action };
  setTimeout(repeat, LOST, n);
  void post({ n, ...asked });
}

/**
 * A request as it is sent now, without its number.
 * @param {Action | null} action
 * @param {Slot[]} wanted
 * @returns {Omit<PageRequest, "n">}
 */
function requestOf(action, wanted) {
  const cards = Object.fromEntries(wanted.map((slot) => [slot.chart, slot.digest]));
  return { href: window.location.href, action, page: state.page, bar_shown: state.barView === view(), cards };
}

onEarly((action) => (fixed || state.pending?.action ? null : requestOf(action, near())));

/** @param {PageRequest} request */
async function post(request) {
  try {
    const { n, ...asked } = request;
    const early = request.action && takeEarly(asked);
    const known = early && await early;
    const found = known ? { ...known, n } : await requested(request);
    if (found && state.pending?.n === found.n) deliver(found); // the viewer may have acted while it came
  } catch (fault) {
    console.error(fault);
    toast(_("The server gave no answer ({reason}). It is asked again.", { reason: /** @type {Error} */ (fault).message }));
    setTimeout(repeat, REFUSED, request.n);
  }
}

/**
 * @param {PageRequest} request
 * @returns {Promise<PageAnswer | null>} null where the page has ended
 */
async function requested(request) {
  const answer = await fetch(`${root}/page`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
  });
  const pending = state.pending;
  if (answer.status === 401 || answer.status === 410) {
    state.pending = null;
    end((await answer.json()).error);
    return null;
  }
  if (!answer.ok) {
    // A refused action makes no sense: only the cards are asked for again.
    if (answer.status < 500 && pending && pending.n === request.n) pending.action = null;
    const id = answer.status >= 500 && answer.headers.get("X-Request-ID");
    throw new Error(id ? `error id ${id}` : `status ${answer.status}`);
  }
  return answer.json();
}

/**
 * Send the request again, unless it was answered.
 * @param {number} n
 */
function repeat(n) {
  const pending = state.pending;
  if (!pending || pending.n !== n) return;
  state.pending = null;
  if (pending.action) send(pending.action, near());
  else proceed();
}
