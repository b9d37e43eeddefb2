// The page "Add data" (dashboard/uploads/page.py): files are sent in parts, then the server says what it reads in them,
// and which column is which field; whatever is changed there is read again.

import { button, details, element, select, table } from "./elements.js";
import { byId } from "./state.js";
import { checked, ended, post, send } from "./uploading.js";

const PAUSE = 250; // milliseconds after the last key before a title is sent

/** @typedef {import("./uploading.js").Added} Added */
/** @typedef {import("./uploading.js").Upload & { found: Partial<Found> }} Upload */
/** @typedef {{ label: string, effect: string, rows: number, places: string[], advice: string }} Finding */
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
/** @typedef {{ fields: Mapped[], columns: Array<[string, string]>, fixed: string }} Mapping */
/**
 * @typedef {object} Found
 * @property {string} title
 * @property {string} currency
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
 */

const DATES = "The dates of the files can be read in several ways. Choose below which date is right.";
const SURE = { sure: "Sure", likely: "Likely", check: "Please check", chosen: "Your choice" };

let id = "";
const input = /** @type {HTMLInputElement} */ (byId("files"));
const drop = byId("drop");
const found = byId("found");
const number = new Intl.NumberFormat();

input.addEventListener("change", () => add([...(input.files || [])]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    const files = /** @type {DragEvent} */ (event).dataTransfer?.files;
    if (kind === "drop" && files?.length) void add([...files]);
  });
}
for (const undo of document.querySelectorAll("[data-undo]")) {
  undo.addEventListener("click", () => void putBack(/** @type {HTMLElement} */ (undo).dataset.undo || ""));
}

document.getElementById("fetch")?.addEventListener("submit", (event) => {
  event.preventDefault();
  void fetchFile(/** @type {HTMLInputElement} */ (byId("address")).value);
});

/** @param {string} address of a file, which the server fetches */
async function fetchFile(address) {
  found.hidden = true;
  found.replaceChildren();
  try {
    const begun = await send("/uploads/address", { address });
    id = begun.id;
    show(await done(begun, "Fetching and reading the file"));
  } catch (fault) {
    say(text(fault), true);
  }
}

/** @param {File[]} files */
async function add(files) {
  found.hidden = true;
  found.replaceChildren();
  try {
    const begun = await send("/uploads", { files: files.map((file) => ({ name: file.name, size: file.size })) });
    id = begun.id;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let sent = 0;
    for (const [n, file] of files.entries()) {
      for (let at = 0; at < file.size; at += begun.part) {
        say(`Sending ${file.name}: ${Math.floor((100 * sent) / total)} %`);
        const part = file.slice(at, at + begun.part);
        await post(`/uploads/${id}/files/${n}?at=${at}`, part, "application/octet-stream");
        sent += part.size;
      }
    }
    show(await done(await send(`/uploads/${id}/read`, { toml: "" }), "Reading the files"));
  } catch (fault) {
    say(text(fault), true);
  }
  input.value = ""; // the same file can be chosen again
}

/**
 * The state of a task of the server when it has ended.
 * @param {Upload} upload
 * @param {string} doing
 * @param {string} [ident] of the upload
 */
async function done(upload, doing, ident = id) {
  say(`${doing} …`);
  const last = await ended(upload, ident);
  say("");
  return last;
}

/**
 * Read the files again, and show what is in them then.
 * @param {object} body
 * @param {string} [focus] id of the control that has the focus afterwards
 */
async function read(body, focus = "") {
  found.classList.add("waiting");
  try {
    show(await done(await send(`/uploads/${id}/read`, body), "Reading the files"));
  } catch (fault) {
    say(text(fault), true);
  }
  found.classList.remove("waiting");
  if (focus) document.getElementById(focus)?.focus();
}

/** @param {Upload} upload */
function show(upload) {
  const facts = upload.found;
  const parts = [];
  const unsure = facts.mapping?.fields.some((field) => field.formats.length > 1 && !field.format);
  if (upload.stage === "failed") parts.push(alarm(unsure ? DATES : upload.message));
  if (facts.columns) parts.push(...contents(/** @type {Found} */ (facts)));
  if (facts.mapping) parts.push(mapping(facts.mapping, !facts.columns || isMappingOpen()));
  if (facts.columns) parts.push(details(`The first ${plural(facts.sample?.length || 0, "line", "lines")}`, sample(facts)));
  if (upload.toml) parts.push(recipe(upload.toml, !facts.mapping));
  if (facts.columns) parts.push(element("div", "", "loading", element("h2", "Load"), naming(facts.title || "", upload.sets || [])));
  found.replaceChildren(...parts);
  found.hidden = !parts.length;
}

/** Whether the viewer looks at the columns. */
function isMappingOpen() {
  const box = found.querySelector(".mapping-box");
  return box instanceof HTMLDetailsElement && box.open;
}

/** @param {string} message */
function alarm(message) {
  const box = element("p", message, "alarm");
  box.setAttribute("role", "alert");
  return box;
}

/**
 * What the files contain: totals, the ledger, what ties, what was left out.
 * @param {Found} facts
 */
