// Elements of a page that the browser builds itself. Texts are set as texts: what a file holds is never HTML.

/**
 * An element with a text, or with others inside.
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [name] its class
 * @param {...Node} inside
 */
export function element(tag, text = "", name = "", ...inside) {
  const made = document.createElement(tag);
  if (text) made.append(text);
  if (name) made.className = name;
  made.append(...inside);
  return made;
}

/**
 * @param {string} text
 * @param {() => void} then
 */
export function button(text, then) {
  const made = /** @type {HTMLButtonElement} */ (element("button", text, "menu-button"));
  made.type = "button";
  made.addEventListener("click", then);
  return made;
}

/**
 * A list to choose from.
 * @param {Array<[string, string]>} options value and text
 * @param {string} chosen
 * @param {(value: string) => void} then
 */
export function select(options, chosen, then) {
  const made = /** @type {HTMLSelectElement} */ (element("select"));
  for (const [value, text] of options) made.append(new Option(text, value, false, value === chosen));
  made.addEventListener("change", () => then(made.value));
  return made;
}

/**
 * A part that can be opened.
 * @param {string} summary
 * @param {...Node} inside
 */
export function details(summary, ...inside) {
  return /** @type {HTMLDetailsElement} */ (element("details", "", "", element("summary", summary), ...inside));
}

/**
 * @param {string[]} columns
 * @param {string[][]} rows
 * @param {string} [name] its class
 */
export function table(columns, rows, name = "") {
  const head = element("tr", "", "", ...columns.map((text) => element("th", text)));
  const lines = rows.map((row) => element("tr", "", "", ...row.map((cell) => element("td", cell))));
  return element("table", "", name, element("thead", "", "", head), element("tbody", "", "", ...lines));
}
