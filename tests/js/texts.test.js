import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { themed } from "../../assets/js/figures.js";

// In these tests every letter is six pixels wide (browser.js).
const places = (count) => Array.from({ length: count }, (_, i) => i);

test("cells show as much of their text as fits", () => {
  const cells = (text) => ({
    data: [{ type: "heatmap", x: places(5), y: [0], z: [places(5)], text: [places(5).map(() => text)], texttemplate: "%{text}" }],
    layout: { xaxis: { tickvals: places(5), ticktext: places(5).map(String) }, yaxis: { tickvals: [0], ticktext: ["r"], range: [0.5, -0.5] } },
  });
  const whole = "12<br>Champions";
  assert.equal(themed(cells(whole), 900).data[0].text[0][0], whole);
  assert.equal(themed(cells(whole), 260).data[0].text[0][0], "12");
  assert.equal(themed(cells("a very long text"), 260).data[0].texttemplate, "");
});

test("texts over columns lose their second line, then themselves", () => {
  const over = (count, text) => ({
    data: [{ type: "bar", x: places(count), y: places(count), text: places(count).map(() => text), textposition: "outside" }],
    layout: { xaxis: { tickvals: places(count), ticktext: places(count).map(String) } },
  });
  assert.equal(themed(over(5, "12<br>11.1 %"), 500).data[0].text[0], "12<br>11.1 %");
  assert.equal(themed(over(10, "12<br>11.1 %"), 340).data[0].text[0], "12");
  assert.equal(themed(over(20, "123456"), 340).data[0].text, null);
  const steps = over(9, "+1,23 M €");
  Object.assign(steps.data[0], { base: [0, 9, 18, 0, 0, 0, 0, 0, 0], y: [9, 9, 9, 3, 2, 2, 2, 2, 2] });
  const shown = themed(steps, 340).data[0].text;
  assert.deepEqual(shown.slice(0, 3), ["+1,23 M", "+1,23 M", "+1,23 M"], "they stand at different heights, and the axis has the currency");
  assert.ok(shown.includes(""), "texts at one height that would meet");
});

test("texts next to boxes meet neither the next box nor its whiskers", () => {
  const boxes = (/** @type {number[]} */ medians, /** @type {string} */ text) => ({
    data: [
      ...medians.map((y, x) => ({ type: "box", x: [x], width: 0.5, q1: [y - 1], median: [y], q3: [y + 1], lowerfence: [y - 2], upperfence: [y + 2] })),
      { type: "scatter", mode: "text", x: medians.map((_, i) => i + 0.29), y: medians, text: medians.map(() => text), textfont: { size: 11 } },
    ],
    layout: { xaxis: { tickvals: places(medians.length), ticktext: places(medians.length).map(String), range: [-0.6, medians.length - 0.2] }, yaxis: { range: [-10, 110] } },
  });
  const shown = (/** @type {Figure} */ figure, /** @type {number} */ width) => themed(figure, width).data.at(-1)?.text;
  assert.deepEqual(shown(boxes([5, 5, 5], "$34.30"), 500), ["$34.30", "$34.30", "$34.30"]);
  assert.deepEqual(shown(boxes([5, 5, 90], "$34.30"), 300), ["", "$34.30", "$34.30"], "the third box stands higher, and nothing after it");
  assert.deepEqual(shown(boxes([5], "$34,300,000.30"), 340), ["$34,300,000.30"]);
});

test("the axis leaves room for the numbers at the ends of bars, and no more", () => {
  const figure = {
    data: [{ type: "bar", orientation: "h", x: [100, 50], y: [0, 1], text: ["x".repeat(10), "y"], textposition: "outside" }],
    layout: { xaxis: { range: [0, 1000], showticklabels: false }, yaxis: { tickvals: [0, 1], ticktext: ["a", "b"], range: [1.6, -0.6] } },
  };
  const { layout } = themed(figure, 400);
  const inner = 400 - layout.margin.l - layout.margin.r;
  const end = (100 / layout.xaxis.range[1]) * inner;
  assert.ok(end + 60 <= inner && end + 80 >= inner, `${end} of ${inner}`);
});

