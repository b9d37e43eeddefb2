// Answers drawn: the server's HTML into its places, cards into their slots, and which of them are in sight.

import { count, expect, tell } from "./announce.js";
import { start } from "./dash.js";
import { draw, forget, graphIn, readPlotly } from "./drawing.js";
import { comeBack, remember, settle } from "./landing.js";
import { _ } from "./language.js";
import { keepInside, under } from "./linked.js";
import { exchange, render, showTable } from "./grids.js";
import { allot, cut, measured, release } from "./room.js";
import { byId, isInWindow, part, slots, state, view } from "./state.js";
import { showTab } from "./stops.js";
import { toast } from "./toast.js";
import { look, proceed } from "./transport.js";

const PAINTED = 1000; // milliseconds after which the first paint is no longer awaited
const WAIT = 1000; // milliseconds after which a card whose models are being computed asks again

/** @type {() => void} */
let arrived = () => {};

/**
 * Set the function to call whenever another address is shown.
 * @param {() => void} listener
 */
export function onView(listener) { arrived = listener; }

// --- answers

/**
 * Show an answer: its address, what changed around the cards, and the cards.
 * @param {PageAnswer} answer
 */
export function receive(answer) {
  const acted = Boolean(state.pending?.action);
  state.pending = null;
  if (acted) expect();
  const before = window.location.pathname + window.location.search;
  if (answer.href) (acted ? visit : rename)(answer.href);
  if (answer.versions !== undefined) state.versions = answer.versions;
  state.barView = view();
  for (const place of /** @type {const} */ (["nav", "bar", "foot"])) {
    const markup = answer[place];
    if (markup !== undefined) put(byId(place), markup);
  }
  if (answer.toast) {
    toast(answer.toast, answer.href && _("Undo"), () => { visit(before); look(); });
  }
  const turned = answer.page !== state.page;
  if (turned) {
    state.cards.clear();
    state.page = answer.page;
    turn(answer.body);
    showTab();
  }
  take(answer);
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a.nav-link-in"))) {
    link.search = window.location.search;
  }
  arrived();
  fill(slots());
  settle();
  if (turned) whenPainted(() => readPlotly(beginDrawing));
  proceed();
}

/**
 * Each card takes the place of the one before; one that is still right comes empty.
 * @param {PageAnswer} answer
 */
function take({ cards, n }) {
  for (const [chart, card] of Object.entries(cards)) {
    const whole = card.digest ? card : state.cards.get(chart);
    state.cards.set(chart, /** @type {AnsweredCard} */ ({ ...whole, view: state.barView, n }));
  }
}

/**
 * Insert another page's cards. Those of the first page are already there.
 * @param {string | undefined} body
 */
function turn(body) {
  for (const { graph } of slots()) if (graph) forget(graph);
  if (body !== undefined) byId("page").innerHTML = body;
  keepInside(document);
  sight.disconnect();
  state.slots.clear();
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".tile-slot"))) {
    const chart = element.dataset.chart || "";
    const graph = graphIn(element);
    state.slots.set(chart, { chart, element, near: false, view: "", n: -1, digest: "", pending: false, graph });
    sight.observe(element);
  }
}

/** Draw what waited for plotly.js; Dash's scripts come after that, since they would hold it up. */
function beginDrawing() {
  fill(slots());
  settle();
  whenPainted(start);
}

/**
 * Texts are there to be read before scripts keep the browser busy: the page's first paint is awaited, or the next frame.
 * @param {() => void} next
 */
function whenPainted(next) {
  const first = "first-contentful-paint";
  if (performance.getEntriesByName(first).length || !PerformanceObserver.supportedEntryTypes.includes("paint")) {
    requestAnimationFrame(() => setTimeout(next, 0));
    return;
  }
  let waits = true;
  const go = () => {
    if (waits) next();
    waits = false;
    paints.disconnect();
  };
  const paints = new PerformanceObserver((list) => { if (list.getEntriesByName(first).length) go(); });
  paints.observe({ type: "paint", buffered: true });
  setTimeout(go, PAINTED); // it may be out of sight
}

/**
 * Go to an address of the application.
 * @param {string} address
 */
export function visit(address) {
  const href = under(address);
  const { pathname, search, hash } = window.location;
  if (href !== pathname + search + hash && href !== pathname + search) {
    remember();
    window.history.pushState({}, "", href);
  }
}

