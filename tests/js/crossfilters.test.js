import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { location } from "./browser.js";
import { crossFiltered, note } from "../../assets/js/crossfilters.js";
import { state } from "../../assets/js/state.js";

beforeEach(() => {
  note({ kind: "clear" });
  state.cards.set("top_products", { emits: ["product"] });
  state.cards.set("revenue_over_time", { emits: ["period"] });
  location.search = "?product=Kestrane+One&channel=Web";
});

test("a click on a mark is a cross-filter, a choice in a menu is none", () => {
  note({ kind: "mark", chart: "top_products", values: ["Kestrane One"] });
  note({ kind: "toggle", field: "channel", value: "Web" });
  note({ kind: "mark", chart: "revenue_over_time", values: ["2025-03"] });
  note({ kind: "mark", chart: "a chart that is not there", values: ["x"] });
  assert.deepEqual(crossFiltered(), ["product"]);
});

test("a field that is chosen in a menu afterwards, or gone from the address, is no cross-filter", () => {
  note({ kind: "marks", chart: "top_products", marks: [["Kestrane One"]] });
  location.search = "?channel=Web";
  assert.deepEqual(crossFiltered(), []);
  location.search = "?product=Kestrane+One";
  assert.deepEqual(crossFiltered(), ["product"]);
  note({ kind: "only", field: "product", value: "Kestrane Two" });
  assert.deepEqual(crossFiltered(), []);
});

test("a row of a chart's table does what its mark does", () => {
  note({ kind: "toggle", field: "product", value: "Kestrane One", chart: "top_products" });
  assert.deepEqual(crossFiltered(), ["product"]);
});

test("another data set has none", () => {
  note({ kind: "mark", chart: "top_products", values: ["Kestrane One"] });
  note({ kind: "data", value: "other" });
  assert.deepEqual(crossFiltered(), []);
});
