// Figures come as plain JSON with colours as roles ("@accent", "@muted/0.4"); here they get the theme's colours, fonts,
// grids and margins, and on a narrow screen fewer texts. The report's file holds this module too (dashboard/report).

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

const PHONE = 768; // pixels of the window
const TABLET = 1200;
const SHORT = 12; // letters of a label that may be left out among others, such as a month
const SIDES = { x: "bottom", y: "left" };
const AXIS = /^[xy]axis\d*$/;

/**
 * The figure in the theme's style, for the given width.
 * @param {Figure} figure
 * @param {number} [width] pixels; without it the window's
 * @param {boolean} [paper] it is to be printed: its width alone counts, whatever the window
 * @returns {Figure}
 */
export function themed(figure, width, paper = false) {
  const styles = getComputedStyle(document.documentElement);
  const layout = merged(standardLayout(styles, figure.layout || {}), figure.layout);
  let data = figure.data || [];
  const place = width || window.innerWidth - 50;
  const cells = data.some((trace) => trace.type === "heatmap");
  const small = place < (cells ? 720 : 460);
  if (paper ? small : window.innerWidth < PHONE || (window.innerWidth < TABLET && small)) {
    data = narrow(layout, data, place, cells);
  }
  if (paper) spaced(layout, innerWidth(layout, data, place));
  setMargins(layout, data, width);
  // A touch device scrolls with a drag instead of selecting.
  const touch = window.matchMedia("(pointer: coarse)").matches;
  if (touch && layout.dragmode === "select") layout.dragmode = false;
  return { data: coloured(data, styles), layout: coloured(layout, styles) };
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
  const more = Object.keys(own).filter((key) => AXIS.test(key) && !(key in layout));
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

// --- narrow screens

/**
 * Fewer and smaller texts; the traces that remain. Changes the layout.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number} place pixels
 * @param {boolean} cells whether it is a heat map
 * @returns {Trace[]}
 */
function narrow(layout, data, place, cells) {
  if (place < 460) thinLabels(layout.xaxis, cells ? 2 : 4);
  const inner = innerWidth(layout, data, place);
  const screen = { alone: data.length === 1, labels: (layout.xaxis.ticktext || []).length, inner, family: layout.font.family };
  const traces = data.map((trace) => narrowed(trace, screen));
  makeRoom(layout, traces, inner);
  const named = traces.filter((trace) => trace.showlegend !== false && trace.name);
  if (named.length > 5) layout.showlegend = false;
  if (named.every((trace) => trace.name.length < 14)) {
    merged(layout, { legend: { entrywidth: 0.5, entrywidthmode: "fraction" } });
  }
  return traces;
}

/**
 * A narrow screen has room for only a few labels along the bottom; names, none of which may be dropped, are slanted.
 * @param {Json} a an axis
 * @param {number} most
 */
function thinLabels(a, most) {
  if (a.title?.text) a.title.text = a.title.text.replace(", ", "<br>");
  if (!a.tickvals || a.tickvals.length < 6) return;
  /** @type {string[]} */
  const labels = a.ticktext || [];
  if (a.type !== "date" && labels.length <= 8 && labels.some((label) => label.length > 8)) {
    a.tickangle = -45;
    a.ticklabeloverflow = "allow";
    a.ticktext = labels.map((label) => label.replace("<br>", " "));
    return;
  }
  const every = Math.ceil(a.tickvals.length / most);
  /** @type {(value: unknown, i: number) => boolean} */
  const kept = (_, i) => i % every === 0;
  a.tickvals = a.tickvals.filter(kept);
  a.ticktext = labels.filter(kept);
}

/**
 * As many of the short labels along the bottom, evenly, as stand apart from each other. Changes the layout.
 * @param {Json} layout
 * @param {number} inner pixels
 */
function spaced({ xaxis: a, font }, inner) {
  /** @type {string[]} */
  const labels = a.ticktext || [];
  if (!a.tickvals || a.tickangle || labels.length < 6 || labels.some((label) => withoutTags(label).length > SHORT)) return;
  const every = Math.ceil((labels.length * (widest(labels, `${a.tickfont.size}px ${font.family}`) + 8)) / inner);
  /** @type {(value: unknown, i: number) => boolean} */
  const kept = (_, i) => i % every === 0;
  a.tickvals = a.tickvals.filter(kept);
  a.ticktext = labels.filter(kept);
}

/**
 * Text without enough room is left out or made smaller: numbers in cells, names of points, texts over columns.
 * @param {Trace} t
 * @param {{ alone: boolean, labels: number, inner: number, family: string }} screen
 * @returns {Trace}
 */
function narrowed(t, { alone, labels, inner, family }) {
  if (t.type === "heatmap" && t.texttemplate) return narrowedCells(t, inner, family);
  if (t.mode === "markers+text" && t.x.length > 6) {
    if (alone) return { ...t, mode: "markers" };
    return { ...t, text: t.text.map(shortened), textfont: { ...t.textfont, size: 9 } };
  }
  if (t.marker && t.marker.symbol === "line-ew") {
    return { ...t, marker: { ...t.marker, size: Math.min(t.marker.size, 170 / t.x.length) } };
  }
  if (!t.text || t.orientation === "h" || t.mode === "markers+text") return t;
  if (t.type !== "bar" && t.textposition !== "top center") return t;
  if (t.x.length > 8) return { ...t, text: null };
  return labels * longest(t.text) > 36 ? { ...t, textfont: { ...t.textfont, size: 9 } } : t;
}

/**
 * The first line of each cell's text, or none where it does not fit.
 * @param {Trace} t a heat map
 * @param {number} inner pixels
 * @param {string} family
 * @returns {Trace}
 */
function narrowedCells(t, inner, family) {
  const text = t.text.map((/** @type {string[]} */ row) => row.map((cell) => cell.split("<br>")[0]));
  const fits = widest(text.flat(), fontOf(t, family)) + 4 <= inner / t.x.length;
  return fits ? { ...t, text } : { ...t, texttemplate: "" };
}

/** @param {string} name */
function shortened(name) {
  return name.length > 11 ? `${name.slice(0, 10)}…` : name;
}

/** @param {unknown[]} texts */
function longest(texts) {
  return Math.max(...texts.map((text) => withoutTags(String(text)).length));
}

/**
 * Texts at the ends of bars keep their size while the bars shrink: the axis gives them room.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number} inner pixels
 */
function makeRoom(layout, data, inner) {
  /** @type {number[]} */
  const range = layout.xaxis.range;
  if (!range || typeof range[0] !== "number") return; // along time, the server leaves the room
  const [low, high] = range;
  for (const t of data) {
    if (t.mode === "text" && t.textposition === "middle right") layout.xaxis.range = [low, high + (high - low) * 0.35];
    if (t.orientation !== "h" || t.textposition !== "outside") continue;
    const ends = t.text.map((/** @type {unknown} */ text, /** @type {number} */ i) => {
      const rest = inner - Math.min(textWidth(String(text), fontOf(t, layout.font.family)) + 8, inner * 0.8);
      return low + ((Math.max(0, t.x[i]) - low) * inner) / rest;
    });
    layout.xaxis.range = [low, Math.max(...ends)];
  }
}

/**
 * Pixels along x that the labels of the y axis leave.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number} width
 */
function innerWidth(layout, data, width) {
  const y = layout.yaxis;
  const labels = y.ticktext || data.flatMap((t) => (t.type === "heatmap" ? t.y : []));
  const needed = 12 + widest(labels, `${y.tickfont.size}px ${layout.font.family}`);
  return width - layout.margin.r - Math.max(layout.margin.l, needed);
}

// --- margins, measured here: plotly would measure the labels one by one and draw the figure twice

/**
 * Margins for axes whose labels are known.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number | undefined} width pixels
 */
function setMargins(layout, data, width) {
  const axes = Object.keys(layout).filter((key) => AXIS.test(key) && layout[key].visible !== false);
  // The y axis first: the x axis gets the remaining width.
  for (const key of axes.sort().reverse()) {
    const a = layout[key];
    if (a.ticktext && !a.tickangle && !a.domain) setMargin(key, a, layout, data, width);
  }
}

/**
 * @param {string} key the axis's name in the layout
 * @param {Json} a the axis
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number | undefined} width pixels
 */
function setMargin(key, a, layout, data, width) {
  const { margin } = layout;
  const direction = /** @type {"x" | "y"} */ (key[0]);
  const { size } = a.tickfont;
  const font = `${size}px ${layout.font.family}`;
  const labels = a.ticktext.map((/** @type {unknown} */ label) => String(label).split("<br>"));
  const shown = a.showticklabels !== false && labels.length > 0;
  const lines = Math.max(...labels.map((/** @type {string[]} */ label) => label.length));
  /** @type {number[]} */
  const across = labels.map((/** @type {string[]} */ label) => Math.max(...label.map((line) => textWidth(line, font))));
  const title = a.title?.text ? 26 * a.title.text.split("<br>").length : 0;
  const ticks = direction === "x" ? lines * size * 1.3 : Math.max(...across);
  const side = (a.side || SIDES[direction])[0];
  margin[side] = Math.max(margin[side], Math.ceil(title + (shown ? 12 + ticks : 0)));
  a.automargin = false;
  a.ticklabeloverflow = "allow"; // there is room: no label need be measured to be left out
  if (direction === "x" && shown && width) {
    overhang(a, a.range || extent(data), across, margin, width - margin.l - margin.r);
  }
}

/**
 * The first and last labels of an axis may extend beyond its ends.
 * @param {Json} a the axis
 * @param {unknown[]} range
 * @param {number[]} across widths of its labels, pixels
 * @param {Json} margin
 * @param {number} inner pixels
 */
function overhang(a, range, across, margin, inner) {
  // A logarithmic axis has its range in powers of ten.
  const place = (/** @type {unknown} */ value) => (a.type === "log" ? Math.log10(numeric(value)) : numeric(value));
  const low = numeric(range[0]);
  const high = numeric(range[1]);
  const share = (/** @type {number} */ i) => (place(a.tickvals[i]) - low) / (high - low);
  const last = across.length - 1;
  margin.l = Math.max(margin.l, Math.ceil(across[0] / 2 - share(0) * inner) + 4) || margin.l;
  margin.r = Math.max(margin.r, Math.ceil(across[last] / 2 - (1 - share(last)) * inner) + 4) || margin.r;
}

/**
 * From the first to the last of what is drawn along x.
 * @param {Trace[]} data
 */
function extent(data) {
  const all = data.flatMap((t) => (Array.isArray(t.x) ? t.x.map(numeric).filter(Number.isFinite) : []));
  return [Math.min(...all), Math.max(...all)];
}

/** @param {Json} value a number or a date */
function numeric(value) {
  return typeof value === "number" ? value : Date.parse(value);
}

// --- texts measured

/** @type {CanvasRenderingContext2D | null} */
let pen = null;

/**
 * The width of a text in pixels.
 * @param {string} text
 * @param {string} font
 */
function textWidth(text, font) {
  pen = pen || document.createElement("canvas").getContext("2d");
  if (!pen) return 0;
  pen.font = font;
  return pen.measureText(withoutTags(text).replace(/&(lt|gt|amp);/g, "&")).width;
}

/**
 * @param {unknown[]} texts
 * @param {string} font
 */
function widest(texts, font) {
  return Math.max(0, ...texts.map((text) => textWidth(String(text), font)));
}

/** @param {string} text */
function withoutTags(text) {
  return text.replace(/<[^>]*>/g, "");
}

/**
 * @param {Trace} t
 * @param {string} family
 */
function fontOf(t, family) {
  return `${t.textfont?.size || 12}px ${family}`;
}
