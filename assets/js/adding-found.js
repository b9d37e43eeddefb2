// "Add data": what the files contain, in figures; what was left out, with buttons where it can be otherwise.

import { button, details, element, select, table } from "./elements.js";
import { _ } from "./language.js";

/** @typedef {import("./adding-mapping.js").Mapping} Mapping */
/** @typedef {import("./adding-mapping.js").Read} Read */
/** @typedef {{ label: string, effect: string, rows: number, places: string[], advice: string, asks: boolean, fixes: Array<[string, string]>, field: string }} Finding */
/**
 * @typedef {object} Found
 * @property {string} title
 * @property {string} currency
 * @property {string} time_zone
 * @property {"inside" | "on_top"} tax
 * @property {number} revenue
 * @property {number} orders
 * @property {number} lines
 * @property {string} first
 * @property {string} last
 * @property {number} rows_read
 * @property {Finding[]} findings
 * @property {Array<[string, number, number, string[]]>} ties what is equal, where it holds, where not, and examples
 * @property {Array<[string, number]>} ledger
 * @property {string[]} unused
 * @property {Record<string, string>} unused_why
 * @property {string[]} doubts what the files leave open
 * @property {string[]} recognised the platforms' exports that the files are
 * @property {string[]} remarks what such files do not tell, and columns that are not used
 * @property {boolean} assumed whether the currency is not in the files
 * @property {string[]} columns
 * @property {string[][]} sample
 * @property {Mapping} mapping
 * @property {Array<[string, string]>} ways changes of how the files are read that may help where they cannot be read
 * @property {string[]} rate the currency whose rate is missing, and that of the data set
 */

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const number = new Intl.NumberFormat();

/**
 * What the files contain: totals, the ledger, what ties, what was left out.
 * @param {Found} facts
 * @param {Read} read
 */
export function contents(facts, read) {
  const amount = new Intl.NumberFormat(undefined, { style: "currency", currency: facts.currency });
  const known = facts.recognised.length ? `${facts.recognised.join(", ")}: ` : "";
  const { orders, lines, first, last, currency } = facts;
  const read_ = _("{rows:row was|rows were} read.", { rows: facts.rows_read });
  const all = _("{orders:order|orders} with {lines:line|lines} from {first} to {last}; revenue {revenue}.", { orders, lines, first, last, revenue: amount.format(facts.revenue) });
  const assumed = facts.assumed ? _("The files do not say their currency: {currency} is assumed.", { currency }) : "";
  const told = `${known}${all} ${read_} ${assumed}`.trim();
  const money = facts.ledger.map(([label, value]) => [label, amount.format(value).replace("-", "−")]);
  const ledger = table([_("Your shop's report should say"), _("Amount")], money, "ledger-table");
  const doubts = facts.doubts.map((doubt) => element("li", doubt));
  const parts = [element("h2", _("What the files contain")), element("p", told), settings(facts, read)];
  if (doubts.length) parts.push(element("h3", _("Please check")), element("ul", "", "remarks", ...doubts));
  const unused = facts.unused.map((name) => element("p", unusedFile(name, facts.unused_why[name] || "")));
  const left = element("div", "", "", element("h3", _("Left out, changed or noticed")), ...unused, findings(facts.findings, read));
  const compared = element("div", "", "", element("h3", _("Check these figures against your shop's own report")), ledger);
  if (facts.remarks.length) {
    const remarks = facts.remarks.map((remark) => element("li", remark));
    compared.append(element("h3", _("About these files")), element("ul", "", "remarks", ...remarks));
  }
  if (facts.ties.length) compared.append(element("h3", _("Does the file add up?")), ties(facts.ties));
  parts.push(element("div", "", "two", compared, left));
  return parts;
}

/**
 * What the files do not say of themselves: currency, time zone, and whether amounts contain tax.
 * @param {Found} facts
 * @param {Read} read
 */
function settings(facts, read) {
  const known = (/** @type {"currency" | "timeZone"} */ kind, /** @type {string} */ now) =>
    /** @type {Array<[string, string]>} */ ([...new Set([now, ...(kind === "timeZone" ? [HERE, "UTC"] : []), ...Intl.supportedValuesOf(kind)])].map((name) => [name, name.replaceAll("_", " ")]));
  /** @type {Array<[string, string, Array<[string, string]>, string]>} */
  const lists = [
    ["currency", _("Currency"), known("currency", facts.currency), facts.currency],
    ["time_zone", _("Time zone of the days"), known("timeZone", facts.time_zone), facts.time_zone],
    ["ledger.tax", _("Amounts"), [["on_top", _("without tax")], ["inside", _("contain tax")]], facts.tax],
  ];
  const fields = lists.map(([place, label, options, now]) => {
    const list = select(options, now, (value) => void read({ settings: { [place]: value } }, `set-${place}`));
    list.id = `set-${place}`;
    return element("label", label, "field", list);
  });
  return element("div", "", "naming", ...fields);
}

/**
 * @param {Finding[]} list
 * @param {Read} read
 */
function findings(list, read) {
  if (!list.length) return element("p", _("Nothing: every row is an order line."));
  const quiet = list.filter((finding) => !finding.asks);
  const parts = quiet.length < list.length ? [tableOf(list.filter((finding) => finding.asks), read)] : [];
  const told = _("Nothing to do about {kinds:kind|kinds} of rows", { kinds: quiet.length });
  if (quiet.length) parts.push(details(told, tableOf(quiet, read)));
  return element("div", "", "", ...parts);
}

/**
 * @param {Finding[]} list
 * @param {Read} read
 */
function tableOf(list, read) {
  const rows = list.map(({ label, effect, rows, places, advice, fixes, field }) => {
    const what = element("td", "", "", element("span", label));
    if (places.length) what.append(element("small", _("For example {places}", { places: places.slice(0, 3).join(", ") })));
    if (advice) what.append(element("small", advice));
    const ways = fixes.map(([fix, told]) => button(told, () => void read({ fix, field })));
    if (ways.length) what.append(element("p", "", "naming", ...ways));
    return element("tr", "", "", element("td", number.format(rows), "number"), what, element("td", effect));
  });
  const heads = [_("Rows"), _("What"), _("What happened")].map((text) => element("th", text));
  return element("table", "", "findings", element("thead", "", "", element("tr", "", "", ...heads)), element("tbody", "", "", ...rows));
}

/**
 * Why a file or a sheet is not used.
 * @param {string} name
 * @param {string} why
 */
function unusedFile(name, why) {
  const reason = why || _("nothing in it is needed");
  if (!name.startsWith("sheet ")) return _("{name} is not used, since {reason}.", { name, reason });
  return _("The sheet {name} is not used, since {reason}.", { name: name.slice(6), reason });
}

/** @param {Found["ties"]} list */
function ties(list) {
  const rows = list.map(([label, holds, off, places]) => {
    const what = element("td", "", "", element("span", label[0].toUpperCase() + label.slice(1)));
    if (places.length) what.append(element("small", _("Not so for example in {places}", { places: places.slice(0, 3).join(", ") })));
    const count = off ? _("{holds} of {all}", { holds, all: holds + off }) : _("all {holds}", { holds });
    return element("tr", "", "", what, element("td", count, `number sure ${off ? "check" : "sure"}`));
  });
  return element("table", "", "ties", element("tbody", "", "", ...rows));
}

/** @param {Partial<Found>} facts */
export function sample(facts) {
  const box = element("div", "", "sample", table(facts.columns || [], facts.sample || []));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", _("The first lines"));
  return box;
}
