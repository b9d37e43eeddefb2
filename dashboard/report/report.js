// Draws the report's figures one after the other; `data-drawn` tells when, and how many.
(function () {
  "use strict";
  var outlines = {}, drawn = 0;
  document.querySelectorAll("script.outlines").forEach(function (s) { outlines[s.dataset.name] = JSON.parse(s.textContent); });

  // A map names its outlines by the address they have in the application; here they are in the file.
  function withOutlines(trace) {
    var found = typeof trace.geojson === "string" && /^\/shapes\/([a-z-]+)\.json/.exec(trace.geojson);
    if (found) { trace.geojson = outlines[found[1]]; }
    return trace;
  }

  function draw(source) {
    var figure = window.storesightFigures.themed(JSON.parse(source.textContent));
    figure.layout.dragmode = false;
    return window.Plotly.newPlot(source.previousElementSibling, figure.data.map(withOutlines), figure.layout, window.storesightFigures.CONFIG)
      .then(function () { drawn += 1; });
  }

  Array.from(document.querySelectorAll("script.figure-data"))
    .reduce(function (before, source) { return before.then(function () { return draw(source); }); }, Promise.resolve())
    .then(function () { document.documentElement.dataset.drawn = String(drawn); });
})();
