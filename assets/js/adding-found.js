// "Add data": what the files contain, in figures; what was left out, with buttons where it can be otherwise.

import { button, details, element, plural, select, table } from "./elements.js";

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
  const told =
    `${known}${plural(facts.orders, "order", "orders")} with ${plural(facts.lines, "line", "lines")} from ${facts.first} to ` +
    `${facts.last}; revenue ${amount.format(facts.revenue)}. ${plural(facts.rows_read, "row was", "rows were")} read. ` +
    (facts.assumed ? `The files do not say their currency: ${facts.currency} is assumed. ` : "");
  const money = facts.ledger.map(([label, value]) => [label, amount.format(value).replace("-", "−")]);
  const ledger = table(["Your shop's report should say", "Amount"], money, "ledger-table");
  const doubts = facts.doubts.map((doubt) => element("li", `${doubt[0].toUpperCase()}${doubt.slice(1)}.`));
  const parts = [element("h2", "What the files contain"), element("p", told), settings(facts, read)];
  if (doubts.length) parts.push(element("h3", "Please check"), element("ul", "", "", ...doubts));
  const unused = facts.unused.map((name) => element("p", `${name.replace(/^sheet /, "The sheet ")} is not used, since ${facts.unused_why[name] || "nothing in it is needed"}.`));
  const left = element("div", "", "", element("h3", "Left out, changed or noticed"), ...unused, findings(facts.findings, read));
  const compared = element("div", "", "", element("h3", "Check these figures against your shop's own report"), ledger);
  if (facts.remarks.length) {
    const remarks = facts.remarks.map((remark) => element("li", remark));
    compared.append(element("h3", "About these files"), element("ul", "", "remarks", ...remarks));
  }
  if (facts.ties.length) compared.append(element("h3", "Does the file add up?"), ties(facts.ties));
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
    ["currency", "Currency", known("currency", facts.currency), facts.currency],
    ["time_zone", "Time zone of the days", known("timeZone", facts.time_zone), facts.time_zone],
    ["ledger.tax", "Amounts", [["on_top", "without tax"], ["inside", "contain tax"]], facts.tax],
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
  if (!list.length) return element("p", "Nothing: every row is an order line.");
  const quiet = list.filter((finding) => !finding.asks);
  const parts = quiet.length < list.length ? [tableOf(list.filter((finding) => finding.asks), read)] : [];
  const told = `Nothing to do about ${plural(quiet.length, "kind", "kinds")} of rows`;
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
    if (places.length) what.append(element("small", `For example ${places.slice(0, 3).join(", ")}`));
    if (advice) what.append(element("small", advice));
    const ways = fixes.map(([fix, told]) => button(told, () => void read({ fix, field })));
    if (ways.length) what.append(element("p", "", "naming", ...ways));
    return element("tr", "", "", element("td", number.format(rows), "number"), what, element("td", effect));
  });
  const heads = ["Rows", "What", "Done"].map((text) => element("th", text));
  return element("table", "", "findings", element("thead", "", "", element("tr", "", "", ...heads)), element("tbody", "", "", ...rows));
}

/** @param {Found["ties"]} list */
function ties(list) {
  const rows = list.map(([label, holds, off, places]) => {
    const what = element("td", "", "", element("span", label[0].toUpperCase() + label.slice(1)));
    if (places.length) what.append(element("small", `Not so for example in ${places.slice(0, 3).join(", ")}`));
    const count = off ? `${number.format(holds)} of ${number.format(holds + off)}` : `all ${number.format(holds)}`;
    return element("tr", "", "", what, element("td", count, `number sure ${off ? "check" : "sure"}`));
  });
  return element("table", "", "ties", element("tbody", "", "", ...rows));
}

/** @param {Partial<Found>} facts */
export function sample(facts) {
  const box = element("div", "", "sample", table(facts.columns || [], facts.sample || []));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "The first lines");
  return box;
}