/**
 * Give the address that is shown its full name, without a step in the history.
 * @param {string} address
 */
function rename(address) {
  window.history.replaceState(window.history.state, "", under(address) + window.location.hash);
}

// --- cards

/** How far the last scroll of `fill` fell short, as browsers scroll by whole pixels: several would add up. */
let owed = 0;

/**
 * Give slots the cards that came for them: those in the window at once, the others when these are painted. What is
 * under the pointer stays there, whatever grows above it: a click may be on its way.
 * @param {Slot[]} all
 * @param {boolean} [whole] those out of the window too
 */
function fill(all, whole = false) {
  const held = document.querySelector(".tile-slot:hover");
  const top = held?.getBoundingClientRect().top;
  fillAll(whole ? all : all.filter(isInWindow));
  if (held && top !== undefined) {
    const wanted = top - owed;
    window.scrollBy({ top: held.getBoundingClientRect().top - wanted, behavior: "instant" });
    const missed = held.getBoundingClientRect().top - wanted;
    owed = Math.abs(missed) < 1 ? missed : 0; // more is the end of the page
  }
  if (!whole && all.some(due)) whenPainted(() => { fill(slots(), true); settle(); });
}

/**
 * The card that came for a slot and is not shown yet.
 * @param {Slot} slot
 * @returns {AnsweredCard | null}
 */
function due(slot) {
  const card = state.cards.get(slot.chart);
  const drawable = card && (!card.figure || window.Plotly); // plotly.js may still be on its way
  return card && drawable && card.view === view() && card.n !== slot.n ? card : null;
}

/**
 * First all texts, then all figures, which measure where they are drawn: texts written in between would have the page
 * laid out again for each.
 * @param {Slot[]} all
 */
function fillAll(all) {
  /** @type {Array<[Slot, AnsweredCard]>} */
  const coming = [];
  for (const slot of all) {
    const card = due(slot);
    if (card) coming.push([slot, card]);
  }
  const changed = coming.filter(([slot, card]) => card.digest !== slot.digest);
  const before = measured(changed.map(([slot]) => slot));
  for (const [slot, card] of changed) guarded(slot, card, write);
  for (const [slot, card] of changed) if (slot.element.dataset.role === "insights") cut(slot, card.keeps_height ? before.get(slot) : undefined);
  if (changed.some(([, card]) => card.grid)) render();
  for (const [slot, card] of changed) if (card.figure) guarded(slot, card, drawInto);
  for (const [slot, card] of coming) done(slot, card);
  count(changed.map(([slot]) => slot.chart));
  tell(slots().every((slot) => !slot.near || slot.element.hidden || (slot.view === view() && !slot.pending)));
}

/**
 * An error stays within its card.
 * @param {Slot} slot
 * @param {AnsweredCard} card
 * @param {(slot: Slot, card: AnsweredCard) => void} work
 */
function guarded(slot, card, work) {
  try {
    work(slot, card);
  } catch (fault) {
    broken(slot, card, fault, _("This browser could not draw the chart."));
  }
}

/**
 * @param {Slot} slot
 * @param {AnsweredCard} card
 * @param {unknown} fault
 * @param {string} text
 */
function broken(slot, card, fault, text) {
  console.error(fault);
  card.state = "failed";
  part(slot, ".state").textContent = text;
  slot.pending = false;
}

/**
 * @param {Slot} slot
 * @param {AnsweredCard} card
 */
function done(slot, card) {
  const silent = card.state === "hidden" || (card.state === "empty" && slot.element.hidden);
  // A card that is shown stays, and one that is hidden does not come to say that there is nothing.
  slot.element.hidden = silent && (slot.element.hidden || !slot.digest);
  slot.view = card.view;
  slot.n = card.n;
  slot.digest = card.digest;
  slot.element.dataset.loading = slot.pending ? "1" : "0";
  slot.element.dataset.state = `${card.state} ${card.n}`;
  delete slot.element.dataset.awaited;
  if (isAwaited(card)) setTimeout(again, WAIT, slot);
}

/**
 * Whether something of a card is still being computed.
 * @param {Card} card
 */
function isAwaited(card) { return card.state === "waiting" || Boolean(card.unfinished); }

/**
 * A card whose models are being computed asks again until they are there.
 * @param {Slot} slot
 */
