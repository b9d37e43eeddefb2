// Notes as marks over a figure.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { placeMarks } from "../../assets/js/marks.js";

/** An element that keeps what is put into it. */
function made(tag) {
  const element = {
    tag, dataset: {}, style: {}, attributes: {}, children: [], removed: false,
    append(...more) { element.children.push(...more); },
    setAttribute(name, value) { element.attributes[name] = value; },
    remove() { element.removed = true; },
    querySelector: () => element.children.find((child) => !child.removed) || null,
  };
  return element;
}

function graph(marks, type = "date") {
  const body = made("div");
  const xaxis = { type, _offset: 40, _length: 300, d2p: (day) => (Date.parse(day) - Date.parse("2025-01-01")) / 86400000 };
  const element = { parentElement: body, offsetLeft: 5, offsetTop: 7, _fullLayout: { xaxis, yaxis: { _offset: 10, _length: 200 } } };
  return { body, graph: { element, marks } };
}

const mark = (day, more = {}) => ({ x: day, end: day, count: 1, tip: "<b>Sale</b>", days: `${day}..${day}`, ...more });

test("a mark stands where the axis has its day, and says its text as text", () => {
  document.createElement = made;
  const { body, graph: drawn } = graph([mark("2025-01-11"), mark("2025-09-01", { count: 3 })]);
  placeMarks(drawn, "revenue");
  const [layer] = body.children;
  assert.deepEqual([layer.style.left, layer.style.top, layer.style.height], ["45px", "17px", "200px"]);
  const [one, two] = layer.children;
  assert.deepEqual([one.style.left, one.dataset.side, one.textContent, one.dataset.menu], ["10px", "right", "", "notes:revenue:2025-01-11..2025-01-11"]);
  assert.deepEqual([two.dataset.side, two.textContent, two.attributes["aria-label"]], ["left", "3", "3 notes: <b>Sale</b>"]);
  assert.equal(one.dataset.tip, "<b>Sale</b>");
});

test("notes of several places have a line along the axis, and what lies outside is left out", () => {
  document.createElement = made;
  const { body, graph: drawn } = graph([mark("2025-01-11", { end: "2027-01-01" }), mark("2026-06-01"), mark("2024-01-01")]);
  placeMarks(drawn, "revenue");
  const [line, button, ...more] = body.children[0].children;
  assert.deepEqual([line.className, line.style.left, line.style.width], ["note-span", "10px", "290px"]);
  assert.equal(button.tag, "button");
  assert.equal(more.length, 0);
});

test("marks of before are taken away, and other figures have none", () => {
  document.createElement = made;
  const { body, graph: drawn } = graph([mark("2025-01-11")]);
  placeMarks(drawn, "revenue");
  drawn.marks = [];
  placeMarks(drawn, "revenue");
  assert.deepEqual(body.children.map((child) => child.removed), [true]);
  const other = graph([mark("2025-01-11")], "linear");
  placeMarks(other.graph, "revenue");
  assert.equal(other.body.children.length, 0);
});
