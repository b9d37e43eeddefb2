// "Add data": which column of the files is which field, why, and how sure that is.

import { button, details, element, select } from "./elements.js";
import { _ } from "./language.js";

/**
 * @typedef {object} Mapped
 * @property {string} field
 * @property {string} label
 * @property {string} column
 * @property {string} made
 * @property {string} why
 * @property {"sure" | "likely" | "check" | "chosen"} sure
 * @property {boolean} optional
 * @property {Array<[string, string]>} formats
 * @property {string} format
 */
/**
 * @typedef {object} Mapping
 * @property {Mapped[]} fields
 * @property {Array<[string, string]>} columns
 * @property {string} fixed
 * @property {string} price the column that looks like the price of one piece, while nobody has said how many a line sells
 */
/** @typedef {(body: object, focus?: string) => Promise<void>} Read reads the files again, another way */

const SURE = { sure: _("Sure"), likely: _("Likely"), check: _("Please check"), chosen: _("Your choice") };

/**
 * Which column is which field; another choice is read at once.
 * @param {Mapping} found
 * @param {boolean} open
 * @param {Read} read
 */
export function mapping(found, open, read) {
  const doubtful = found.fields.filter((field) => field.sure === "check").length;
  const given = found.fields.filter((field) => field.column || !field.optional);
  const absent = found.fields.filter((field) => !given.includes(field));
  const parts = [];
  if (found.fixed) parts.push(element("p", `${found.fixed} ${_("Change it in the text “How the files are read”.")}`));
  parts.push(fields(given, found, read));
  if (!found.fixed) parts.push(details(_("More fields"), fields(absent, found, read), own(found, read)));
  const head = doubtful ? _("Which column is which: please check {fields:field|fields}", { fields: doubtful }) : _("Which column is which");
  const made = details(head, ...parts);
  made.open = open || doubtful > 0;
  made.className = "mapping-box";
  return made;
}

/**
 * How many pieces does a line sell? Until that is answered the files cannot be loaded.
 * @param {Mapping} found
 * @param {Read} read
 */
export function pieces(found, read) {
  const price = found.price;
  const told = _("“{column}” looks like the price of one piece, and no column counts the pieces. Revenue is right only if this is answered.", { column: price });
  const answer = (/** @type {object} */ columns) => void read({ columns }, "title");
  /** @type {Array<[string, string]>} */
  const columns = found.columns.filter(([name]) => name !== price).map(([name, values]) => [name, values ? `${name} (${values})` : name]);
  const list = select([["", _("Choose a column")], ...columns], "", (value) => value && answer({ quantity: value }));
  list.id = "pieces-column";
  const one = button(_("One piece per line"), () => answer({ quantity: "=" }));
  const whole = button(_("“{column}” is the total of the line", { column: price }), () => answer({ quantity: "=", amount: price }));
  const ways = element("div", "", "naming remedies", element("label", _("The column that counts them"), "field", list), one, whole);
  const head = element("h2", _("How many pieces does a line sell?"));
  head.id = "pieces";
  const box = element("div", "", "asked", head, element("p", told), ways);
  box.setAttribute("role", "group");
  box.setAttribute("aria-labelledby", "pieces");
  return box;
}

/**
 * @param {Mapped[]} list
 * @param {Mapping} found
 * @param {Read} read
 */
function fields(list, found, read) {
  const rows = list.map((field) => {
    const column = element("td", "", "", ...(found.fixed ? [element("span", field.made || field.column)] : choices(field, found, read)));
    const sure = field.why ? element("td", SURE[field.sure], `sure ${field.sure}`) : element("td");
    return element("tr", "", "", element("th", field.label), column, element("td", field.why), sure);
  });
  const heads = [_("Field"), _("Column"), _("Why"), _("How sure")].map((text) => element("th", text));
  return element("table", "", "mapping", element("thead", "", "", element("tr", "", "", ...heads)), element("tbody", "", "", ...rows));
}

/**
 * A field that only this shop has.
 * @param {Mapping} found
 * @param {Read} read
 */
function own(found, read) {
  const name = /** @type {HTMLInputElement} */ (element("input"));
  name.maxLength = 40;
  name.placeholder = _("Store");
  const list = select(found.columns.map(([column]) => [column, column]), found.columns[0]?.[0] || "", () => {});
  const add = button(_("Add"), () => {
    if (name.value.trim()) void read({ own: { [name.value.trim()]: list.value } });
    else name.focus();
  });
  const inside = [element("label", _("A field of your own"), "field", name), element("label", _("Column"), "field", list), add];
  return element("div", "", "naming own-field", ...inside);
}

/**
 * The lists of a field: its column, and the format of its dates where several fit.
 * @param {Mapped} field
 * @param {Mapping} found
 * @param {Read} read
 */
function choices(field, found, read) {
  /** @type {Array<[string, string]>} */
  const options = found.columns.map(([name]) => [name, name]);
  if (field.column === "=") options.unshift(["=", field.made]);
  if (field.optional) options.unshift(["", _("— none —")]);
  const named = `map-${field.field}`;
  const list = select(options, field.column, (value) => void read({ columns: { [field.field]: value } }, named));
  list.id = named;
  list.setAttribute("aria-label", _("Column of {field}", { field: field.label }));
  const parts = [list];
  const values = found.columns.find(([name]) => name === field.column)?.[1];
  const told = values ? [element("small", values)] : [];
  if (field.formats.length < 2) return [...parts, ...told];
  const formats = select(
    [...(field.format ? [] : [/** @type {[string, string]} */ (["", _("Which date is right?")])]), ...field.formats.map(dated)],
    field.format,
    (value) => void read({ columns: { [field.field]: field.column }, formats: { [field.field]: value } }, named),
  );
  formats.setAttribute("aria-label", _("How to read the dates of {field}", { field: field.label }));
  return [...parts, ...told, formats];
}

/** @param {[string, string]} format */
function dated([format, example]) {
  return /** @type {[string, string]} */ ([format, example || format]);
}
