// Cards that stay as high as they are, and texts that are cut to their place.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { allot, cut, measured } from "../../assets/js/room.js";

/** A card whose text has `place` pixels and needs `needs`, and that ends at `bottom`. */
function card({ place = 60, needs = 60, bottom = 500, digest = "", open = false }) {
  const classes = new Set();
  const body = {
    clientHeight: place, scrollHeight: needs, style: {}, children: [], heard: [],
    classList: { add: (name) => classes.add(name), remove: (name) => classes.delete(name) },
    append(child) { body.children.push(child); },
    querySelector: () => body.children[0] && { remove() { body.children.pop(); } },
    addEventListener: (_, then) => body.heard.push(then),
  };
  const element = {
    style: {}, matches: () => false, getBoundingClientRect: () => ({ bottom, height: place + 80 }),
    querySelector: (css) => (css.includes("details") ? open : body),
  };
  return { slot: { chart: "insights", element, digest }, body, classes };
}

test("a card that shows something stays as high as it is, unless something in it is open", () => {
  window.innerHeight = 800;
  const all = [card({ digest: "a" }), card({}), card({ digest: "b", open: true })];
  measured(all.map(({ slot }) => slot));
  assert.deepEqual(all.map(({ slot }) => slot.element.style.minHeight), ["140px", undefined, undefined]);
});

test("a text that comes late is cut where something stands below it in sight, until somebody wants the rest", () => {
  window.innerHeight = 800;
  document.createElement = () => ({});
  const cases = [[{ needs: 200 }, "60px"], [{ needs: 62 }, ""], [{ needs: 200, bottom: 900 }, ""], [{ needs: 200, bottom: -10 }, ""], [{ needs: 100, bottom: 720 }, ""]];
  for (const [given, expected] of cases) {
    const { slot, body, classes } = card(given);
    cut(slot, measured([slot]).get(slot));
    assert.equal(body.style.maxHeight, expected);
    assert.equal(classes.has("cut"), expected !== "");
    for (const then of body.heard) then();
    assert.equal(body.style.maxHeight, "");
    assert.equal(body.children.length, 0);
  }
});

test("a figure with other bars and keys leaves nothing of the height that the one before needed", () => {
  const given = new Map();
  const style = { setProperty: (name, value) => given.set(name, value), removeProperty: (name) => given.delete(name) };
  allot({ element: { style } }, { "--narrow": "260px", "--keys": "2" });
  allot({ element: { style } }, { "--keys": "1" });
  assert.deepEqual([...given], [["--keys", "1"]]);
});
