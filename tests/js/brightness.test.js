import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { brightened, same } from "../../assets/js/brightness.js";

const bar = (opacity, more = {}) => ({ type: "bar", x: [3, 2], y: [0, 1], customdata: [["a"], null], marker: { color: "@accent", opacity }, ...more });
const figure = (...data) => ({ data, layout: { xaxis: { range: [0, 3] } } });

/** A figure as plotly holds it: what it was given, what it made of that, its points, and the paths that show them. */
function plotted({ data, layout }, marked = {}) {
  const calcdata = data.map((trace) => trace.x.map((x) => ({ x })));
  const paths = calcdata.flat().map((point) => ({ __data__: point, style: {} }));
  const own = structuredClone({ data, layout });
  return { ...own, _fullData: structuredClone(data).map((trace) => ({ ...trace, ...marked })), calcdata, paths, querySelectorAll: () => paths };
}

test("bars of which others are chosen get their opacity, wherever plotly reads it", () => {
  for (const opacity of [[1, 0.28], 1]) {
    const drawn = figure(bar([0.28, 1]));
    const element = plotted(drawn);
    assert.equal(brightened(element, drawn, figure(bar(opacity))), true);
    const each = Array.isArray(opacity) ? opacity : [opacity, opacity];
    assert.deepEqual(element.paths.map((path) => path.style.opacity), each);
    assert.deepEqual(element.calcdata[0].map((point) => point.mo), each);
    assert.deepEqual([element.data[0].marker.opacity, element._fullData[0].marker.opacity], [opacity, opacity]);
  }
});

test("a figure that differs in anything else is left to plotly, as it was", () => {
  const drawn = figure(bar(1));
  for (const other of [
    figure(bar([1, 0.28], { x: [3, 1] })), figure(bar([1, 0.28], { customdata: [["b"], null] })), figure(bar(1), bar(1)), figure(),
    { ...figure(bar([1, 0.28])), layout: { xaxis: { range: [0, 4] } } }, figure(bar([1, 0.28], { text: ["3", "2"] })),
    figure({ type: "scatter", x: [3, 2], y: [0, 1], marker: { opacity: [1, 0.28] } }),
  ]) {
    const element = plotted(drawn);
    assert.equal(brightened(element, drawn, other), false);
    assert.deepEqual(element.paths.map((path) => path.style), [{}, {}]);
    assert.equal(element.data[0].marker.opacity, 1);
  }
});

test("what the viewer has marked is cleared by plotly", () => {
  const drawn = figure(bar(1));
  const framed = plotted(drawn);
  framed.layout.selections = [{}];
  for (const element of [framed, plotted(drawn, { selectedpoints: [0] })]) assert.equal(brightened(element, drawn, figure(bar([1, 0.28]))), false);
});

test("other traces of such a figure stay as they are", () => {
  const line = { type: "scatter", x: [3, 2], y: [0, 1] };
  const element = plotted(figure(line, bar(1)));
  assert.equal(brightened(element, figure(line, bar(1)), figure(line, bar([1, 0.5]))), true);
  assert.deepEqual(element.paths.map((path) => path.style.opacity), [undefined, undefined, 1, 0.5]);
});

test("values are compared whole", () => {
  assert.ok(same({ a: [1, { b: null }], c: Number.NaN }, { c: Number.NaN, a: [1, { b: null }] }));
  for (const [one, other] of [[[1], { 0: 1 }], [{ a: 1 }, { b: 1 }], [{ a: undefined }, {}], [null, {}], [[1, 2], [1]], ["1", 1]]) {
    assert.equal(same(one, other), false);
  }
});
