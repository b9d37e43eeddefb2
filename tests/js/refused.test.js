import assert from "node:assert/strict";
import { test } from "node:test";
import { location } from "./browser.js";

const { pointOut } = await import("../../assets/js/refused.js");

class Field {
  attributes = {};
  focused = false;
  constructor(name, hidden = false) { Object.assign(this.attributes, { name }); this.hidden = hidden; }
  getAttribute(name) { return this.attributes[name]; }
  setAttribute(name, value) { this.attributes[name] = value; }
  matches() { return !this.hidden; }
  focus() { this.focused = true; }
  select() { this.selected = true; }
  scrollIntoView() { this.inSight = true; }
  closest() { return { before: (told) => { this.told = told; } }; }
}

function form(action, ...elements) { return { method: "post", action: `http://shop${action}`, elements }; }
function words(field) { return Object.assign(new Field(""), { dataset: { field }, id: "" }); }

test("a refusal points at the field that is wrong, of the form that was sent", () => {
  const [other, metric, value, hidden] = [new Field("value"), new Field("metric"), new Field("value"), new Field("value", true)];
  location.pathname = "/targets";
  document.forms = [form("/targets/7", other), form("/targets?data=shop", hidden), form("/targets?data=shop", metric, value)];
  const told = words("value");
  pointOut(told);
  assert.deepEqual(value.attributes, { name: "value", "aria-describedby": "fault", "aria-invalid": "true" });
  assert.ok(value.focused && value.selected, "what is typed takes its place");
  assert.ok(told.inSight);
  assert.equal(value.told, told, "the words stand above the form");
  for (const right of [other, metric, hidden]) assert.deepEqual(Object.keys(right.attributes), ["name"]);
});

test("where no single field is wrong the words have the focus", () => {
  const field = new Field("password");
  location.pathname = "/login";
  document.forms = [form("/login", field)];
  for (const told of [words(""), words("settings")]) {
    pointOut(told);
    assert.ok(told.focused);
    assert.equal(told.tabIndex, -1);
  }
  assert.deepEqual(Object.keys(field.attributes), ["name"]);
});
