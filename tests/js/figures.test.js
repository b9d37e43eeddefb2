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

test("on a phone labels are thinned out, and long texts over columns go", () => {
  window.innerWidth = 390;
  const days = Array.from({ length: 12 }, (_, i) => i);
  const labels = days.map((day) => `d${day}`);
  const figure = {
    data: [{ type: "bar", x: days, y: days, text: labels }],
    layout: { xaxis: { type: "date", tickvals: days, ticktext: labels } },
  };
  const { data, layout } = themed(figure, 340);
  window.innerWidth = 1440;
  assert.deepEqual(layout.xaxis.ticktext, ["d0", "d3", "d6", "d9"]);
  assert.equal(data[0].text, null);
});

test("on paper as many months are named as stand apart, and names are never left out", () => {
  const months = Array.from({ length: 12 }, (_, i) => i);
  const named = (texts) => ({ data: [{ type: "heatmap", x: months, y: [0], z: [months] }], layout: { xaxis: { tickvals: months, ticktext: texts } } });
  const short = themed(named(months.map((month) => `Jan 20${10 + month}`)), 730, true).layout.xaxis;
  assert.deepEqual(short.ticktext, ["Jan 2010", "Jan 2011", "Jan 2012", "Jan 2013", "Jan 2014", "Jan 2015", "Jan 2016", "Jan 2017", "Jan 2018", "Jan 2019", "Jan 2020", "Jan 2021"]);
  const narrow = themed(named(months.map((month) => `Jan 20${10 + month}`)), 500, true).layout.xaxis;
  assert.deepEqual(narrow.ticktext, ["Jan 2010", "Jan 2012", "Jan 2014", "Jan 2016", "Jan 2018", "Jan 2020"]);
  assert.equal(narrow.tickvals.length, 6);
  const long = themed(named(months.map((month) => `A long product ${month}`)), 500, true).layout.xaxis;
  assert.equal(long.ticktext.length, 12);
});
