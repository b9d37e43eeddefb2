// Texts at bars are measured together, and plotly is told what it would have measured.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "./browser.js";

let layouts = 0; // how often something was measured after something had changed
let changed = false;

class Node {
  children = [];
  parentNode = null;
  appendChild(node) {
    this.children.push(node);
    node.parentNode = this;
    changed = true;
    return node;
  }
  removeChild(node) {
    this.children = this.children.filter((each) => each !== node);
    node.parentNode = null;
    changed = true;
    return node;
  }
  remove() { this.parentNode.removeChild(this); }
}
class Element extends Node {
  constructor(tagName, attributes = {}) {
    super();
    Object.assign(this, { tagName, attributes: { ...attributes }, textContent: "", firstElementChild: null });
  }
  getAttribute(name) { return this.attributes[name] ?? null; }
  setAttribute(name, value) { this.attributes[name] = value; }
  removeAttribute(name) { delete this.attributes[name]; }
  cloneNode() { return new Element(this.tagName, this.attributes); }
  querySelector() { return this.found ?? null; }
  getBoundingClientRect() {
    if (changed) layouts += 1;
    changed = false;
    const [left, top, width, height] = [-100, -100, 6 * this.textContent.length, 12];
    return { left, top, width, height, right: left + width, bottom: top + height };
  }
}
Object.assign(globalThis, { Node, Element });
const { measureTexts } = await import("../../assets/js/textboxes.js");

const STYLE = { "data-unformatted": "$1", "text-anchor": "middle", style: "font-size: 11px" };
const bars = (...text) => ({ data: [{ type: "bar", text }], layout: {} });
let tester = null;
let plot = null;

/** What plotly does with a text that it has just made. */
function measuredByPlotly(text, style = STYLE) {
  const copy = new Element("text", { ...style, "data-unformatted": text });
  copy.textContent = text;
  tester.appendChild(copy);
  const box = copy.getBoundingClientRect();
  const from = tester.found.getBoundingClientRect();
  tester.removeChild(copy);
  return { width: box.width, height: box.height, left: box.left - from.left, bottom: box.bottom - from.top };
}

beforeEach(() => {
  tester = new Element("svg");
  tester.found = new Element("path");
  plot = new Element("div");
  plot.found = new Element("text", { ...STYLE, transform: "translate(3 4)" });
  document.getElementById = (id) => (id === "js-plotly-tester" ? tester : null);
  layouts = 0;
  changed = false;
});

test("texts are measured together, and plotly gets what it would have measured", () => {
  const texts = ["$10.5K 12.0 %", "$9.1K 10.4 %", "$8K"];
  const own = texts.map((text) => measuredByPlotly(text));
  assert.equal(layouts, 3);
  layouts = 0;
  measureTexts(plot, bars(...texts, texts[0], ""));
  assert.deepEqual(texts.map((text) => measuredByPlotly(text)), own);
  assert.equal(layouts, 1);
  assert.deepEqual([tester.children.length, changed], [0, true]);
});

test("other styles, other texts and those that are no plain text are plotly's own business", () => {
  measureTexts(plot, bars("$70", "$7<br>8 %", "A &amp; B"));
  layouts = 0;
  measuredByPlotly("$70");
  assert.equal(layouts, 0);
  for (const [text, style] of [["$70", { ...STYLE, style: "font-size: 12px" }], ["$71", STYLE], ["$7<br>8 %", STYLE], ["A &amp; B", STYLE]]) {
    layouts = 0;
    measuredByPlotly(text, style);
    assert.equal(layouts, 1, text);
  }
  assert.equal(tester.children.length, 0);
});

test("nothing is measured where no bar has a text yet, or plotly has measured none", () => {
  plot.found = null;
  measureTexts(plot, bars("$81"));
  plot.found = new Element("text", STYLE);
  document.getElementById = () => null;
  measureTexts(plot, bars("$81"));
  measureTexts(plot, { data: [{ type: "scatter", text: ["$81"] }, { type: "bar" }], layout: {} });
  assert.equal(layouts, 0);
});