function contents(facts) {
  const amount = new Intl.NumberFormat(undefined, { style: "currency", currency: facts.currency });
  const known = facts.recognised.length ? `${facts.recognised.join(", ")}: ` : "";
  const told =
    `${known}${plural(facts.orders, "order", "orders")} with ${plural(facts.lines, "line", "lines")} from ${facts.first} to ` +
    `${facts.last}; revenue ${amount.format(facts.revenue)}. ${plural(facts.rows_read, "row was", "rows were")} read. ` +
    (facts.assumed ? `The files do not say their currency: ${facts.currency} is assumed, change it below. ` : "");
  const money = facts.ledger.map(([label, value]) => [label, amount.format(value).replace("-", "−")]);
  const ledger = table(["Your shop's report should say", "Amount"], money, "ledger-table");
  const doubts = facts.doubts.map((doubt) => element("li", `${doubt[0].toUpperCase()}${doubt.slice(1)}.`));
  const parts = [element("h2", "What the files contain"), element("p", told)];
  if (doubts.length) parts.push(element("h3", "Please check"), element("ul", "", "", ...doubts));
  const unused = facts.unused.map((name) => element("p", `${name.replace(/^sheet /, "The sheet ")} is not used, since ${facts.unused_why[name] || "nothing in it is needed"}.`));
  const left = element("div", "", "", element("h3", "Left out, changed or noticed"), ...unused, findings(facts.findings));
  const compared = element("div", "", "", element("h3", "Check these figures against your shop's own report"), ledger);
  if (facts.remarks.length) {
    const remarks = facts.remarks.map((remark) => element("li", remark));
    compared.append(element("h3", "About these files"), element("ul", "", "remarks", ...remarks));
  }
  if (facts.ties.length) compared.append(element("h3", "Does the file add up?"), ties(facts.ties));
  parts.push(element("div", "", "two", compared, left));
  return parts;
}

/** @param {Finding[]} list */
function findings(list) {
  if (!list.length) return element("p", "Nothing: every row is an order line.");
  const rows = list.map(({ label, effect, rows, places, advice }) => {
    const what = element("td", "", "", element("span", label));
    if (places.length) what.append(element("small", `For example ${places.slice(0, 3).join(", ")}`));
    if (advice) what.append(element("small", advice));
    return element("tr", "", "", element("td", number.format(rows), "number"), what, element("td", effect));
  });
  const heads = ["Rows", "What", "Done"].map((text) => element("th", text));
  const made = element("table", "", "findings", element("thead", "", "", element("tr", "", "", ...heads)), element("tbody", "", "", ...rows));
  if (!list.some(({ advice }) => advice.includes("["))) return made;
  return element("div", "", "", made, element("small", "What stands in [brackets] is changed below, under “How the files are read”."));
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

/**
 * Which column is which field; another choice is read at once.
 * @param {Mapping} found
 * @param {boolean} open
 */
function mapping(found, open) {
  const doubtful = found.fields.filter((field) => field.sure === "check").length;
  const given = found.fields.filter((field) => field.column || !field.optional);
  const absent = found.fields.filter((field) => !given.includes(field));
  const parts = [];
  if (found.fixed) parts.push(element("p", `${found.fixed} Change it in the text “How the files are read”.`));
  parts.push(fields(given, found));
  if (!found.fixed) parts.push(details("Fields that the files do not have", fields(absent, found)));
  const doubt = doubtful ? `: please check ${plural(doubtful, "field", "fields")}` : "";
  const made = details(`Which column is which${doubt}`, ...parts);
  made.open = open || doubtful > 0;
  made.className = "mapping-box";
  return made;
}

/**
 * @param {Mapped[]} list
 * @param {Mapping} found
 */
function fields(list, found) {
  const rows = list.map((field) => {
    const column = element("td", "", "", ...(found.fixed ? [element("span", field.made || field.column)] : choices(field, found)));
    const sure = field.why ? element("td", SURE[field.sure], `sure ${field.sure}`) : element("td");
    return element("tr", "", "", element("th", field.label), column, element("td", field.why), sure);
  });
  const heads = ["Field", "Column", "Why", "How sure"].map((text) => element("th", text));
  return element("table", "", "mapping", element("thead", "", "", element("tr", "", "", ...heads)), element("tbody", "", "", ...rows));
}

/**
 * The lists of a field: its column, and the format of its dates where several fit.
 * @param {Mapped} field
 * @param {Mapping} found
 */
function choices(field, found) {
  /** @type {Array<[string, string]>} */
  const options = found.columns.map(([name]) => [name, name]);
  if (field.column === "=") options.unshift(["=", field.made]);
  if (field.optional) options.unshift(["", "— none —"]);
  const named = `map-${field.field}`;
  const list = select(options, field.column, (value) => void read({ columns: { [field.field]: value } }, named));
  list.id = named;
  list.setAttribute("aria-label", `Column of ${field.label}`);
  const parts = [list];
  const values = found.columns.find(([name]) => name === field.column)?.[1];
  const told = values ? [element("small", values)] : [];
  if (field.formats.length < 2) return [...parts, ...told];
  const formats = select(
    [...(field.format ? [] : [/** @type {[string, string]} */ (["", "Which date is right?"])]), ...field.formats.map(dated)],
    field.format,
    (value) => void read({ columns: { [field.field]: field.column }, formats: { [field.field]: value } }, named),
  );
  formats.setAttribute("aria-label", `How to read the dates of ${field.label}`);
  return [...parts, ...told, formats];
}

/** @param {[string, string]} format */
function dated([format, example]) {
  return /** @type {[string, string]} */ ([format, example || format]);
}

/** @param {Partial<Found>} facts */
function sample(facts) {
  const box = element("div", "", "sample", table(facts.columns || [], facts.sample || []));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "The first lines");
  return box;
}

