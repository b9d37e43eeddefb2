import assert from "node:assert/strict";
import { test } from "node:test";
import { dragged } from "../../assets/js/dragging.js";

const MONTHS = [{ x: ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"] }];

test("a drag over the bars of March to May, from before the first to behind the last, selects these", () => {
  assert.deepEqual(dragged(MONTHS, ["2025-02-16 03:12:11.5", "2025-05-14 20:00"]), ["2025-03-01", "2025-05-01"]);
  assert.deepEqual(dragged(MONTHS, ["2025-05-14 20:00", "2025-02-16 03:12"]), ["2025-03-01", "2025-05-01"]);
});

test("a short drag on one half of a bar selects that bar", () => {
  assert.deepEqual(dragged(MONTHS, ["2025-02-20", "2025-02-24"]), ["2025-03-01", "2025-03-01"]);
  assert.deepEqual(dragged(MONTHS, ["2025-03-03", "2025-03-09"]), ["2025-03-01", "2025-03-01"]);
});

test("hours, several traces, traces without places", () => {
  const hours = [{ x: ["2025-03-01T05", "2025-03-01T06"] }, { x: ["2025-03-02T07"] }, {}, { x: [null] }];
  assert.deepEqual(dragged(hours, ["2025-03-01 05:30", "2025-03-02 08:00"]), ["2025-03-01", "2025-03-02"]);
  assert.deepEqual(dragged([], ["2025-03-01 05:30", "2025-03-02"]), ["2025-03-01", "2025-03-02"]);
});
