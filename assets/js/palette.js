// The command palette: a field that finds pages, charts, products, places, customers, saved views and actions
// (dashboard/palette). It is loaded when it is opened first.

import { _ } from "./language.js";
import { toast } from "./toast.js";

/** @typedef {{ label: string, hint: string, href?: string, page?: boolean, action?: Action }} Entry */
/** @typedef {{ perform: (action: Action) => void, go: (href: string) => void }} Ways what a choice does */

const PAUSE = 150; // milliseconds without a key after which is looked up what is typed

/** @type {HTMLDialogElement | null} */
let dialog = null;
/** @type {Entry[]} */
let entries = [];
let current = 0;
let asked = 0;
let timer = 0;
/** @type {Ways} */
let ways;

/**
 * Open it, or close it where it is open.
 * @param {Ways} given
 */
export function toggle(given) {
  ways = given;
  dialog ??= build();
  if (dialog.open) {
    dialog.close();
    return;
  }
  field().value = "";
  show([]);
  dialog.showModal();
  void look();
}

function build() {
  const made = document.createElement("dialog");
  made.id = "palette";
  made.className = "palette";
  made.setAttribute("aria-label", _("Search"));
  made.innerHTML = `<input type="text" role="combobox" maxlength="100" autocomplete="off" spellcheck="false"
    aria-label="${_("Search pages, charts, products, places, customers and actions")}" placeholder="${_("Search pages, charts, products, customers…")}"
    aria-autocomplete="list" aria-expanded="true" aria-controls="palette-list">
    <div id="palette-list" role="listbox" aria-label="${_("Found")}"></div>
    <p class="hint" role="status"></p>`;
  document.body.append(made);
  const input = /** @type {HTMLInputElement} */ (made.querySelector("input"));
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), PAUSE);
  });
  input.addEventListener("keydown", pressed);
  made.addEventListener("click", (event) => {
    const { target } = event;
    if (target === made) made.close();
    const option = target instanceof Element && target.closest("[role=option]");
    if (option instanceof HTMLElement) choose(Number(option.dataset.at));
  });
  return made;
}

function field() {
  return /** @type {HTMLInputElement} */ (/** @type {HTMLDialogElement} */ (dialog).querySelector("input"));
}

/** Ask for what fits what is typed; only the last answer counts. */
async function look() {
  const n = ++asked;
  const search = field().value;
  const at = window.location.pathname + window.location.search;
  say(_("Searching…"));
  try {
    const answer = await fetch(`/find?${new URLSearchParams({ at, search })}`);
    if (n !== asked) return;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { groups } = await answer.json();
    if (n === asked) show(groups, search);
  } catch (fault) {
    console.error(fault);
    if (n === asked) say(_("The search gave no answer. Type again to try once more."));
  }
}

/** @param {string} text */
function say(text) {
  const line = dialog?.querySelector("[role=status]");
  if (line) line.textContent = text;
}

/**
 * @param {Array<{ title: string, entries: Entry[] }>} groups
 * @param {string} [search]
 */
function show(groups, search = "") {
  const list = /** @type {HTMLElement} */ (/** @type {HTMLDialogElement} */ (dialog).querySelector("[role=listbox]"));
  entries = groups.flatMap((group) => group.entries);
  let at = 0;
  list.replaceChildren(...groups.map(({ title, entries: own }, number) => {
    const box = element("div", "palette-group");
    const head = element("div", "palette-title", title);
    head.id = `palette-group-${number}`;
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", head.id);
    box.append(head, ...own.map((entry) => option(entry, at++)));
    return box;
  }));
  mark(0);
  if (entries.length) say(_("{count} found. ↑ ↓ to choose, Enter to go.", { count: entries.length }));
  else say(search.trim() ? _("Nothing matches.") : "");
}

/**
 * @param {Entry} entry
 * @param {number} at
 */
function option(entry, at) {
  const made = element("div", "palette-option");
  made.id = `palette-${at}`;
  made.dataset.at = String(at);
  made.setAttribute("role", "option");
  made.title = entry.label;
  made.append(element("span", "grow", entry.label), element("span", "hint", entry.hint));
  made.addEventListener("pointermove", () => { if (current !== at) mark(at); });
  return made;
}

/** @param {number} at */
function mark(at) {
  current = at;
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#palette [role=option]"))) {
    const here = Number(each.dataset.at) === at;
    each.setAttribute("aria-selected", String(here));
    if (here) each.scrollIntoView({ block: "nearest" });
  }
  if (entries.length) field().setAttribute("aria-activedescendant", `palette-${at}`);
  else field().removeAttribute("aria-activedescendant");
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 });
  const last = entries.length - 1;
  if (event.key === "Enter") choose(current);
  else if (event.key in steps && last >= 0) mark(Math.abs(steps[event.key]) > 1 ? Math.max(0, Math.min(last, current + steps[event.key])) : (current + steps[event.key] + last + 1) % (last + 1));
  else return;
  event.preventDefault();
}

/** @param {number} at */
function choose(at) {
  const entry = entries[at];
  if (!entry) return;
  dialog?.close();
  if (entry.action) {
    ways.perform(entry.action);
    if (entry.action.kind === "only") toast(_("Only {name}", { name: entry.label }));
  } else if (entry.page) ways.go(entry.href || "/");
  else window.location.assign(entry.href || "/");
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
