// The calendar in the menu of time ranges (dashboard/page/menus/of_time.py): two fields for days, and two months whose days
// are chosen by pointer or keyboard. It is loaded when that menu is opened first.

import { _ } from "./language.js";

/** @typedef {{ from: string, to: string, first: string, last: string, complete: string, week_start: number }} Days ISO days */

const DAY = 86400000; // milliseconds
/** @type {Array<[string, string, number]>} */
const STEPS = [["«", _("The year before"), -12], ["‹", _("The month before"), -1], ["›", _("The month after"), 1], ["»", _("The year after"), 12]];
const KEYS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 });

/** Where a calendar was drawn last. @type {HTMLElement | null} */
let drawn = null;

/**
 * Draw the calendar into its place; one that shows the same days already stays, with the day that was chosen first, also
 * where its place is another one, since the menu around it was drawn again.
 * @param {HTMLElement} place
 * @param {(from: string, to: string) => void} choose is called with the first and the last day
 * @param {boolean} opened whether the menu was just opened
 */
export function mount(place, choose, opened) {
  const before = drawn;
  drawn = place;
  const same = !opened && before?.firstElementChild && before.dataset.drawn === place.dataset.calendar;
  place.dataset.drawn = place.dataset.calendar;
  if (same) {
    if (before !== place) place.replaceChildren(...before.childNodes);
    return;
  }
  const days = /** @type {Days} */ (JSON.parse(place.dataset.calendar || "null"));
  let anchor = ""; // the first day of two, once it is chosen
  let focus = clamp(days.to, days);
  let shown = plus(month(focus), -1); // the month at the left

  const from = field(_("From"), "range-from", days.from, days);
  const to = field(_("To"), "range-to", days.to, days);
  const apply = button(_("Apply"), () => choose(from.input.value, to.input.value));
  apply.className = "apply";
  const said = element("p", "hint");
  said.setAttribute("role", "status");
  const months = element("div", "months");
  const fields = element("div", "dates");
  fields.append(from.label, to.label, apply);
  place.replaceChildren(fields, months, said);
  for (const { input } of [from, to]) input.addEventListener("keydown", (event) => { if (event.key === "Enter") apply.click(); });
  draw();

  /** @param {string} [focused] the day that gets the focus */
  function draw(focused) {
    const pair = [shown, plus(shown, 1)].map((first, at) => table(first, at));
    months.replaceChildren(...pair);
    if (focused) dayButton(focused)?.focus();
  }

  /**
   * One month: its name, which chooses all of it, and its days.
   * @param {string} first its first day
   * @param {number} at 0 the left one, 1 the right one
   */
  function table(first, at) {
    const box = element("div", "month");
    const name = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(first));
    const end = add(plus(first, 1), -1);
    const whole = button(name, () => choose(first, end));
    whole.className = "month-name";
    whole.title = _("All of {month}", { month: name });
    const head = element("div", "month-head");
    const [far, near, next, last] = STEPS.map((each) => step(at, ...each));
    head.append(far, near, whole, next, last);
    const grid = document.createElement("table");
    grid.setAttribute("aria-label", name);
    const row = grid.createTHead().insertRow();
    const letters = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "short", timeZone: "UTC" });
    for (let n = 0; n < 7; n += 1) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = letters.format(new Date(Date.UTC(2024, 0, 1 + ((days.week_start + n) % 7)))).slice(0, 2); // a Monday
      row.append(cell);
    }
    const body = grid.createTBody();
    for (let week = weekOf(first); week <= end; week = add(week, 7)) {
      const line = body.insertRow();
      for (let n = 0; n < 7; n += 1) {
        const day = add(week, n);
        const cell = line.insertCell();
        if (month(day) === first) cell.append(dayOf(day));
      }
    }
    box.append(head, grid);
    return box;
  }

  /**
   * @param {string} day
   */
  function dayOf(day) {
    const made = button(String(Number(day.slice(8))), () => pick(day));
    const partial = day > days.complete && day <= days.last;
    const told = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeZone: "UTC" }).format(new Date(day));
    made.dataset.day = day;
    made.setAttribute("aria-label", partial ? _("{day}, not complete", { day: told }) : told);
    made.disabled = day < days.first || day > days.last;
    made.tabIndex = day === focus ? 0 : -1;
    made.classList.toggle("partial", partial);
    const [start, end] = anchor ? [anchor, anchor] : [days.from, days.to];
    made.classList.toggle("inside", start <= day && day <= end);
    made.setAttribute("aria-pressed", String(day === start || day === end));
    made.addEventListener("pointerenter", () => preview(day));
    return made;
  }

  /** Show which days a click here would choose. @param {string} day */
  function preview(day) {
    if (!anchor) return;
    const [start, end] = [anchor, day].sort();
    for (const each of /** @type {NodeListOf<HTMLElement>} */ (months.querySelectorAll("[data-day]"))) {
      const here = each.dataset.day || "";
      each.classList.toggle("inside", start <= here && here <= end);
    }
  }

  /** The first click begins a range, the second one ends it. @param {string} day */
  function pick(day) {
    focus = day;
    if (anchor) {
      const [start, end] = [anchor, day].sort();
      choose(start, end);
      return;
    }
    anchor = day;
    from.input.value = day;
    to.input.value = day;
    said.textContent = _("Now choose the last day.");
    draw(day);
  }

  months.addEventListener("keydown", (event) => {
    const here = event.target instanceof HTMLElement ? event.target.dataset.day : "";
    if (!here) return;
    const next = moved(here, event);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    focus = clamp(next, days);
    if (focus < shown) shown = month(focus);
    else if (focus >= plus(shown, 2)) shown = plus(month(focus), -1);
    draw(focus);
    preview(focus);
  });

  /**
   * A button that shows other months. Of two months next to each other each has its outer ones (assets/h-time.css).
   * @param {number} at of the month whose button it is
   * @param {string} text
   * @param {string} label
   * @param {number} by months
   */
  function step(at, text, label, by) {
    const made = button(text, () => {
      shown = plus(shown, by);
      focus = clamp(shown, days);
      draw();
      /** @type {HTMLElement | null} */ (months.children[at].querySelector(`[aria-label="${label}"]`))?.focus();
    });
    made.className = by < 0 ? "month-step back" : "month-step on";
    made.setAttribute("aria-label", label);
    return made;
  }

  /** @param {string} day */
  function dayButton(day) {
    return /** @type {HTMLElement | null} */ (months.querySelector(`[data-day="${day}"]`));
  }

  /** First day of the week of a day. @param {string} day */
  function weekOf(day) {
    const weekday = (new Date(day).getUTCDay() + 6) % 7; // 0 Monday
    return add(day, -((weekday - days.week_start + 7) % 7));
  }
}

