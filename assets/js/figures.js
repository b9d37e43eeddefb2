// Figures come as plain JSON with colours as roles ("@accent", "@muted/0.4"); here they get the theme's colours, fonts,
// grids and margins, and as many texts as their place has room for. The report's file holds this module too, with those
// that it imports (dashboard/report).

import { fitAxes, innerWidth } from "./labels.js";
import { cutApart, plain, widest } from "./measuring.js";
import { fitTexts } from "./texts.js";
import { windowAround } from "./windows.js";

/** Options of every figure; no links to other sites. */
export const CONFIG = {
  displaylogo: false, displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", scrollZoom: false,
  doubleClick: false, showAxisDragHandles: false,
};

/** Only values of these keys are read as colours: all others may be the company's own texts. */
export const COLOUR_KEYS = new Set([
  "bgcolor", "bordercolor", "color", "colors", "colorscale", "colorway", "fgcolor", "fillcolor", "gridcolor",
  "linecolor", "outlinecolor", "paper_bgcolor", "plot_bgcolor", "tickcolor", "zerolinecolor",
]);

const LEGEND_LINE = 19; // pixels
const LEGEND_PART = 0.96; // of the width of a narrow figure's plot
const LEGEND_EDGE = 8; // pixels between a legend and the edge of its figure
const LEGEND_KEY = 40; // pixels of a legend's entry next to its name
const AXIS_ROOM = 56; // pixels that the numbers of an axis take beside the plot
const MOST_LEGEND_LINES = 4; // of a legend with one name each
const NARROW = 460; // pixels of a figure
const USUAL = 300; // pixels high, where it is not known
const ANY_AXIS = /^[xy]axis\d*$/;

/**
 * The figure in the theme's style, for a place of this size.
 * @param {Figure} figure
 * @param {number} [width] pixels; without it texts stay as they are
 * @param {number} [height] pixels
 * @returns {Figure}
 */
export function themed(figure, width, height = USUAL) {
  const styles = getComputedStyle(document.documentElement);
  const layout = merged(standardLayout(styles, figure.layout || {}), structuredClone(figure.layout));
  let data = figure.data || [];
  if (layout.geo && width) layout.geo = windowAround(layout.geo, data, width / height);
  const top = legendRoom(layout, data, width);
  fitAxes(layout, data, width, height - top);
  if (width && width < NARROW) data = shortNames(layout, data, width);
  if (width) data = fitTexts(layout, data, width, height - top);
  // A touch device scrolls with a drag instead of selecting.
  const touch = window.matchMedia("(pointer: coarse)").matches;
  if (touch && layout.dragmode === "select") layout.dragmode = false;
  return { data: coloured(data, styles), layout: coloured(layout, styles) };
}

/**
 * The entries of the legend.
 * @param {Json} layout
 * @param {Trace[]} data
 * @returns {Trace[]}
 */
function entries(layout, data) {
  return layout.showlegend === false ? [] : data.filter((trace) => trace.showlegend !== false && trace.name);
}

/**
 * The lines that a legend takes on a figure of this width.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number} width pixels
 */
function legendLines(layout, data, width) {
  const named = entries(layout, data);
  if (!named.length || layout.showlegend === undefined) return 0;
  return width < NARROW ? Math.ceil(named.length / legendColumns(layout, named, width)) : 1;
}

/**
 * Two columns where they hold every name, below the labels next to the plot too (shortNames), or where there are many
 * names; else a line for each name.
 * @param {Json} layout
 * @param {Trace[]} named
 * @param {number} width pixels
 */
function legendColumns(layout, named, width) {
  const names = named.map((trace) => plain(trace.name || ""));
  const canBegin = layout.legend.x === 0 && layout.yaxis.ticktext;
  const whole = width - LEGEND_EDGE - (layout.yaxis2 ? AXIS_ROOM : layout.margin.r);
  const most = canBegin ? (whole * LEGEND_PART) / 2 - LEGEND_KEY : legendName(layout, width, 2);
  return named.length > MOST_LEGEND_LINES || widest(names, legendFont(layout)) <= most ? 2 : 1;
}

/**
 * Pixels of a name in one of so many columns of a narrow figure's legend, next to its key: of the plot, as far as the
 * labels next to it are measured (fitAxes).
 * @param {Json} layout
 * @param {number} width pixels
 * @param {number} columns
 */
function legendName(layout, width, columns) {
  const usual = width - AXIS_ROOM * (layout.yaxis2 ? 2 : 1);
  const plot = layout.yaxis.automargin === false ? innerWidth(layout, width) * (1 - Math.min(layout.legend.x, 0)) : usual;
  return (plot * LEGEND_PART) / columns - LEGEND_KEY;
}

/** @param {Json} layout */
function legendFont(layout) { return `11px ${layout.font?.family || "sans-serif"}`; }

/**
 * Two columns for the legend of a narrow figure. Pixels that it takes above the plot.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number | undefined} width
 */
