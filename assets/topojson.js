// plotly.js would fetch base maps from outside; an empty one for every scope keeps it at home (shapes come from our own address).
(function () {
  "use strict";
  var topojson = {}, empty = { type: "Topology", objects: {}, arcs: [] };
  ["world", "usa", "europe", "asia", "africa", "north-america", "south-america", "oceania", "antarctica"].forEach(function (scope) {
    ["110m", "50m"].forEach(function (resolution) { topojson[scope + "_" + resolution] = empty; });
  });
  window.PlotlyGeoAssets = { topojson: topojson };
})();
