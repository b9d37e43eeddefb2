import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { add, moved } from "../../assets/js/calendar.js";

/** @param {string} key @param {boolean} [shiftKey] */
const key = (key, shiftKey = false) => /** @type {any} */ ({ key, shiftKey });

test("days are added over the ends of months and years, and over changes of the clock", () => {
  assert.equal(add("2023-12-31", 1), "2024-01-01");
  assert.equal(add("2024-02-28", 1), "2024-02-29");
  assert.equal(add("2024-03-31", -1), "2024-03-30");
});

test("keys lead to other days, weeks, months and years", () => {
  assert.equal(moved("2024-03-31", key("ArrowRight")), "2024-04-01");
  assert.equal(moved("2024-03-31", key("ArrowUp")), "2024-03-24");
  assert.equal(moved("2024-03-31", key("Home")), "2024-03-01");
  assert.equal(moved("2024-02-03", key("End")), "2024-02-29");
  assert.equal(moved("2024-03-31", key("PageUp")), "2024-02-29", "the last day of a shorter month");
  assert.equal(moved("2024-02-29", key("PageDown", true)), "2025-02-28");
  assert.equal(moved("2024-02-29", key("Enter")), "");
});
