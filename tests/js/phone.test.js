// What a narrow screen has of its own: swipes, and tables as lists.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { nameOf, ordered, sharedName } from "../../assets/js/lists.js";
import { direction } from "../../assets/js/swipe.js";

test("a swipe is quick, long and flat; its way is the tab that comes into sight", () => {
  assert.equal(direction(-120, 10, 250), 1);
  assert.equal(direction(120, -10, 250), -1);
  assert.equal(direction(-40, 0, 250), 0, "a tap that slipped");
  assert.equal(direction(-120, 80, 250), 0, "scrolling, not quite straight");
  assert.equal(direction(-120, 0, 2000), 0, "a finger that rests");
});

const number = (field, more = {}) => ({ field, headerName: field, type: "rightAligned", ...more });

test("a list is in the order that its table has, and in the one that is chosen", () => {
  const columnDefs = [{ field: "product", headerName: "Product" }, number("left", { sort: "asc" }), number("sold")];
  const rowData = [
    { product: "Ähre", left: null, sold: 2 }, { product: "Zelt", left: 9, sold: 30 }, { product: "Axt", left: 1, sold: null },
  ];
  const names = (by) => ordered({ rowData, columnDefs }, by).map(({ product }) => product);
  assert.deepEqual(names("left"), ["Axt", "Zelt", "Ähre"], "as the grid: upwards, what is not known last");
  assert.deepEqual(names("sold"), ["Zelt", "Ähre", "Axt"], "numbers from the largest");
  assert.deepEqual(names("product"), ["Ähre", "Axt", "Zelt"], "names from A, as people sort them");
  assert.deepEqual(names("gone"), ["Ähre", "Zelt", "Axt"], "a column that there is not: as they came");
});

test("a second name that every row has is told once, above them", () => {
  const columnDefs = [{ field: "who", headerName: "Customer" }, { field: "group", headerName: "Segment" }];
  const [ann, bob, eve] = [{ who: "Ann", group: "At Risk" }, { who: "Bob", group: "At Risk" }, { who: "Eve", group: "Lost" }];
  assert.equal(nameOf(ann, { rowData: [ann, bob], columnDefs }), "Ann");
  assert.equal(sharedName({ rowData: [ann, bob], columnDefs })?.headerName, "Segment");
  assert.equal(sharedName({ rowData: [ann, bob, eve], columnDefs }), undefined);
  assert.equal(nameOf(ann, { rowData: [ann, bob, eve], columnDefs }), "Ann · At Risk");
  assert.equal(nameOf(ann, { rowData: [ann], columnDefs }), "Ann · At Risk");
});
