// The part of the world that a map shows: as much as its countries or its bubbles take, in the shape of its card.

const WIDEST = 200; // degrees; more is the whole world
const LEAST = 9; // degrees from south to north
const MARGIN = 0.06; // of the window, on each side
const NORTH = 78; // degrees, like the next; beyond them Mercator shows little but ice
const SOUTH = -60;

/** @typedef {[number, number, number, number]} Bounds west, east, south, north in degrees */

/**
 * A map's part of the layout, with the window that its marks need.
 * @param {Json} geo
 * @param {Trace[]} data
 * @param {number} shape width / height of the card
 * @returns {Json}
 */
export function windowAround(geo, data, shape) {
  if (geo.scope !== "world") return geo;
  const around = shaded(data);
  if (around) {
    const [west, east, south, north] = around;
    if (east - west > WIDEST) return geo;
    const wide = (east - west) * MARGIN;
    const high = Math.max(north - south, LEAST) * MARGIN + Math.max(0, LEAST - (north - south)) / 2;
    return shaped(geo, [west - wide, east + wide, Math.max(south - high, SOUTH), Math.min(north + high, NORTH)], shape);
  }
  if (!geo.lonaxis?.range || !geo.lataxis?.range) return geo;
  const [west, east] = geo.lonaxis.range;
  const [south, north] = geo.lataxis.range;
  return shaped(geo, [west, east, south, north], shape);
}

/**
 * What the coloured countries cover; null where there are none, or their outlines are not there.
 * @param {Trace[]} data
 * @returns {Bounds | null}
 */
function shaded(data) {
  /** @type {Bounds[]} */
  const all = [];
  for (const trace of data) {
    if (trace.type !== "choropleth" || trace.hoverinfo === "skip" || typeof trace.geojson !== "string") continue;
    const assets = window.PlotlyGeoAssets || {};
    const outlines = assets[trace.geojson] || assets[trace.geojson.split("?")[0]];
    if (!outlines) return null;
    const wanted = new Set(trace.locations);
    for (const feature of outlines.features) if (wanted.has(feature.id)) all.push(largestPart(feature.geometry));
  }
  return all.length ? together(all) : null;
}

/**
 * The bounds of a country's largest part: islands far away would make every map one of the world.
 * @param {Json} geometry
 * @returns {Bounds}
 */
function largestPart(geometry) {
  /** @type {number[][][][]} */
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const bounds = parts.map(([ring]) => together(ring.map(([x, y]) => [x, x, y, y])));
  const size = (/** @type {Bounds} */ [west, east, south, north]) => (east - west) * (north - south) * Math.cos((((south + north) / 2) * Math.PI) / 180);
  return bounds.reduce((best, each) => (size(each) > size(best) ? each : best));
}

/**
 * @param {Bounds[]} all
 * @returns {Bounds}
 */
function together(all) {
  return all.reduce((sum, each) => [Math.min(sum[0], each[0]), Math.max(sum[1], each[1]), Math.min(sum[2], each[2]), Math.max(sum[3], each[3])]);
}

/**
 * The window on a Mercator map, made wider or higher until it has the shape of the card.
 * @param {Json} geo
 * @param {Bounds} bounds
 * @param {number} shape
 * @returns {Json}
 */
function shaped(geo, [west, east, south, north], shape) {
  const [low, high] = [risen(south), risen(north)];
  const spare = Math.max((high - low) * shape - (east - west), 0) / 2;
  const rise = Math.max((east - west) / shape - (high - low), 0) / 2;
  const [bottom, top] = [fallen(low - rise), fallen(high + rise)];
  return {
    ...geo, projection: { type: "mercator" }, center: undefined,
    lonaxis: { range: [Math.max(west - spare, -180), Math.min(east + spare, 180)] },
    lataxis: { range: [Math.max(bottom, -80), Math.min(top, 83)] },
  };
}

/** How far from the equator a latitude lies on a Mercator map, in degrees of longitude. @param {number} latitude */
function risen(latitude) { return (Math.asinh(Math.tan((latitude * Math.PI) / 180)) * 180) / Math.PI; }

/** @param {number} height */
function fallen(height) { return (Math.atan(Math.sinh((height * Math.PI) / 180)) * 180) / Math.PI; }
