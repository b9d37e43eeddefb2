// The words of the browser's modules in the viewer's language. The index page holds those that differ from English.

const { documentElement } = document;

const number = new Intl.NumberFormat(documentElement.lang || "en");
/** @type {Record<string, string>} */
const MESSAGES = JSON.parse(document.getElementById("messages")?.textContent || "{}");

/**
 * The text in the viewer's language, its places filled: `_("{rows:row|rows} added", { rows: 3 })` is "3 rows added".
 * Places and forms are those of analytics/language.py.
 * @param {string} text
 * @param {Record<string, string | number>} [places]
 * @returns {string}
 */
export function _(text, places) {
  const said = MESSAGES[text] || text;
  return places ? fill(said, places) : said;
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} places
 */
function fill(text, places) {
  return text.replace(/\{(\w+)(?::([^}]*))?\}/g, (_whole, name, forms) => {
    const value = places[name];
    if (typeof value !== "number") return String(value);
    if (!forms) return number.format(value);
    const [one, ...others] = forms.replace(/^\?/, "").split("|");
    const form = isOne(value) ? one : others.at(-1) ?? one;
    return forms.startsWith("?") ? form : `${number.format(value)} ${form}`;
  });
}

/** @param {number} number */
function isOne(number) { return documentElement.lang === "fr" ? Math.abs(number) < 2 : number === 1; }

/**
 * Read Storesight in another language from now on.
 * @param {string} code
 */
export async function speak(code) {
  const answer = await fetch("/language", { method: "POST", body: new URLSearchParams({ language: code }) });
  if (answer.ok) window.location.reload();
}
