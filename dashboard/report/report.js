// Draws the report's figures one after the other; `data-drawn` tells when, and how many. It follows assets/js/figures.js
// in one module (dashboard/report/page.py).

/** @type {Record<string, unknown>} */
const outlines = {};
for (const script of /** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll("script.outlines"))) {
  const name = script.dataset.name || "";
  outlines[name] = JSON.parse(script.textContent || "null");
  window.PlotlyGeoAssets[`/shapes/${name}.json`] = outlines[name]; // where maps look for what their countries take
}

/**
 * A map names its outlines by the address they have in the application; here they are in the file.
 * @param {any} trace
 */
function withOutlines(trace) {
  const found = typeof trace.geojson === "string" && /^\/shapes\/([a-z-]+)\.json/.exec(trace.geojson);
  return found ? { ...trace, geojson: outlines[found[1]] } : trace;
}

let drawn = 0;
for (const source of document.querySelectorAll("script.figure-data")) {
  const place = /** @type {HTMLElement} */ (source.previousElementSibling);
  const figure = themed(JSON.parse(source.textContent || "null"), place.clientWidth, place.clientHeight);
  figure.layout.dragmode = false;
  await window.Plotly.newPlot(place, figure.data.map(withOutlines), figure.layout, CONFIG);
  drawn += 1;
}
document.documentElement.dataset.drawn = String(drawn);
export {};
