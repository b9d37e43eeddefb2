// Which cards are drawn first.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { isInWindow } from "../../assets/js/state.js";

const slot = (top, bottom, hidden = false) => ({ element: { hidden, getBoundingClientRect: () => ({ top, bottom }) } });

test("cards that reach into the window are drawn at once, and hidden ones, which have no place yet", () => {
  window.innerHeight = 900;
  assert.ok(isInWindow(slot(-100, 1)));
  assert.ok(isInWindow(slot(899, 1200)));
  assert.ok(isInWindow(slot(-100, 1200)));
  assert.ok(isInWindow(slot(0, 0, true)));
  assert.ok(!isInWindow(slot(-100, 0)));
  assert.ok(!isInWindow(slot(900, 1200)));
});
