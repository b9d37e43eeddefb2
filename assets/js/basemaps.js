// plotly.js would fetch base maps from outside. An empty one for every scope prevents that; outlines come from our own
// address. The report's file holds this module too (dashboard/report).

const EMPTY = { type: "Topology", objects: {}, arcs: [] };
const SCOPES = ["world", "usa", "europe", "asia", "africa", "north-america", "south-america", "oceania", "antarctica"];
const topojson = Object.fromEntries(SCOPES.flatMap((scope) => [[`${scope}_110m`, EMPTY], [`${scope}_50m`, EMPTY]]));

window.PlotlyGeoAssets = { topojson };
