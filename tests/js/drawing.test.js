// What is done with a card's figure besides drawing it.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";

globalThis.ResizeObserver = class { observe() {} };
globalThis.window.PlotlyGeoAssets = {};
const { draw } = await import("../../assets/js/drawing.js");

/** An element that keeps what is put into it. */
function made() {
  const children = [];
  return {
    dataset: {}, style: {}, children, setAttribute() {}, append: (...more) => children.push(...more),
    querySelector: () => children[0] && { remove: () => children.pop() },
  };
}

test("notes that came since are marked on a figure that is the same as before", () => {
  const canvas = document.createElement;
  document.createElement = (tag) => (tag === "canvas" ? canvas(tag) : made());
  const body = made();
  const xaxis = { type: "date", _offset: 0, _length: 300, d2p: () => 10 };
  const element = {
    clientWidth: 600, clientHeight: 300, dataset: {}, parentElement: body, offsetLeft: 0, offsetTop: 0, classList: { toggle() {} },
    on() {}, addEventListener() {}, querySelectorAll: () => [], querySelector: () => null, _fullLayout: { xaxis, yaxis: { _offset: 0, _length: 100 } },
  };
  const draws = [];
  window.Plotly = { react: async (...given) => { draws.push(given); } };
  const slot = { chart: "revenue", element: { querySelector: () => null }, graph: { element, emits: [], marks: [], figure: null, bound: false } };
  const figure = { data: [{ type: "scatter", x: ["2025-01-01", "2025-02-01"], y: [1, 2] }], layout: { xaxis: { type: "date" } } };
  const note = { x: "2025-02-01", end: "2025-02-01", count: 1, tip: "Sale", days: "2025-02-01..2025-02-01" };
  for (const marks of [[], [note], []]) {
    draw(slot, { figure: structuredClone(figure), marks }, () => {});
    assert.equal(body.children.length, marks.length);
  }
  assert.equal(draws.length, 1, "the figure itself is drawn once");
});
