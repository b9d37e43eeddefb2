// Answers drawn: the server's HTML into its places, cards into their slots, and which of them are in sight.

import { setProps } from "./dash.js";
import { draw, forget, graphIn, readPlotly } from "./drawing.js";
import { comeBack, remember, settle } from "./landing.js";
import { keepInside, under } from "./linked.js";
import { byId, slots, state, view } from "./state.js";
import { showTab } from "./stops.js";
import { toast } from "./toast.js";
import { look, proceed } from "./transport.js";

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
  const before = window.location.pathname + window.location.search;
  if (answer.href) (acted ? visit : rename)(answer.href);
  if (answer.versions !== undefined) state.versions = answer.versions;
  state.barView = view();
  for (const place of /** @type {const} */ (["nav", "bar", "foot"])) {
    const markup = answer[place];
    if (markup !== undefined) put(byId(place), markup);
  }
  if (answer.toast) {
    toast(answer.toast, answer.href && "Undo", () => { visit(before); look(); });
  }
  const turned = answer.page !== state.page;
  if (turned) {
    state.cards.clear();
    state.page = answer.page;
    turn(answer.body);
    showTab();
  }
  for (const [chart, card] of Object.entries(answer.cards)) {
    const before = state.cards.get(chart);
    state.cards.set(chart, /** @type {AnsweredCard} */ ({ ...before, ...card, view: state.barView, n: answer.n }));
  }
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a.nav-link-in"))) {
    link.search = window.location.search;
  }
  arrived();
  fill(slots());
  settle();
  if (turned) whenPainted(() => readPlotly(() => { fill(slots()); settle(); }));
  proceed();
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

/** @param {() => void} next */
function whenPainted(next) { requestAnimationFrame(() => setTimeout(next, 0)); }

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
  document.body.classList.remove("drawer-open");
}

/**
 * Give the address that is shown its full name, without a step in the history.
 * @param {string} address
 */
function rename(address) {
  window.history.replaceState(window.history.state, "", under(address) + window.location.hash);
}

// --- cards

/**
 * Give slots the cards that came for them. What is under the pointer stays there, whatever grows above it: a click
 * may be on its way.
 * @param {Slot[]} all
 */
function fill(all) {
  const held = document.querySelector(".tile-slot:hover");
  const top = held?.getBoundingClientRect().top;
  fillAll(all);
  if (held && top !== undefined) window.scrollBy({ top: held.getBoundingClientRect().top - top, behavior: "instant" });
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
    const card = state.cards.get(slot.chart);
    const drawable = card && (!card.figure || window.Plotly); // plotly.js may still be on its way
    if (card && drawable && card.view === view() && card.n !== slot.n) coming.push([slot, card]);
  }
  const changed = coming.filter(([slot, card]) => card.digest !== slot.digest);
  for (const [slot, card] of changed) guarded(slot, card, write);
  if (changed.some(([, card]) => card.grid)) renderGrids();
  for (const [slot, card] of changed) if (card.figure) guarded(slot, card, drawInto);
  for (const [slot, card] of coming) done(slot, card);
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
    broken(slot, card, fault, "This browser could not draw the chart.");
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
  slot.view = card.view;
  slot.n = card.n;
  slot.digest = card.digest;
  slot.element.dataset.loading = slot.pending ? "1" : "0";
  slot.element.dataset.state = `${card.state} ${card.n}`;
  slot.element.hidden = card.state === "hidden";
  if (card.keeps_height) rememberHeight(slot);
  if (isAwaited(card)) setTimeout(again, WAIT, slot);
}

/**
 * The height of texts that come after the charts is kept in this browser: assets/first-paint.js leaves room for them.
 * @param {Slot} slot
 */
function rememberHeight(slot) {
  if (slot.element.querySelector("details[open]")) return;
  try {
    const heights = JSON.parse(localStorage.getItem("text-heights") || "{}");
    const width = window.innerWidth < 768 ? "narrow" : "wide";
    heights[`${width} ${slot.chart}`] = part(slot, ".card-body").offsetHeight;
    localStorage.setItem("text-heights", JSON.stringify(heights));
  } catch {
    /* storage may be off: then room is left for texts of a usual length */
  }
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
  if (card.body !== undefined) {
    // Text that comes after the charts may take more room than before, but never less.
    if (card.keeps_height && !slot.element.querySelector("details[open]")) {
      slot.element.style.minHeight = `${slot.element.offsetHeight}px`;
    }
    put(part(slot, ".card-body"), card.body);
  }
  if (card.grid) awaitGrid(slot, card.grid);
  part(slot, ".tile-notes").textContent = card.notes;
  const noted = /** @type {HTMLElement | null} */ (slot.element.querySelector(".noted"));
  if (noted) put(noted, card.noted || "");
  for (const [option, label] of Object.entries(card.options)) {
    part(slot, `[data-menu='option:${slot.chart}.${option}'] span`).textContent = label;
  }
}

/**
 * @param {Slot} slot
 * @param {AnsweredCard} card
 */
function drawInto(slot, card) {
  slot.pending = draw(slot, card, (fault) => {
    slot.pending = false;
    if (fault) {
      broken(slot, card, fault, "The outlines of the map could not be read.");
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

/**
 * @param {Slot} slot
 * @param {string} css
 * @returns {HTMLElement}
 */
function part(slot, css) {
  const found = /** @type {HTMLElement | null} */ (slot.element.querySelector(css));
  if (!found) throw new Error(`the card ${slot.chart} has no ${css}`);
  return found;
}

// --- grids

/** Dash shows the grids of the cards that have one, each inside its card. */
function renderGrids() {
  const grids = slots().flatMap((slot) => state.cards.get(slot.chart)?.grid ?? []);
  setProps("grids", { children: grids });
}

/**
 * Keep the room that the grid takes, and wait until it has a heading: its script is loaded when the first grid is shown.
 * @param {Slot} slot
 * @param {DashComponent} grid
 */
function awaitGrid(slot, grid) {
  slot.element.style.setProperty("--rows", grid.props.children.props.style.height);
  slot.pending = true;
  const body = part(slot, ".tile-body");
  const shown = () => {
    if (!body.querySelector(".ag-header-cell")) return false;
    slot.pending = false;
    slot.element.dataset.loading = "0";
    settle();
    return true;
  };
  const changes = new MutationObserver(() => {
    if (shown()) changes.disconnect();
  });
  if (!shown()) changes.observe(body, { childList: true, subtree: true });
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
  const held = active instanceof HTMLElement && place.contains(active) ? { ...active.dataset } : null;
  place.innerHTML = markup;
  keepInside(place);
  state.markup.set(place, markup);
  if (held) focusSame(place, held);
}

/**
 * Focus the control that opens the same menu or means the same action.
 * @param {HTMLElement} place
 * @param {DOMStringMap} held
 */
function focusSame(place, held) {
  const controls = /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("button, a, [tabindex]"));
  const name = held.menu ? "menu" : "action";
  const same = held[name] && [...controls].find((control) => control.dataset[name] === held[name]);
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
  window.addEventListener("resize", () => {
    for (const slot of slots()) slot.element.style.minHeight = "";
  });
}
