import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { windowAround } from "../../assets/js/windows.js";

const square = (west, east, south, north) => [[[west, south], [east, south], [east, north], [west, north]]];
window.PlotlyGeoAssets = { "/shapes/countries.json": { features: [
  { id: "FR", geometry: { type: "MultiPolygon", coordinates: [square(-5, 8, 42, 51), square(-54, -51, 2, 6)] } },
  { id: "DE", geometry: { type: "Polygon", coordinates: square(6, 15, 47, 55) } },
  { id: "BR", geometry: { type: "Polygon", coordinates: square(-74, -34, -33, 5) } },
  { id: "RU", geometry: { type: "Polygon", coordinates: square(28, 180, 41, 81) } },
  { id: "MT", geometry: { type: "Polygon", coordinates: square(14.2, 14.6, 35.8, 36.1) } },
] } };
const WORLD = { scope: "world", projection: { type: "natural earth" } };
const map = (...locations) => [{ type: "choropleth", geojson: "/shapes/countries.json?v=1", locations, hovertext: locations }];
const shown = (...locations) => windowAround(WORLD, map(...locations), 1.75);

test("one country fills its card; its islands overseas do not make it a map of the world", () => {
  const { lonaxis, lataxis } = shown("FR");
  assert.ok(lonaxis.range[0] > -25 && lonaxis.range[1] < 30, lonaxis.range.join());
  assert.ok(lataxis.range[0] < 42 && lataxis.range[1] > 51 && lataxis.range[1] < 56);
});

test("two continents are both seen, and no more", () => {
  const { lonaxis, lataxis } = shown("BR", "DE");
  assert.ok(lonaxis.range[0] <= -74 && lonaxis.range[1] >= 15 && lonaxis.range[1] < 90);
  assert.ok(lataxis.range[0] <= -33 && lataxis.range[1] >= 55);
});

test("a small country is not made larger than a region, and what spans the globe is the whole world", () => {
  const { lataxis } = shown("MT");
  assert.ok(lataxis.range[1] - lataxis.range[0] >= 9);
  assert.deepEqual(shown("RU", "BR"), WORLD);
});

test("maps of the United States, and those without outlines, stay as they are", () => {
  const usa = { scope: "usa" };
  assert.equal(windowAround(usa, map("FR"), 1.75), usa);
  const unknown = [{ type: "choropleth", geojson: "/shapes/none.json", locations: ["FR"] }];
  assert.equal(windowAround(WORLD, unknown, 1.75), WORLD);
});
