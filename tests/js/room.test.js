// Cards that stay as high as they are, and texts that are cut to their place.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { allot, cut, lastEnd, measured } from "../../assets/js/room.js";

const LINE = 20; // pixels from the top of a line to that of the next one
const LETTERS = 16;

/** A card whose text has `place` pixels and needs `needs`, and that ends at `bottom`. */
function card({ place = 60, needs = 60, bottom = 500, digest = "", open = false }) {
  const classes = new Set();
  const text = {
    clientHeight: place, scrollHeight: needs, style: {}, children: [], heard: [],
    classList: { add: (name) => classes.add(name), remove: (name) => classes.delete(name) },
    addEventListener: (_, then) => text.heard.push(then),
    getBoundingClientRect: () => ({ top: 300 }),
  };
  const tools = { prepend(child) { text.children.push(child); } };
  const parts = {
    "details[open]": open, ".tile-tools": tools,
    get ".show-all"() { return text.children[0] && { remove() { text.children.pop(); } }; },
  };
  const element = {
    style: {}, matches: () => false, getBoundingClientRect: () => ({ bottom, height: place + 80 }),
    querySelector: (css) => (css in parts ? parts[css] : text),
  };
  return { slot: { chart: "insights", element, digest }, body: text, classes };
}

/** What is looked at of the lines of a text that needs `needs` pixels. */
function written(needs) {
  let left = 1;
  const boxes = Array.from({ length: needs / LINE }, (_, i) => ({ top: 302 + i * LINE, bottom: 302 + i * LINE + LETTERS }));
  const parentElement = { checkVisibility: () => true, matches: () => false, getBoundingClientRect: () => ({ bottom: 300 + needs }) };
  globalThis.NodeFilter = { SHOW_TEXT: 4 };
  document.createTreeWalker = () => ({ nextNode: () => left-- > 0, currentNode: { parentElement } });
  document.createRange = () => ({ selectNodeContents() {}, getClientRects: () => boxes });
}

test("a card that shows something stays as high as it is, unless something in it is open", () => {
  window.innerHeight = 800;
  const all = [card({ digest: "a" }), card({}), card({ digest: "b", open: true })];
  measured(all.map(({ slot }) => slot));
  assert.deepEqual(all.map(({ slot }) => slot.element.style.minHeight), ["140px", undefined, undefined]);
});

test("a text that comes late ends with a whole line where something stands below it in sight, until somebody wants the rest", () => {
  window.innerHeight = window.innerWidth = 800;
  document.createElement = () => ({ addEventListener() {} });
  const cases = [
    [{ needs: 200 }, "58px"], [{ needs: 62 }, ""], [{ needs: 200, bottom: 900 }, ""], [{ needs: 200, bottom: -10 }, ""],
    [{ needs: 100, bottom: 720 }, ""], [{ needs: 200, bottom: 680 }, "78px"],
  ];
  for (const [given, expected] of cases) {
    const { slot, body, classes } = card(given);
    written(given.needs);
    cut(slot, measured([slot]).get(slot));
    assert.equal(body.style.maxHeight, expected);
    assert.equal(classes.has("cut"), expected !== "");
    for (const then of body.heard) then();
    assert.equal(body.style.maxHeight, "");
    assert.equal(body.children.length, 0);
  }
});

test("a text is never cut through the line of the next column", () => {
  const line = (top, bottom, last = true) => ({ top, bottom, last });
  const beside = [line(10, 30), line(35, 55)];
  assert.equal(lastEnd([line(0, 20), line(30, 50)], 52), 50);
  assert.equal(lastEnd([line(0, 20), line(30, 50, false)], 52), 20, "a heading is no end");
  assert.equal(lastEnd([line(0, 20), line(30, 34), ...beside], 52), 34);
  assert.equal(lastEnd([line(0, 20), ...beside], 25), 25, "there is none");
});

test("a figure with other bars and keys leaves nothing of the height that the one before needed", () => {
  const given = new Map();
  const style = { setProperty: (name, value) => given.set(name, value), removeProperty: (name) => given.delete(name), getPropertyValue: () => "" };
  allot({ element: { style } }, { "--narrow": "260px", "--keys": "2" });
  allot({ element: { style } }, { "--keys": "1" });
  assert.deepEqual([...given], [["--keys", "1"]]);
});

test("a card grows by a click only as far as its bars could not be read otherwise", () => {
  /** @type {Map<string, string>} */
  const set = new Map();
  const style = {
    setProperty: (name, value) => set.set(name, value), removeProperty: (name) => set.delete(name),
    getPropertyValue: (name) => set.get(name) || "",
  };
  const answers = (room, digest) => allot({ element: { style }, digest }, room);
  answers({ "--asked": "184px", "--least": "69px" }, "");
  answers({ "--asked": "276px", "--least": "129px" }, "a");
  assert.equal(set.get("--asked"), "184px", "seven bars instead of three");
  answers({ "--least": "300px" }, "b");
  assert.equal(set.get("--asked"), "300px");
  answers({ "--keys": "1" }, "c");
  assert.equal(set.has("--asked"), false, "another figure");
});