/**
 * Where a key leads from a day; "" for a key that leads nowhere.
 * @param {string} day
 * @param {KeyboardEvent} event
 */
export function moved(day, { key, shiftKey }) {
  if (key in KEYS) return add(day, KEYS[key]);
  if (key === "Home") return month(day);
  if (key === "End") return add(plus(month(day), 1), -1);
  if (key !== "PageUp" && key !== "PageDown") return "";
  const first = plus(month(day), (key === "PageUp" ? -1 : 1) * (shiftKey ? 12 : 1));
  const last = add(plus(first, 1), -1);
  const same = `${first.slice(0, 8)}${day.slice(8)}`;
  return same < last ? same : last;
}

/** @param {string} day @param {number} by days */
export function add(day, by) { return new Date(Date.parse(day) + by * DAY).toISOString().slice(0, 10); }

/** First day of the month of a day. @param {string} day */
function month(day) { return `${day.slice(0, 8)}01`; }

/** First day of the month so many months after. @param {string} first @param {number} by */
function plus(first, by) {
  const at = new Date(first);
  at.setUTCMonth(at.getUTCMonth() + by);
  return at.toISOString().slice(0, 10);
}

/** @param {string} day @param {Days} days */
function clamp(day, { first, last }) { return [first, day, last].sort()[1]; }

/** @param {string} label @param {string} id @param {string} value @param {Days} days */
function field(label, id, value, days) {
  const input = document.createElement("input");
  Object.assign(input, { type: "date", id, value, min: days.first, max: days.last });
  const box = document.createElement("label");
  box.append(label, input);
  return { label: box, input };
}

/** @param {string} tag @param {string} className */
function element(tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

/** @param {string} text @param {() => void} pressed */
function button(text, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", pressed);
  return made;
}
