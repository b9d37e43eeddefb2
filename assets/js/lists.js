// A table as a list, for narrow screens: each row with its name and, below it, what there is to know of it. The rows and
// columns are those of the grid (dashboard/figures/marks/grids.py); dashboard/page/body.py keeps the room for them.

import { _ } from "./language.js";

const FIRST = 6; // rows that are shown before somebody asks for more
const MORE = 20;
const CUT = 1000; // rows that come at most
const SORTED = 3; // up to this number of rows, no choice of order is offered
const ABREAST = 2; // facts in a line
const LONG = 40; // letters of a name from which on names have two lines

/** @typedef {{ field: string, headerName: string, headerTooltip?: string, type?: string, sort?: string }} Column */
/** @typedef {{ rowData: Json[], columnDefs: Column[] }} Table */

/** What somebody chose in a list, kept while it gets other rows. @type {WeakMap<Element, { by: string, shown: number }>} */
const choices = new WeakMap();

/**
 * Show a table in a place as a list, instead of the one that is there.
 * @param {HTMLElement} place
 * @param {Table} table
 */
export function list(place, table) {
  const before = choices.get(place);
  const known = table.columnDefs.some(({ field }) => field === before?.by);
  const chosen = { by: (known && before?.by) || table.columnDefs.find(({ sort }) => sort)?.field || "", shown: before?.shown || FIRST };
  choices.set(place, chosen);
  const { rowData } = table;
  const facts = table.columnDefs.length - names(table.columnDefs);
  const rowsShown = ordered(table, chosen.by).slice(0, chosen.shown);
  const longest = Math.max(0, ...rowsShown.map((row) => nameOf(row, table).length));
  const shared = sharedName(table);
  const sizes = {
    shared: Number(Boolean(shared)), items: rowsShown.length, lines: Math.ceil(facts / ABREAST), titles: longest > LONG ? 2 : 1,
    more: Number(rowData.length > chosen.shown) + Number(rowData.length > SORTED),
  };
  for (const [name, size] of Object.entries(sizes)) place.style.setProperty(`--${name}`, String(size));
  const box = element("div", "", "rows-box drawn");
  const rows = element("ol", "", "rows");
  rows.append(...rowsShown.map((row) => item(row, table)));
  if (rowData.length > SORTED) box.append(order(table, chosen.by, (by) => {
    chosen.by = by;
    list(place, table);
    place.querySelector("select")?.focus();
  }));
  if (shared) box.append(element("p", `${shared.headerName}: ${told(rowData[0], shared)}`, "rows-shared"));
  box.append(rows);
  if (rowData.length > chosen.shown) box.append(more(rowData.length - chosen.shown, rowData.length >= CUT, () => {
    const first = chosen.shown;
    chosen.shown += MORE;
    list(place, table);
    const next = /** @type {HTMLElement} */ (place.querySelectorAll("li")[first]);
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
  }));
  place.querySelector(".rows-box")?.remove();
  place.append(box);
}

/**
 * The rows in the order of a column: as the grid has it, numbers from the largest, names from A.
 * @param {Table} table
 * @param {string} by its field; "" for the order in which they came
 * @returns {Json[]}
 */
export function ordered({ rowData, columnDefs }, by) {
  const column = columnDefs.find(({ field }) => field === by);
  if (!column) return rowData;
  const falls = column.sort ? column.sort === "desc" : isNumber(column);
  const way = falls ? -1 : 1;
  return [...rowData].sort((a, b) => {
    const [x, y] = [a[by], b[by]];
    if (x === null || y === null || x === undefined || y === undefined) return Number(x === null || x === undefined) - Number(y === null || y === undefined);
    return isNumber(column) ? way * (x - y) : way * String(x).localeCompare(String(y));
  });
}

/**
 * How many of the first columns are a row's name: one, or two where the second one is a text too.
 * @param {Column[]} columns
 */
function names(columns) { return columns[1] && !isNumber(columns[1]) ? 2 : 1; }

/**
 * What a row is called: by its name, or its two names unless the second one is that of every row.
 * @param {Json} row
 * @param {Table} table
 */
export function nameOf(row, table) {
  const called = table.columnDefs.slice(0, names(table.columnDefs));
  return (sharedName(table) ? called.slice(0, 1) : called).map((column) => told(row, column)).filter(Boolean).join(" · ");
}

/**
 * The second name, where all rows have the same: it is told once, above them.
 * @param {Table} table
 * @returns {Column | undefined}
 */
export function sharedName({ rowData, columnDefs }) {
  const second = names(columnDefs) > 1 ? columnDefs[1] : undefined;
  const alike = second && rowData.length > 1 && rowData.every((row) => told(row, second) === told(rowData[0], second));
  return alike ? second : undefined;
}

/** @param {Column} column */
function isNumber({ type }) { return type === "rightAligned"; }

/**
 * @param {Json} row
 * @param {Table} table
 */
function item(row, table) {
  const columns = table.columnDefs;
  const made = element("li");
  const title = element("strong", nameOf(row, table));
  title.title = title.textContent || "";
  const facts = element("dl");
  facts.append(...columns.slice(names(columns)).map((column) => {
    const pair = element("div");
    const label = element("dt", column.headerName);
    const value = element("dd", told(row, column) || "–");
    label.title = column.headerTooltip || column.headerName;
    value.title = value.textContent || "";
    pair.append(label, value);
    return pair;
  }));
  made.append(title, facts);
  return made;
}

/**
 * @param {Json} row
 * @param {Column} column
 */
function told(row, column) {
  return String(row[`${column.field}_text`] ?? row[column.field] ?? "");
}

/**
 * @param {Table} table
 * @param {string} by
 * @param {(by: string) => void} then
 */
function order({ columnDefs }, by, then) {
  const label = element("label", `${_("Sorted by")} `, "rows-sort");
  const choice = document.createElement("select");
  const options = by ? columnDefs : [{ field: "", headerName: _("Usual order") }, ...columnDefs];
  choice.append(...options.map(({ field, headerName }) => {
    const option = document.createElement("option");
    option.value = field;
    option.textContent = headerName;
    option.selected = field === by;
    return option;
  }));
  choice.addEventListener("change", () => then(choice.value));
  label.append(choice);
  return label;
}

/**
 * @param {number} left
 * @param {boolean} cut whether there are more rows than came
 * @param {() => void} then
 */
function more(left, cut, then) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "text-button";
  const some = cut ? _("Show {left} more", { left: MORE }) : _("Show {number} more of {left}", { number: MORE, left });
  made.textContent = left > MORE ? some : _("Show {left} more", { left });
  made.addEventListener("click", then);
  return made;
}

/**
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [name] its class
 */
function element(tag, text = "", name = "") {
  const made = document.createElement(tag);
  if (text) made.append(text);
  if (name) made.className = name;
  return made;
}
