import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { themed } from "../../assets/js/figures.js";

// In these tests every letter is six pixels wide (browser.js).
const places = (count) => Array.from({ length: count }, (_, i) => i);
const columns = (labels, axis = {}) => ({
  data: [{ type: "bar", x: places(labels.length), y: places(labels.length) }],
  layout: { xaxis: { tickvals: places(labels.length), ticktext: labels, ...axis }, yaxis: { tickvals: [0], ticktext: ["0"] } },
});
const named = (labels) => columns(labels, { names: labels });

test("dates that would meet are thinned out evenly, at any width", () => {
  const days = places(31).map((day) => `${day + 1} Dec`);
  const wide = themed(columns(days), 900).layout.xaxis;
  assert.ok(wide.ticktext.length > 10 && wide.ticktext.length < 31);
  const phone = themed(columns(days), 330).layout.xaxis;
  assert.ok(phone.ticktext.length >= 4 && phone.ticktext.length <= 8);
  const steps = new Set(phone.tickvals.slice(1).map((value, i) => value - phone.tickvals[i]));
  assert.equal(steps.size, 1);
  assert.equal(phone.tickvals.length, phone.ticktext.length);
});

test("few horizontal bars stand at the top of a high figure, many fill it", () => {
  const rows = (/** @type {number} */ count) => {
    const labels = places(count).map((i) => `bar ${i}`);
    const yaxis = { tickvals: places(count), ticktext: labels, names: labels, range: [count - 0.4, -0.6] };
    const data = [{ type: "bar", orientation: "h", x: places(count), y: places(count) }];
    return themed({ data, layout: { yaxis, xaxis: { range: [0, 10] } } }, 500, 224).layout.yaxis.range;
  };
  assert.deepEqual(rows(3), [3.4, -0.6], "208 pixels for four rows");
  assert.deepEqual(rows(2), rows(3));
  assert.deepEqual(rows(8), [7.6, -0.6]);
});

test("labels with room stay as they are", () => {
  assert.deepEqual(themed(columns(["00:00", "12:00"]), 300).layout.xaxis.ticktext, ["00:00", "12:00"]);
});

test("names are broken into lines before they are slanted, and none is left out", () => {
  const steps = ["Nov 2025", "Orders per customer", "Order value", "Dec 2025"];
  const broken = themed(named(steps), 330).layout.xaxis;
  assert.equal(broken.tickangle, 0);
  assert.equal(broken.ticktext[1], "Orders per<br>customer");
  const many = places(14).map((i) => `A product of many words ${i}`);
  const slanted = themed(named(many), 340).layout;
  assert.equal(slanted.xaxis.tickangle, -45);
  assert.equal(slanted.xaxis.ticktext.length, 14);
  assert.ok(slanted.xaxis.ticktext.every((label) => label.includes("…")));
  assert.ok(slanted.margin.b > 60, "room below for the slanted labels");
  assert.deepEqual(slanted.xaxis.names, many, "a tooltip tells the whole name");
});

test("names that the server cut stand whole where their lines have room", () => {
  const names = ["Electricalsara Stores", "Info Stores"];
  const cut = columns(["Electricalsara Sto…", "Info Stores"], { names });
  assert.deepEqual(themed(cut, 400).layout.xaxis.ticktext, ["Electricalsara Stores", "Info Stores"]);
  assert.deepEqual(themed(cut, 250).layout.xaxis.ticktext, ["Electricalsara<br>Stores", "Info Stores"]);
  assert.ok(themed(cut, 120).layout.xaxis.ticktext[0].endsWith("…"));
});

test("a figure without a width keeps its labels", () => {
  const days = places(60).map((day) => `day ${day}`);
  assert.equal(themed(columns(days)).layout.xaxis.ticktext.length, 60);
});

test("names at the left take two fifths of the width at most", () => {
  const figure = {
    data: [{ type: "bar", orientation: "h", x: [1, 2], y: [0, 1], text: ["$1", "$2"], textposition: "outside" }],
    layout: {
      xaxis: { range: [0, 3], showticklabels: false },
      yaxis: { tickvals: [0, 1], ticktext: ["x".repeat(60), "Short"], names: ["x".repeat(60), "Short"], range: [1.6, -0.6] },
    },
  };
  const { layout } = themed(figure, 340);
  assert.ok(layout.margin.l < 0.42 * 340 + 14);
  assert.deepEqual(layout.yaxis.ticktext.map((label) => label.endsWith("…")), [true, false]);
});

test("rows lower than their letters lose every second label", () => {
  const rows = places(60).map((row) => `R${row}`);
  const figure = { data: [{ type: "heatmap", x: [0], y: places(60), z: rows.map(() => [1]) }], layout: {
    yaxis: { tickvals: places(60), ticktext: rows, range: [59.5, -0.5] }, xaxis: { tickvals: [0], ticktext: ["a"] },
  } };
  const { ticktext } = themed(figure, 600, 400).layout.yaxis;
  assert.ok(ticktext.length >= 20 && ticktext.length <= 30);
});

test("names that would look alike when they are cut keep their ends", () => {
  const lamps = places(3).map((i) => `A lamp whose name is rather long, size ${i}`);
  const figure = { data: [{ type: "bar", orientation: "h", x: places(3), y: places(3) }], layout: {
    yaxis: { tickvals: places(3), ticktext: lamps, names: lamps, range: [2.6, -0.6] }, xaxis: { range: [0, 3], tickvals: [0], ticktext: ["0"] },
  } };
  const { ticktext } = themed(figure, 340).layout.yaxis;
  assert.equal(new Set(ticktext).size, 3);
  assert.ok(ticktext.every((label, i) => label.startsWith("A lamp") && label.endsWith(`…${i}`)));
});

test("marks have a margin at each end, so labels along them stand closer than their range says", () => {
  const shown = places(30).filter((day) => day % 4 === 0);
  const along = (mode, width) => themed({
    data: [{ type: "scatter", mode, x: places(30), y: places(30) }],
    layout: { xaxis: { tickvals: shown, ticktext: shown.map(() => "29 Jun") }, yaxis: { tickvals: [0], ticktext: ["0"] } },
  }, width).layout.xaxis.ticktext.length;
  const widths = places(200).map((more) => 250 + more);
  const fewest = (mode) => widths.find((width) => along(mode, width) === shown.length);
  assert.ok(fewest("lines+markers") > fewest("lines") + 20, "all of them need more room between marks");
});