function again(slot) {
  const card = state.cards.get(slot.chart);
  if (!card || !isAwaited(card) || state.slots.get(slot.chart) !== slot) return;
  slot.view = "";
  look();
}

/**
 * @param {Slot} slot
 * @param {AnsweredCard} card
 */
function write(slot, card) {
  put(part(slot, ".trail"), card.trail);
  put(part(slot, ".state"), card.box);
  if (card.body !== undefined) put(part(slot, ".card-body"), card.body);
  if (card.room) allot(slot, card.room);
  if (card.grid) showTable(slot, card.grid);
  writeNotes(part(slot, ".tile-notes"), card.notes);
  const noted = /** @type {HTMLElement | null} */ (slot.element.querySelector(".noted"));
  if (noted) put(noted, card.noted || "");
  for (const [option, label] of Object.entries(card.options)) {
    part(slot, `[data-menu='option:${slot.chart}.${option}'] span`).textContent = label;
  }
}

/**
 * The notes below a card: two lines, the rest on demand.
 * @param {HTMLElement} place
 * @param {string} notes
 */
function writeNotes(place, notes) {
  place.textContent = notes;
  foldNotes(place);
}

/**
 * The button that shows the rest, where two lines do not hold all.
 * @param {HTMLElement} place
 */
function foldNotes(place) {
  place.classList.remove("whole");
  place.querySelector(".more-notes")?.remove();
  if (!place.textContent || place.scrollHeight <= place.clientHeight + 2) return;
  const more = document.createElement("button");
  more.type = "button";
  more.className = "text-button more-notes";
  more.textContent = place.dataset.more || "…";
  place.onclick = () => { place.classList.add("whole"); more.remove(); }; // the whole of it, for thumbs
  place.append(more);
}

/**
 * @param {Slot} slot
 * @param {AnsweredCard} card
 */
function drawInto(slot, card) {
  slot.pending = draw(slot, card, (fault) => {
    slot.pending = false;
    if (fault) {
      broken(slot, card, fault, _("The outlines of the map could not be read."));
      done(slot, card);
    } else {
      slot.element.dataset.loading = "0";
    }
    settle();
  });
}

/** The same figures in the other theme's colours. */
export function redraw() {
  for (const slot of slots()) {
    const card = state.cards.get(slot.chart);
    if (slot.digest && card?.figure) drawInto(slot, card);
  }
}

// --- places

/**
 * HTML of the server (dashboard/components/markup.py) into a place; what has the focus there keeps it.
 * @param {HTMLElement} place
 * @param {string} markup
 */
export function put(place, markup) {
  if (state.markup.get(place) === markup) return;
  const active = document.activeElement;
  const held = active instanceof HTMLElement && place.contains(active) ? { path: pathOf(active), ...active.dataset } : null;
  place.innerHTML = markup;
  keepInside(place);
  state.markup.set(place, markup);
  if (held) focusSame(place, held);
}

/**
 * Where a link leads, without its query; empty for anything else.
 * @param {HTMLElement} element
 */
function pathOf(element) { return element instanceof HTMLAnchorElement ? element.pathname : ""; }

/**
 * Focus the control that opens the same menu, means the same action, or leads to the same page.
 * @param {HTMLElement} place
 * @param {DOMStringMap} held
 */
function focusSame(place, held) {
  const controls = /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("button, a, [tabindex]"));
  const name = ["menu", "action", "path"].find((each) => held[each]);
  const same = name && [...controls].find((control) => (name === "path" ? pathOf(control) : control.dataset[name]) === held[name]);
  if (same) same.focus();
}

// --- what is in sight: only cards in the window, or within a window's height of it, are asked for

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const slot = slots().find((each) => each.element === target);
    if (!slot) continue;
    slot.near = isIntersecting;
    slot.element.dataset.near = isIntersecting ? "1" : "0";
  }
  settle();
  look();
}, { rootMargin: "100% 0px" });

/** Follow the window: its history and its size. */
export function watch() {
  window.addEventListener("popstate", () => {
    look();
    comeBack();
  });
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return; // a phone's own bars come and go as one scrolls
    width = window.innerWidth;
    for (const slot of slots()) {
      release(slot);
      const notes = slot.element.querySelector(".tile-notes");
      if (notes instanceof HTMLElement) foldNotes(notes);
    }
    exchange();
  });
}