test("names at points never meet: the first ones first, each where it has room", () => {
  const crowd = {
    data: [{ type: "scatter", mode: "markers+text", x: [50, 51, 52, 90], y: [50, 50, 50, 90], text: ["first name", "second name", "third name", "alone"], marker: { size: 8 } }],
    layout: { xaxis: { range: [0, 100], tickvals: [0], ticktext: ["0"] }, yaxis: { range: [0, 100], tickvals: [0], ticktext: ["0"] } },
  };
  const { text, textposition } = themed(crowd, 300).data[0];
  assert.equal(text[0], "first name");
  assert.equal(text[3], "alone");
  assert.notEqual(textposition[0], text[1] && textposition[1]);
  const one = themed({ ...crowd, data: [{ ...crowd.data[0], x: Array(20).fill(50), y: Array(20).fill(50), text: Array(20).fill("the same place") }] }, 300).data[0];
  assert.ok(one.text.filter(Boolean).length < 9);
});

test("a name at a point lies on no label of the vertical axis", () => {
  const at = (tick) => themed({
    data: [{ type: "scatter", mode: "markers+text", x: [1], y: [50], text: ["a name"], marker: { size: 8 } }],
    layout: { xaxis: { range: [0, 100], tickvals: [0], ticktext: ["0"] }, yaxis: { range: [0, 100], tickvals: [tick], ticktext: ["$20,000"] } },
  }, 300, 200).data[0].textposition[0];
  const above = at(0);
  assert.equal(above, "top center");
  assert.notEqual(at(59), above, "there a label stands");
});

test("lines of a hover are broken where a figure is narrow", () => {
  const long = "<b>A name of many words that a phone has no room for in a single line</b><br>Revenue $1";
  const of = (width) => themed({ data: [{ type: "bar", x: [0], y: [1], hovertext: [long, "short"] }], layout: {} }, width).data[0].hovertext;
  assert.equal(of(1200)[1], "short");
  const [first, ...others] = of(340)[0].split("<br>");
  assert.ok(first.startsWith("<b>A name") && first.endsWith("</b>") && first.length < 45);
  assert.equal(others.at(-1), "Revenue $1");
  assert.equal(of(340)[0].replaceAll("</b><br><b>", " "), long);
});

test("a word longer than a line is broken too, and signs of the data are never taken for tags", () => {
  const word = "x".repeat(80);
  const hover = (text) => themed({ data: [{ type: "bar", x: [0], y: [1], hovertext: [text] }], layout: {} }, 340).data[0].hovertext[0];
  assert.equal(hover(`<b>${word}</b>`).split("<br>").length, 3);
  assert.ok(hover(`<b>&lt;b&gt;&amp;Lamp ${word}</b>`).includes("&lt;b&gt;&amp;Lamp"));
});

test("many names of a narrow legend end in …", () => {
  const data = ["A very long name of a channel", "b", "c", "d", "e"].map((name) => ({ name, x: [0], y: [1], type: "bar" }));
  assert.ok(themed({ data, layout: { showlegend: true } }, 340).data[0].name.endsWith("…"));
  const colours = ["red", "blue", "green", "grey", "pink"];
  const alike = colours.map((name) => ({ ...data[0], name: `A very long name of a channel ${name}` }));
  assert.deepEqual(themed({ data: alike, layout: { showlegend: true } }, 340).data.map((t) => t.name.split("…")[1]), colours);
  assert.equal(themed({ data, layout: { showlegend: true } }, 900).data[0].name, data[0].name);
});

test("texts in the corners share the width of a narrow figure", () => {
  const note = (text, xanchor) => ({ text, xref: "paper", yref: "paper", x: xanchor === "right" ? 1 : 0, y: 1, xanchor, yanchor: "top" });
  const of = (width) => themed({ data: [{ x: [1], y: [1] }], layout: { annotations: [note("cheap, sells very well", "left"), note("expensive, sells very well", "right")] } }, width);
  assert.equal(of(900).layout.annotations[0].text, "cheap, sells very well");
  assert.ok(of(260).layout.annotations.every((each) => each.text.includes("<br>")));
});

test("lines across the bars of a narrow figure do not meet", () => {
  const bars = Array.from({ length: 12 }, (_, i) => i);
  const figure = { data: [{ type: "scatter", mode: "markers", x: bars, y: bars, marker: { symbol: "line-ew", size: 26 } }], layout: { xaxis: { range: [-0.5, 11.5] } } };
  const { data, layout } = themed(figure, 340);
  const inner = 340 - layout.margin.l - layout.margin.r;
  assert.ok(data[0].marker.size * 1.4 < inner / 12, "plotly draws them 1.4 times as long");
  assert.equal(themed(figure, 1400).data[0].marker.size, 26);
});
