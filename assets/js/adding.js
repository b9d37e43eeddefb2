// The page "Add data" (dashboard/uploads/page.py): files are sent in parts, then the server says what it reads in them.

import { byId } from "./state.js";

const POLL = 700; // milliseconds between questions about how far the reading is
const HEADERS = { "X-Storesight-Upload": "1" };

/** @typedef {{ stage: string, message: string, toml: string, found: Found, data: string }} Upload */
/**
 * @typedef {object} Found
 * @property {string} [title]
 * @property {string} [currency]
 * @property {number} [revenue]
 * @property {number} [orders]
 * @property {number} [units]
 * @property {number} [lines]
 * @property {string} [first]
 * @property {string} [last]
 * @property {number} [rows_read]
 * @property {Array<[string, string, number, string[]]>} [findings]
 * @property {string[]} [unused]
 * @property {string[]} [columns]
 * @property {string[][]} [sample]
 */

let id = "";
const input = /** @type {HTMLInputElement} */ (byId("files"));
const drop = byId("drop");
const found = byId("found");

input.addEventListener("change", () => add([...(input.files || [])]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    const files = /** @type {DragEvent} */ (event).dataTransfer?.files;
    if (kind === "drop" && files?.length) void add([...files]);
  });
}

/** @param {File[]} files */
async function add(files) {
  found.hidden = true;
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
    await follow("read", { toml: "" }, "Reading the files");
  } catch (fault) {
    say(/** @type {Error} */ (fault).message, true);
  }
}

/**
 * Start a task of the server, and show what came of it.
 * @param {string} task
 * @param {Record<string, string>} body
 * @param {string} doing
 */
async function follow(task, body, doing) {
  say(`${doing} …`);
  /** @type {Upload} */
  let upload = await send(`/uploads/${id}/${task}`, body);
  while (upload.stage === "reading" || upload.stage === "loading") {
    await new Promise((next) => setTimeout(next, POLL));
    upload = await (await checked(await fetch(`/uploads/${id}`))).json();
  }
  if (upload.stage === "failed") {
    say(upload.message, true);
    if (upload.toml) show(upload);
    return;
  }
  if (upload.stage === "loaded") {
    say("");
    const link = element("a", "See its figures", "apply");
    /** @type {HTMLAnchorElement} */ (link).href = `/overview?data=${encodeURIComponent(upload.data)}`;
    found.replaceChildren(element("h2", "The data are loaded"), link);
    return;
  }
  say("");
  show(upload);
}

/** @param {Upload} upload */
function show({ found: facts, toml }) {
  const parts = [];
  if (facts.columns) {
    const amount = new Intl.NumberFormat(undefined, { style: "currency", currency: facts.currency });
    const number = new Intl.NumberFormat();
    const assumed = /^currency = .*# not in the files/m.test(toml); // a comment that `guess` writes
    parts.push(
      element("h2", "What the files contain"),
      element(
        "p",
        `${number.format(facts.orders || 0)} orders with ${number.format(facts.lines || 0)} lines from ${facts.first} to ` +
          `${facts.last}; revenue ${amount.format(facts.revenue || 0)}. ${number.format(facts.rows_read || 0)} rows were read. ` +
          (assumed ? `The files do not say their currency: ${facts.currency} is assumed, change it below. ` : "") +
          "Compare these with what your shop reports.",
      ),
      findings(facts.findings || [], facts.unused || []),
      table(facts.columns, facts.sample || []),
    );
  }
  const text = /** @type {HTMLTextAreaElement} */ (element("textarea", "", "toml"));
  text.value = toml;
  text.spellcheck = false;
  text.setAttribute("aria-label", "How the files are read");
  const details = element("details", "", "", element("summary", "How the files are read"), text);
  if (!facts.columns) details.setAttribute("open", "");
  const again = button("Read again like this", () => run("read", { toml: text.value }, "Reading the files"));
  details.append(again);
  parts.push(details);
  if (facts.columns) parts.push(naming(facts.title || "shop"));
  found.replaceChildren(...parts);
  found.hidden = false;
}

/** @param {string} title */
function naming(title) {
  const name = /** @type {HTMLInputElement} */ (element("input"));
  name.value = title.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 40) || "shop";
  name.maxLength = 40;
  const mode = /** @type {HTMLSelectElement} */ (element("select"));
  for (const [value, text] of [
    ["new", "A new data set"],
    ["append", "Added to its files"],
    ["replace", "In place of its files"],
  ]) {
    mode.append(new Option(text, value));
  }
  const load = button("Load", () => run("load", { name: name.value, mode: mode.value }, "Loading"));
  load.className = "apply";
  return element("p", "", "naming", element("label", "Name ", "", name), element("label", "As ", "", mode), load);
}

/**
 * @param {string} task
 * @param {Record<string, string>} body
 * @param {string} doing
 */
function run(task, body, doing) {
  follow(task, body, doing).catch((fault) => say(fault.message, true));
}

/**
 * @param {Array<[string, string, number, string[]]>} list
 * @param {string[]} unused
 */
function findings(list, unused) {
  const items = list.map(([label, effect, rows, places]) => {
    const where = places.length ? ` (${places.slice(0, 3).join(", ")})` : "";
    return element("li", `${rows.toLocaleString()} ${label}: ${effect}${where}`);
  });
  items.unshift(...unused.map((name) => element("li", `${name} is not used: its rows are of another kind`)));
  return items.length ? element("ul", "", "", ...items) : element("p", "Nothing was left out.");
}

/**
 * @param {string[]} columns
 * @param {string[][]} rows
 */
function table(columns, rows) {
  const head = element("tr", "", "", ...columns.map((name) => element("th", name)));
  const lines = rows.map((row) => element("tr", "", "", ...row.map((cell) => element("td", cell))));
  const whole = element("table", "", "", element("thead", "", "", head), element("tbody", "", "", ...lines));
  const box = element("div", "", "sample", whole);
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "The first lines");
  return box;
}

/**
 * @param {string} text
 * @param {() => void} then
 */
function button(text, then) {
  const made = /** @type {HTMLButtonElement} */ (element("button", text));
  made.type = "button";
  made.addEventListener("click", then);
  return made;
}

/**
 * An element with a text, or with others inside.
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [name] its class
 * @param {...Node} inside
 */
function element(tag, text = "", name = "", ...inside) {
  const made = document.createElement(tag);
  if (text) made.append(text);
  if (name) made.className = name;
  made.append(...inside);
  return made;
}

/**
 * @param {string} text
 * @param {boolean} [failed]
 */
function say(text, failed = false) {
  const line = byId("progress");
  line.textContent = text;
  line.classList.toggle("failed", failed);
}

/**
 * @param {string} address
 * @param {object} body
 */
async function send(address, body) {
  return (await post(address, JSON.stringify(body), "application/json")).json();
}

/**
 * @param {string} address
 * @param {BodyInit} body
 * @param {string} type
 */
async function post(address, body, type) {
  return checked(await fetch(address, { method: "POST", headers: { ...HEADERS, "Content-Type": type }, body }));
}

/** @param {Response} answer */
async function checked(answer) {
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Error(told.error || `The server refused it (status ${answer.status}).`);
}
