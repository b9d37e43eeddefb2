import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { CONFIG, coloured, merged, themed } from "../../assets/js/figures.js";

const STYLES = getComputedStyle();

test("nothing leads outside", () => {
  assert.equal(CONFIG.showSendToCloud, false);
  assert.equal(CONFIG.plotlyServerURL, "");
});

test("a role is the theme's colour, with a share of it see-through, or a scale", () => {
  assert.deepEqual(coloured({ color: "@accent", line: { color: "@accent/0.4" } }, STYLES), {
    color: "#102030",
    line: { color: "rgba(16,32,48,0.4)" },
  });
  assert.deepEqual(coloured({ colorscale: "@seq" }, STYLES).colorscale, [[0, "#000000"], [0.5, "#808080"], [1, "#ffffff"]]);
  assert.deepEqual(coloured({ colorscale: [[0, "@text"], [1, "@accent"]] }, STYLES).colorscale, [[0, "#ffffff"], [1, "#102030"]]);
});

test("a company's own texts are never read as colours, whatever key they stand under", () => {
  const trace = { x: ["@accent"], name: "@accent", meta: { label: "@text" }, customdata: [["@seq"]], newkey: "@accent" };
  assert.deepEqual(coloured(trace, STYLES), trace);
});

test("layouts are merged key by key, lists replaced", () => {
  assert.deepEqual(merged({ a: { b: 1, c: [1, 2] } }, { a: { c: [3], d: 4 } }), { a: { b: 1, c: [3], d: 4 } });
});

test("the figure's own layout goes over the standard one, and is not changed", () => {
  const figure = { data: [], layout: { xaxis2: { title: { text: "x" } }, margin: { l: 50 } } };
  const before = structuredClone(figure);
  const { layout } = themed(figure, 600);
  assert.deepEqual(figure, before);
  assert.equal(layout.margin.l, 50);
  assert.equal(layout.margin.r, 12);
  assert.equal(layout.xaxis2.title.text, "x");
  assert.equal(layout.xaxis2.automargin, true);
  assert.equal(layout.font.color, "#ffffff");
});

test("known labels get a margin that holds the longest of them", () => {
  const figure = { data: [{ x: [1], y: [0] }], layout: { yaxis: { tickvals: [0, 1], ticktext: ["a", "a long label"] } } };
  const { layout } = themed(figure, 600);
  assert.equal(layout.margin.l, 12 + 6 * "a long label".length);
  assert.equal(layout.yaxis.automargin, false);
});

test("a legend of a narrow figure has two columns", () => {
  const data = ["one", "two", "three"].map((name) => ({ name, x: [0], y: [1] }));
  assert.equal(themed({ data, layout: { showlegend: true } }, 340).layout.legend.entrywidth, 0.48);
  assert.equal(themed({ data, layout: { showlegend: true } }, 900).layout.legend.entrywidth, undefined);
});

test("names too long for half a narrow legend have a line each, which leaves them whole", () => {
  const data = ["Jun 2019 – May 2020", "Jun 2018 – May 2019", "Average"].map((name) => ({ name, x: [0], y: [1] }));
  const drawn = themed({ data, layout: { showlegend: true } }, 320);
  assert.equal(drawn.layout.legend.entrywidth, 0.96);
  assert.deepEqual(drawn.data.map((trace) => trace.name), data.map((trace) => trace.name));
});

test("a second axis leaves less room for the names of a legend", () => {
  const data = ["A: 7", "B: 2", "Running share"].map((name) => ({ name, x: [0], y: [1] }));
  assert.equal(themed({ data, layout: { showlegend: true } }, 320).layout.legend.entrywidth, 0.48);
  assert.equal(themed({ data, layout: { showlegend: true, yaxis2: {} } }, 320).layout.legend.entrywidth, 0.96);
  const three = [{ name: "C: 5", x: [0], y: [1] }, ...data];
  const drawn = themed({ data: three, layout: { showlegend: true, yaxis2: {} } }, 320);
  assert.deepEqual(drawn.data.map((trace) => trace.name), ["C: 5", "A: 7", "B: 2", "Running share"]);
});

test("a legend begins below the labels next to the plot where that spares it lines", () => {
  const data = ["A: 7", "B: 2", "C: 5", "Running shares"].map((name) => ({ name, x: [0], y: [1] }));
  const yaxis = { tickvals: [0, 1], ticktext: ["$0", "$1,000"] };
  const yaxis2 = { side: "right", tickvals: [0, 1], ticktext: ["0%", "100%"] };
  const { data: drawn, layout } = themed({ data, layout: { showlegend: true, yaxis, yaxis2 } }, 340);
  assert.equal(layout.legend.entrywidth, 0.48, "two lines instead of four");
  assert.ok(layout.legend.x < 0);
  assert.deepEqual(drawn.map((trace) => trace.name), data.map((trace) => trace.name));
});

test("names of a legend are as long as the figure has room for, below the labels next to the plot too", () => {
  const data = ["VIPs", "Loyal Customers", "At Risk", "Lost"].map((name) => ({ name, x: [0], y: [1] }));
  const drawn = (/** @type {string} */ label, more = "Lost") => {
    const yaxis = { tickvals: [0, 1], ticktext: ["0", label] };
    const { data: traces, layout } = themed({ data: [...data, { name: more, x: [0], y: [1] }], layout: { showlegend: true, yaxis } }, 340);
    return { names: traces.map((trace) => trace.name).slice(0, 4), last: traces[4].name, x: layout.legend.x };
  };
  const names = data.map(({ name }) => name);
  assert.deepEqual(drawn("1"), { names, last: "Lost", x: 0 });
  const beside = drawn("a label as long as a name");
  assert.deepEqual(beside.names, names, "whole, as the legend begins below the label");
  assert.ok(beside.x < 0);
  assert.match(drawn("1", "A name far too long for half of a figure on a phone").last || "", /^A name.*…$/, "not cut off at the edge");
});
