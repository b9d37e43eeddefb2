// Figures drawn by plotly.js, and what a click or a drag on them means.

import "./basemaps.js";
import { dragged } from "./dragging.js";
import { CONFIG, themed } from "./figures.js";
import { placeMarks } from "./marks.js";
import { act } from "./transport.js";

const MOST_MARKS = 100;
const PHONE = 768; // pixels

/** The script of plotly.js, once it is asked for. @type {HTMLScriptElement | null} */
let plotly = null;

/**
 * Load plotly.js, which takes longer than everything else together; the page names its address.
 * @param {() => void} ready
 */
export function readPlotly(ready) {
  if (plotly) return;
  plotly = document.createElement("script");
  plotly.src = /** @type {HTMLLinkElement} */ (document.getElementById("plotly")).href;
  plotly.onload = ready;
  document.head.appendChild(plotly);
}

/**
 * Where a card's figure is drawn; null where the card has none.
 * @param {HTMLElement} slot
 * @returns {Graph | null}
 */
export function graphIn(slot) {
  const element = /** @type {PlotlyElement | null} */ (slot.querySelector(".graph"));
  return element && { element, fullHeight: parseFloat(element.style.height), emits: [], marks: [], figure: null, bound: false };
}

/**
 * Forget a figure whose page was left.
 * @param {Graph} graph
 */
export function forget(graph) {
  sizes.unobserve(graph.element);
  if (window.Plotly && graph.bound) window.Plotly.purge(graph.element);
}

/**
 * Draw a card's figure. True where its outlines must come first: `later` is called when it is drawn, with a fault where
 * they cannot be read.
 * @param {Slot} slot
 * @param {Card} card
 * @param {(fault?: unknown) => void} later
 * @returns {boolean}
 */
export function draw(slot, card, later) {
  const { graph } = slot;
  if (!graph || !card.figure) return false;
  fit(graph, card.figure.data);
  const figure = themed(card.figure, graph.element.clientWidth);
  const alternative = slot.element.querySelector(".alt");
  if (alternative) alternative.textContent = card.alt || "";
  graph.emits = card.emits || [];
  graph.marks = card.marks || [];
  graph.element.classList.toggle("clickable", graph.emits.length > 0);
  graph.figure = figure;
  const missing = figure.data.map((trace) => trace.geojson).find((url) => url && !window.PlotlyGeoAssets[url]);
  if (missing) {
    outlines(missing).then(() => {
      if (graph.figure === figure && !draw(slot, card, later)) later();
    }, later);
    return true;
  }
  void window.Plotly?.react(graph.element, figure.data, figure.layout, CONFIG);
  if (!graph.bound) bind(graph, slot.chart);
  placeMarks(graph, slot.chart);
  return false;
}

/**
 * Outlines of a map, put where plotly looks for them: its own fetching gives up after five seconds.
 * @param {string} url
 */
async function outlines(url) {
  const answer = await fetch(url);
  window.PlotlyGeoAssets[url] = await answer.json();
}

/**
 * On a phone, few bars need less height than many.
 * @param {Graph} graph
 * @param {Trace[]} data
 */
function fit(graph, data) {
  const bars = data.filter((trace) => trace.type === "bar" && trace.orientation === "h");
  const rows = window.innerWidth < PHONE ? Math.max(0, ...bars.map((trace) => new Set(trace.y).size)) : 0;
  const height = `${rows ? Math.min(graph.fullHeight, 200 + 20 * rows) : graph.fullHeight}px`;
  if (graph.element.style.height === height) return;
  graph.element.style.height = height;
  const body = /** @type {HTMLElement | null} */ (graph.element.closest(".tile-body"));
  if (body) body.style.minHeight = height;
}

const sizes = new ResizeObserver((changes) => {
  for (const { target, contentRect } of changes) {
    const element = /** @type {PlotlyElement} */ (target);
    const drawn = element._fullLayout;
    const changed = drawn && contentRect.width && (differ(drawn.width, contentRect.width) || differ(drawn.height, contentRect.height));
    if (changed) window.Plotly?.Plots.resize(element);
  }
});

/**
 * Whether they differ by a pixel or more: plotly rounds.
 * @param {number} a
 * @param {number} b
 */
function differ(a, b) { return Math.abs(a - b) >= 1; }

/**
 * @param {Graph} graph
 * @param {string} chart
 */
function bind(graph, chart) {
  graph.bound = true;
  sizes.observe(graph.element);
  graph.element.on("plotly_click", (event) => clicked(graph, chart, event));
  graph.element.on("plotly_selected", (event) => selected(graph, chart, event));
  graph.element.on("plotly_afterplot", () => placeMarks(graph, chart)); // also after a change of size
  graph.element.dataset.bound = "1";
}

/**
 * @param {Graph} graph
 * @param {string} chart
 * @param {Json} event plotly's
 */
function clicked(graph, chart, event) {
  const point = event.points.find((/** @type {Json} */ each) => Array.isArray(each.customdata));
  if (!point || !graph.emits.length) return;
  const { shiftKey, ctrlKey, metaKey } = event.event || {};
  act({ kind: "mark", chart, values: point.customdata.map(String), toggle: Boolean(shiftKey || ctrlKey || metaKey) });
}

/**
 * A drag over a time axis is a range; one over other marks selects them.
 * @param {Graph} graph
 * @param {string} chart
 * @param {Json} event plotly's
 */
function selected(graph, chart, event) {
  if (!event || (!event.range && !(event.points || []).length)) return;
  if (graph.emits.join() === "period" && event.range && event.range.x) {
    const [from, to] = dragged(graph.element._fullData || [], event.range.x);
    act({ kind: "brush", chart, from, to });
  } else if (graph.emits.length && graph.emits[0] !== "period") {
    const marks = event.points.map((/** @type {Json} */ point) => point.customdata).filter(Array.isArray);
    const values = marks.map((/** @type {unknown[]} */ mark) => mark.map(String)).slice(0, MOST_MARKS);
    if (values.length) act({ kind: "marks", chart, marks: values });
  }
}
