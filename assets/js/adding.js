// The page "Add data" (dashboard/uploads/page.py): files are sent in parts, then the server says what it reads in them,
// and which column is which field; whatever is changed there is read again.

import { contents, sample } from "./adding-found.js";
import { mapping, pieces } from "./adding-mapping.js";
import { button, details, element, select } from "./elements.js";
import { _ } from "./language.js";
import { byId } from "./state.js";
import { checked, ended, post, send } from "./uploading.js";

const PAUSE = 250; // milliseconds after the last key before a title is sent

/** @typedef {import("./uploading.js").Added} Added */
/** @typedef {import("./adding-found.js").Found} Found */
/** @typedef {import("./uploading.js").Upload & { found: Partial<Found> }} Upload */
const UNDO = _("Undo");
const REDO = _("Redo");
const DATES = _("The dates of the files can be read in several ways. Choose below which date is right.");

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
for (const undo of document.querySelectorAll("[data-undo]")) {
  undo.addEventListener("click", () => void putBack(/** @type {HTMLElement} */ (undo).dataset.undo || ""));
}

document.getElementById("address")?.addEventListener("input", (event) => {
  const typed = /** @type {HTMLInputElement} */ (event.target).value.trim();
  byId("of-tables").hidden = !/^postgres(ql)?:/i.test(typed);
});
document.getElementById("fetch")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (byId(name));
  void fetchFile(field("address").value, field("tables").value);
  field("address").value = ""; // it may hold a password
});

/**
 * @param {string} address of a file or database, which the server fetches
 * @param {string} tables of the database
 */
async function fetchFile(address, tables) {
  found.hidden = true;
  found.replaceChildren();
  try {
    const begun = await send("/uploads/address", { address, tables });
    id = begun.id;
    show(await done(begun, _("Reading the files")));
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
        say(_("Sending {file}: {percent}%", { file: file.name, percent: Math.floor((100 * sent) / total) }));
        const part = file.slice(at, at + begun.part);
        await post(`/uploads/${id}/files/${n}?at=${at}`, part, "application/octet-stream");
        sent += part.size;
      }
    }
    show(await done(await send(`/uploads/${id}/read`, { toml: "" }), _("Reading the files")));
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
  const last = await ended(upload, ident, ({ stage, message }) => say(stage === "fetching" ? `${_("Fetching the file")} … ${message}` : `${doing} …`));
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
    show(await done(await send(`/uploads/${id}/read`, body), _("Reading the files")));
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
  if (upload.stage === "failed") parts.push(alarm(unsure ? DATES : upload.message), ...remedies(facts));
  if (facts.mapping?.price) parts.push(pieces(facts.mapping, read));
  if (facts.columns) parts.push(...contents(/** @type {Found} */ (facts), read));
  if (facts.mapping) parts.push(mapping(facts.mapping, !facts.columns || isMappingOpen(), read));
  if (facts.columns) parts.push(details(firstLines(facts.sample?.length || 0), sample(facts)));
  if (upload.toml) parts.push(recipe(upload.toml, !facts.mapping));
  if (facts.columns) {
    const way = facts.mapping?.price ? waits() : naming(facts.title || "", upload.sets || []);
    parts.push(element("div", "", "loading", element("h2", _("Load")), way));
  }
  found.replaceChildren(...parts);
  found.hidden = !parts.length;
}

/** What stands in place of the button while a question is open. */
function waits() {
  const told = element("p", `${_("First answer this question:")} `);
  const way = /** @type {HTMLAnchorElement} */ (element("a", _("How many pieces does a line sell?")));
  way.href = "#pieces";
  told.append(way);
  return told;
}

/**
 * The heading of the sample.
 * @param {number} count - of lines
 */
function firstLines(count) {
  return count === 1 ? _("The first line") : _("The first {lines:line|lines}", { lines: count });
}

/**
 * What can be done about a fault without another file.
 * @param {Partial<Found>} facts
 */
function remedies(facts) {
  const ways = (facts.ways || []).map(([fix, told]) => button(told, () => void read({ fix, field: "" })));
  const [code, home] = facts.rate || [];
  if (!code) return ways.length ? [element("p", "", "naming", ...ways)] : [];
  const worth = /** @type {HTMLInputElement} */ (element("input"));
  worth.inputMode = "decimal";
  const told = element("label", _("What is one {code} worth in {home}?", { code, home }), "field", worth);
  const rate = button(_("Read the files"), () => void read({ settings: { [`rates.${code}`]: worth.value } }));
  const other = button(_("Choose {code} as the currency", { code }), () => void read({ settings: { currency: code } }));
  return [element("div", "", "naming remedies", told, rate, other)];
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
 * The TOML, to be changed by who knows how.
 * @param {string} toml
 * @param {boolean} open
 */
function recipe(toml, open) {
  const area = /** @type {HTMLTextAreaElement} */ (element("textarea", "", "toml"));
  area.value = toml;
  area.spellcheck = false;
  area.setAttribute("aria-label", _("How the files are read"));
  const again = button(_("Read again like this"), () => void read({ toml: area.value }));
  const made = details(_("How the files are read"), area, again);
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
  const load = button(_("Load"), () => void start());
  load.className = "apply";
  /** @type {Array<[string, string]>} */
  const ways = [["new", _("A new data set")]];
  for (const set of sets) {
    ways.push([`append ${set.name}`, _("Add to the files of {title}", { title: set.title })], [`replace ${set.name}`, _("Replace the files of {title}", { title: set.title })]);
  }
  const chosen = /** @type {HTMLSelectElement | null} */ (document.getElementById("load-as"))?.value; // before an error
  const kept = ways.find(([value]) => value === chosen)?.[0];
  const way = select(ways, kept ?? "new", () => void preview());
  way.id = "load-as";
  const titled = element("label", _("Title"), "field", name, note);
  const row = element("div", "", "naming", element("label", _("Load as"), "field", way), titled, load);

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
      if (asked === name.value) tell(answer.problem || _("Its name in addresses is {name}.", { name: answer.name }), Boolean(answer.problem));
    } catch (fault) {
      tell(text(fault), true);
    }
  }
  async function start() {
    const [mode, set = ""] = way.value.split(" ");
    try {
      const begun = await send(`/uploads/${id}/load`, { mode, title: name.value, name: set });
      found.classList.add("waiting");
      const upload = await done(begun, _("Loading"));
      if (upload.stage === "loaded") loaded(upload, _("The data are loaded"), UNDO);
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
 * @param {string} way what exchanges this version and the one before is called
 */
function loaded(upload, told, way) {
  const set = upload.sets?.find((each) => each.name === upload.data);
  const query = encodeURIComponent(upload.data);
  const links = element("p", "", "naming", link(_("See its figures"), `/overview?data=${query}`, "apply"));
  links.append(link(_("What was left out, and what to look at"), `/quality/${query}`, "menu-button"));
  if (set?.undo) links.append(button(way, () => void putBack(upload.data, way)));
  found.replaceChildren(element("h2", told), element("p", set ? _("{title}: {files:file|files}.", { title: set.title, files: set.files }) : ""), links);
  found.hidden = false;
  document.getElementById("added")?.remove(); // it shows how things were
}

/**
 * @param {string} name of a data set
 * @param {string} [way] what was chosen: UNDO or, after that, REDO
 */
async function putBack(name, way = UNDO) {
  try {
    const begun = await send(`/uploads/sets/${name}/undo`, {});
    const upload = await done(begun, _("Putting back the other version"), begun.id);
    if (upload.stage === "loaded") loaded(upload, _("The other version is back"), way === UNDO ? REDO : UNDO);
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
