// What happens to cards when the window changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { element } from "./browser.js";

globalThis.IntersectionObserver = globalThis.ResizeObserver = class { observe() {} };
globalThis.HTMLElement = class {};
globalThis.window.PlotlyGeoAssets = {};
const { receive, watch } = await import("../../assets/js/cards.js");
const { state } = await import("../../assets/js/state.js");

test("a window that only changes its height, as a phone's does while one scrolls, moves no card and folds no notes", () => {
  const heard = {};
  window.addEventListener = (what, then) => { heard[what] = then; };
  const slot = { element: element() };
  state.slots.set("kpis", slot);
  watch();
  for (const [width, left] of [[1440, "140px"], [1000, ""]]) {
    slot.element.style.minHeight = "140px";
    window.innerWidth = width;
    heard.resize();
    assert.equal(slot.element.style.minHeight, left);
  }
});

test("a card takes the place of the one before, of which nothing stays; one that is still right comes empty", () => {
  state.slots.clear();
  document.querySelectorAll = () => [];
  document.querySelector = () => null;
  state.page = "p";
  const answer = (n, card) => receive({ n, page: "p", cards: { revenue: card } });
  answer(1, { digest: "a", state: "ok", figure: {}, marks: [{}] });
  answer(2, { digest: "b", state: "ok", figure: {} });
  assert.equal(state.cards.get("revenue").marks, undefined, "the notes of other filters");
  answer(3, {});
  assert.deepEqual([state.cards.get("revenue").digest, state.cards.get("revenue").n], ["b", 3]);
});