function legendRoom(layout, data, width) {
  const lines = width ? legendLines(layout, data, width) : 0;
  if (width && lines > 1) {
    const columns = legendColumns(layout, entries(layout, data), width);
    merged(layout, { legend: { entrywidth: LEGEND_PART / columns, entrywidthmode: "fraction" } });
  }
  return lines * LEGEND_LINE;
}

/**
 * The traces with names that a column of a narrow figure's legend has room for, which begins below the labels next to the
 * plot where the plot's own width does not hold them.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number} width pixels
 * @returns {Trace[]}
 */
function shortNames(layout, data, width) {
  const font = legendFont(layout);
  const columns = layout.legend.entrywidth === LEGEND_PART ? 1 : 2; // two names in one line have no width of their own
  const names = [...new Set(data.flatMap((trace) => trace.name || []))];
  const isMeasured = layout.yaxis.automargin === false && layout.legend.x === 0;
  if (isMeasured && layout.legend.entrywidth && widest(names.map(plain), font) > legendName(layout, width, columns)) {
    layout.legend.x = -Math.max(layout.margin.l - LEGEND_EDGE, 0) / innerWidth(layout, width);
  }
  const most = legendName(layout, width, columns);
  const short = new Map(cutApart(names, names.map(plain), most, font).map((text, i) => [names[i], text]));
  return entries(layout, data).length > 1 ? data.map((t) => (t.name ? { ...t, name: short.get(t.name) } : t)) : data;
}

/**
 * @param {CSSStyleDeclaration} styles
 * @param {Json} own the figure's own layout
 * @returns {Json}
 */
function standardLayout(styles, own) {
  const clear = "rgba(0,0,0,0)";
  const layout = {
    paper_bgcolor: clear, plot_bgcolor: clear, autosize: true, margin: { l: 8, r: 12, t: 8, b: 8 },
    font: { family: variable(styles, "font"), size: 12, color: "@text" },
    xaxis: { ...axis(), showgrid: false }, yaxis: axis(), selections: [],
    hoverlabel: { bgcolor: "@panel", bordercolor: "@line", font: { color: "@text", size: 12 }, align: "left" },
    legend: {
      orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11, color: "@muted" }, bgcolor: clear,
      itemclick: false, itemdoubleclick: false,
    },
    newselection: { line: { color: "@accent", width: 1 } }, activeselection: { fillcolor: "@accent", opacity: 0.1 },
    colorway: ["@c0", "@c1", "@c2", "@c3", "@c4", "@c5", "@c6", "@c7"], bargap: 0.25, uirevision: false,
  };
  const more = Object.keys(own).filter((key) => ANY_AXIS.test(key) && !(key in layout));
  return Object.assign(layout, Object.fromEntries(more.map((key) => [key, axis()])));
}

function axis() {
  return {
    gridcolor: "@grid", zerolinecolor: "@line", linecolor: "@line", tickfont: { color: "@muted", size: 11 },
    title: { font: { color: "@muted", size: 11 } }, automargin: true, fixedrange: true, zeroline: false,
    ticks: "outside", ticklen: 5, tickcolor: "rgba(0,0,0,0)", tickangle: 0, showline: false,
  };
}

/**
 * `base` with the values of `over`; objects are merged key by key.
 * @param {Json} base
 * @param {Json} over
 * @returns {Json}
 */
export function merged(base, over) {
  for (const [key, value] of Object.entries(over || {})) {
    base[key] = isPlain(value) && isPlain(base[key]) ? merged(base[key], value) : value;
  }
  return base;
}

/** @param {unknown} value */
function isPlain(value) {
  return Boolean(value) && typeof value === "object" && !Array.isArray(value);
}

// --- colours

/**
 * A copy whose colour roles are the theme's colours.
 * @param {Json} value
 * @param {CSSStyleDeclaration} styles
 * @param {boolean} [isColour] whether the value stands under one of COLOUR_KEYS
 * @returns {Json}
 */
export function coloured(value, styles, isColour = false) {
  if (typeof value === "string") return isColour && value[0] === "@" ? colourOf(value, styles) : value;
  if (Array.isArray(value)) return value.map((each) => coloured(each, styles, isColour));
  if (!isPlain(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, coloured(each, styles, COLOUR_KEYS.has(key))]);
  return Object.fromEntries(entries);
}

/**
 * @param {string} role
 * @param {CSSStyleDeclaration} styles
 */
function colourOf(role, styles) {
  const [name, alpha] = role.slice(1).split("/");
  if (name === "seq" || name === "div") {
    const steps = variable(styles, name).split(/\s+/);
    return steps.map((colour, i) => [i / (steps.length - 1), colour]);
  }
  const colour = variable(styles, name);
  return alpha && colour ? faded(colour, alpha) : colour;
}

/**
 * @param {CSSStyleDeclaration} styles
 * @param {string} name
 */
function variable(styles, name) {
  return styles.getPropertyValue(`--ss-${name}`).trim();
}

/**
 * @param {string} colour #rrggbb
 * @param {string} alpha
 */
function faded(colour, alpha) {
  const n = parseInt(colour.slice(1), 16);
  return `rgba(${n >> 16},${(n >> 8) & 255},${n & 255},${alpha})`;
}
