import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";

/** The module as a page in this language loads it. */
async function page(lang, messages) {
  document.documentElement.lang = lang;
  const before = document.getElementById;
  document.getElementById = (id) => (id === "messages" && messages ? { textContent: JSON.stringify(messages) } : null);
  const loaded = await import(`../../assets/js/language.js?${lang}${messages ? 1 : 0}`);
  document.getElementById = before;
  return loaded;
}

test("without messages a text is itself, its places filled", async () => {
  const { _ } = await page("en");
  assert.equal(_("Copied"), "Copied");
  assert.equal(_("{rows:row|rows} of {name}", { rows: 1, name: "{x}" }), "1 row of {x}");
  assert.equal(_("{n:?was|were} added", { n: 2 }), "were added");
});

test("messages are those of the page, and forms follow the number as the language counts", async () => {
  const { _ } = await page("fr", { "{rows:row|rows}": "{rows:ligne|lignes}" });
  assert.deepEqual([0, 1, 2].map((rows) => _("{rows:row|rows}", { rows })), ["0 ligne", "1 ligne", "2 lignes"]);
  assert.equal(_("Copied"), "Copied");
});