/**
 * The TOML, to be changed by who knows how.
 * @param {string} toml
 * @param {boolean} open
 */
function recipe(toml, open) {
  const area = /** @type {HTMLTextAreaElement} */ (element("textarea", "", "toml"));
  area.value = toml;
  area.spellcheck = false;
  area.setAttribute("aria-label", "How the files are read");
  const again = button("Read again like this", () => void read({ toml: area.value }));
  const made = details("How the files are read", area, again);
  made.open = open;
  return made;
}

/**
 * Where the files go: a data set of their own, or one that was added before.
 * @param {string} title
 * @param {Added[]} sets
 */
function naming(title, sets) {
  const name = /** @type {HTMLInputElement} */ (element("input"));
  name.value = title;
  name.maxLength = 80;
  name.id = "title";
  name.setAttribute("aria-describedby", "title-note");
  const note = element("small", "", "field-note");
  note.id = "title-note";
  note.setAttribute("role", "status");
  const load = button("Load", () => void start());
  load.className = "apply";
  /** @type {Array<[string, string]>} */
  const ways = [["new", "A new data set"]];
  for (const set of sets) {
    ways.push([`append ${set.name}`, `Add to the files of ${set.title}`], [`replace ${set.name}`, `Replace the files of ${set.title}`]);
  }
  const way = select(ways, "new", () => void preview());
  const titled = element("label", "Title", "field", name, note);
  const row = element("div", "", "naming", element("label", "Load as", "field", way), titled, load);

  /** @param {string} message @param {boolean} failed */
  function tell(message, failed) {
    note.textContent = message;
    note.classList.toggle("failed", failed);
    name.setAttribute("aria-invalid", String(failed));
  }
  async function preview() {
    titled.hidden = way.value !== "new";
    if (titled.hidden) return;
    try {
      const asked = name.value;
      const answer = await (await checked(await fetch(`/uploads/name?title=${encodeURIComponent(asked)}`))).json();
      if (asked === name.value) tell(answer.problem || `Its name in addresses is ${answer.name}.`, Boolean(answer.problem));
    } catch (fault) {
      tell(text(fault), true);
    }
  }
  async function start() {
    const [mode, set = ""] = way.value.split(" ");
    try {
      const begun = await send(`/uploads/${id}/load`, { mode, title: name.value, name: set });
      found.classList.add("waiting");
      const upload = await done(begun, "Loading");
      if (upload.stage === "loaded") loaded(upload, "The data are loaded");
      else show(upload);
    } catch (fault) {
      if (mode === "new") tell(text(fault), true);
      else say(text(fault), true);
      name.focus();
    }
    found.classList.remove("waiting");
  }
  let timer = 0;
  name.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void preview(), PAUSE);
  });
  void preview();
  return row;
}

/**
 * A data set has another version: the ways to its figures, and back.
 * @param {Upload} upload
 * @param {string} told
 */
function loaded(upload, told) {
  const set = upload.sets?.find((each) => each.name === upload.data);
  const query = encodeURIComponent(upload.data);
  const links = element("p", "", "naming", link("See its figures", `/overview?data=${query}`, "apply"));
  links.append(link("What was left out, and what to look at", `/quality/${query}`, "menu-button"));
  if (set?.undo) links.append(button("Undo", () => void putBack(upload.data)));
  found.replaceChildren(element("h2", told), element("p", set ? `${set.title}: ${plural(set.files, "file", "files")}.` : ""), links);
  found.hidden = false;
  document.getElementById("added")?.remove(); // it shows how things were
}

/** @param {string} name of a data set */
async function putBack(name) {
  try {
    const begun = await send(`/uploads/sets/${name}/undo`, {});
    const upload = await done(begun, "Putting back the version before", begun.id);
    if (upload.stage === "loaded") loaded(upload, "The version before is back");
    else say(upload.message, true);
  } catch (fault) {
    say(text(fault), true);
  }
}

/**
 * @param {string} told
 * @param {string} href
 * @param {string} name its class
 */
function link(told, href, name) {
  const made = /** @type {HTMLAnchorElement} */ (element("a", told, name));
  made.href = href;
  return made;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
function plural(count, one, many) {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}

/** @param {unknown} fault */
function text(fault) {
  return /** @type {Error} */ (fault).message;
}

/**
 * @param {string} told
 * @param {boolean} [failed]
 */
function say(told, failed = false) {
  const line = byId("progress");
  line.textContent = told;
  line.classList.toggle("failed", failed);
}
