// What an open page knows, in one place. Modules read and change it; nothing is kept in the DOM but what CSS shows.

/** @typedef {{ n: number, view: string, action: Action | null }} Pending */

export const state = {
  /** Number of the last request. */
  count: 0,
  /** The request under way. @type {Pending | null} */
  pending: null,
  /** What the viewer did while a request was under way. @type {Action[]} */
  queue: [],
  /** Versions of the data, as the server says them. */
  versions: "",
  /** The page whose cards stand there, as the server names it. */
  page: "",
  /** The view that the bar shows. */
  barView: "",
  /** Cards answered last, by chart. @type {Map<string, AnsweredCard>} */
  cards: new Map(),
  /** Places of the page's cards, by chart. @type {Map<string, Slot>} */
  slots: new Map(),
  /** HTML that the server put into a place. @type {WeakMap<Element, string>} */
  markup: new WeakMap(),
  menu: {
    name: "",
    /** The button under which the menu is open. @type {HTMLElement | null} */
    opener: null,
    /** The menu that was open when the pointer went down. */
    openAtPress: "",
    /** Whether the content still has to come. */
    waiting: false,
    /** The action of the control that had the focus when the content was asked for. */
    focused: "",
  },
};

/** The address and the versions of the data: cards of another view are asked for again. */
export function view() {
  return `${window.location.pathname}${window.location.search} ${state.versions}`;
}

const NARROW = 768; // pixels of the window, as in the style sheets

/** Whether the window is as narrow as a phone's. */
export function isNarrow() { return window.innerWidth < NARROW; }

/** The slots of the page in their order. @returns {Slot[]} */
export function slots() {
  return [...state.slots.values()];
}

/**
 * Whether the slot shows an answer of this view.
 * @param {Slot} slot
 */
export function isCurrent(slot) {
  const card = state.cards.get(slot.chart);
  return slot.view === view() || Boolean(card && card.view === view() && card.n !== slot.n);
}

/**
 * An element by its id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/**
 * A place inside a card.
 * @param {Slot} slot
 * @param {string} css
 * @returns {HTMLElement}
 */
export function part(slot, css) {
  const found = /** @type {HTMLElement | null} */ (slot.element.querySelector(css));
  if (!found) throw new Error(`the card ${slot.chart} has no ${css}`);
  return found;
}

/**
 * Whether a slot is in the window, or may come there: one that is hidden has no place yet.
 * @param {Slot} slot
 */
export function isInWindow({ element }) {
  const { top, bottom } = element.getBoundingClientRect();
  return element.hidden || (top < window.innerHeight && bottom > 0);
}
