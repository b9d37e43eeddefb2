// Figures drawn by plotly.js, and what a click or a drag on them means.

import "./basemaps.js";
import { brightened } from "./brightness.js";
import { dragged } from "./dragging.js";
import { leave, rest } from "./early.js";
import { watchHovers } from "./hovering.js";
import { CONFIG, themed } from "./figures.js";
import { fixed } from "./linked.js";
import { placeMarks } from "./marks.js";
import { nameLabels } from "./names.js";
import { isTouching, tapped } from "./tapping.js";
import { measureTexts } from "./textboxes.js";
import { act } from "./transport.js";

const MOST_MARKS = 100;
const RESIZED = 150; // milliseconds after which a figure has its new size

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
  return element && { element, emits: [], marks: [], figure: null, bound: false };
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
  const alternative = slot.element.querySelector(".alt");
  if (alternative) alternative.textContent = card.alt || "";
  graph.emits = card.emits || [];
  graph.marks = card.marks || [];
  graph.element.classList.toggle("clickable", graph.emits.length > 0);
  again.set(graph.element, () => draw(slot, card, later));
  const { clientWidth, clientHeight } = graph.element;
  const place = `${clientWidth} ${clientHeight} ${document.documentElement.dataset.bsTheme}`;
  const before = drawn.get(graph.element);
  if (before?.place === place && brightened(graph.element, before.figure, card.figure)) {
    drawn.set(graph.element, { place, figure: card.figure });
    placeMarks(graph, slot.chart); // somebody may have written a note meanwhile
    return false;
  }
  const figure = themed(card.figure, clientWidth, clientHeight);
  graph.figure = figure;
  drawn.delete(graph.element);
  const missing = figure.data.map((trace) => trace.geojson).find((url) => url && !window.PlotlyGeoAssets[url]);
  if (missing) {
    outlines(missing).then(() => {
      if (graph.figure === figure && !draw(slot, card, later)) later();
    }, later);
    return true;
  }
  hoverLater(graph.element);
  measureTexts(graph.element, figure);
  void window.Plotly?.react(graph.element, figure.data, figure.layout, graph.bound && clientWidth && clientHeight ? undefined : CONFIG);
  drawn.set(graph.element, { place, figure: card.figure });
  graph.element.dataset.fitted = String(clientWidth);
  if (!graph.bound) bind(graph, slot.chart);
  placeMarks(graph, slot.chart);
  nameLabels(graph.element);
  watchHovers(graph.element);
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

/** Draws a figure once more. @type {WeakMap<Element, () => void>} */
const again = new WeakMap();

/** What is drawn: the figure as the server sent it, and the size and the theme. @type {WeakMap<Element, { place: string, figure: Figure }>} */
const drawn = new WeakMap();

/**
 * plotly writes the text at the pointer again as soon as it has drawn, which takes as long as half a chart: that waits for
 * the frame in which the charts are painted.
 * @param {PlotlyElement} element
 */
function hoverLater(element) {
  const layout = element._fullLayout;
  const hover = layout?._rehover;
  if (!hover) return;
  layout._rehover = null;
  requestAnimationFrame(() => setTimeout(() => {
    const now = element._fullLayout;
    if (!now || now._rehover || !element.isConnected || !element.matches(":hover")) return;
    now._rehover = hover;
    hover();
  }, 0));
}

const sizes = new ResizeObserver((changes) => {
  for (const { target, contentRect } of changes) {
    const element = /** @type {PlotlyElement} */ (target);
    const drawn = element._fullLayout;
    const changed = drawn && contentRect.width && (differ(drawn.width, contentRect.width) || differ(drawn.height, contentRect.height));
    if (!changed) continue;
    window.Plotly?.Plots.resize(element);
    setTimeout(refit, RESIZED, element, contentRect.width);
  }
});

/**
 * Another width has room for other texts: a figure that has kept it for a moment is drawn for it.
 * @param {PlotlyElement} element
 * @param {number} width pixels that it had then
 */
function refit(element, width) {
  const now = element.clientWidth;
  if (element.isConnected && now && !differ(now, width) && differ(Number(element.dataset.fitted), now)) again.get(element)?.();
}

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
  graph.element.on("plotly_hover", (event) => hovered(graph, chart, event));
  graph.element.on("plotly_unhover", leave);
  graph.element.on("plotly_afterplot", () => { // also after a change of size
    placeMarks(graph, chart);
    nameLabels(graph.element);
    watchHovers(graph.element);
  });
  graph.element.dataset.bound = "1";
}

/**
 * @param {Graph} graph
 * @param {string} chart
 * @param {Json} event plotly's
 */
function clicked(graph, chart, event) {
  const values = markOf(graph, event);
  if (!values) return;
  const { shiftKey, ctrlKey, metaKey } = event.event || {};
  const choose = () => act({ kind: "mark", chart, values, toggle: Boolean(shiftKey || ctrlKey || metaKey) });
  if (!tapped(graph.element, `${chart} ${values}`, choose)) choose();
}

/**
 * @param {Graph} graph
 * @param {string} chart
 * @param {Json} event plotly's
 */
function hovered(graph, chart, event) {
  const values = markOf(graph, event);
  if (values && !isTouching()) rest({ kind: "mark", chart, values, toggle: false });
  else leave();
}

/**
 * What the mark of an event stands for; null where a click on it does nothing.
 * @param {Graph} graph
 * @param {Json} event plotly's
 * @returns {string[] | null}
 */
function markOf(graph, event) {
  const point = event.points.find((/** @type {Json} */ each) => Array.isArray(each.customdata));
  return point && graph.emits.length && !fixed ? point.customdata.map(String) : null;
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
