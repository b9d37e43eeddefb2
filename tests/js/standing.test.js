import assert from "node:assert/strict";
import { test } from "node:test";
import { location } from "./browser.js";

class Input { value = "/trends?data=demo"; }
class Anchor { href = "http://shop/oidc/start?next=%2Ftrends%3Fdata%3Ddemo"; }

test("a link to a chart leads there also by way of the form for signing in", async () => {
  const [input, anchor] = [new Input(), new Anchor()];
  Object.assign(globalThis, { HTMLInputElement: Input, HTMLAnchorElement: Anchor });
  location.hash = "#revenue_over_time";
  document.querySelectorAll = () => [];
  const value = { focus() { this.focused = true; }, __proto__: Input.prototype };
  window.addEventListener = (_name, heard) => heard();
  document.getElementById = (id) => (id === "revenue_over_time" ? { querySelector: () => value } : null);
  const found = { input, "oidc": anchor };
  document.querySelector = (selector) => found[Object.keys(found).find((part) => selector.includes(part))] ?? null;
  await import("../../assets/js/standing.js");
  assert.ok(value.focused, "and to a form, into the field that has to be filled in");
  assert.equal(input.value, "/trends?data=demo#revenue_over_time");
  assert.equal(new URL(anchor.href).searchParams.get("next"), "/trends?data=demo#revenue_over_time");
});
