// Labels of axes that never meet: measured before they are drawn. Numbers and dates are thinned out evenly; names, none of
// which may be left out, are broken into lines or slanted. Margins are set here too: plotly would measure the labels one by
// one and draw the figure twice.

import { cutApart, escaped, linesOf, numeric, placeOn, rangeOf, textWidth, widest } from "./measuring.js";

const AXIS = /^[xy]axis\d*$/;
const SIDES = { x: "bottom", y: "left" };
const APART = 6; // pixels between two labels, at least
const LABEL_LINE = 1.3; // height of a line, in sizes of its type
const MOST_LINES = 3;
const SMALLER = 9.5; // pixels of type
const GAP = 8; // pixels between a mark and the text at its right
const SLANT = 45; // degrees
const SLANTED_LINE = 15; // pixels from one slanted label to the next, at least
const UPRIGHT_LINE = 11.5; // of upright ones
const LONGEST_SLANTED = 132; // pixels: "Potential Loyalists" and "Bestellungen pro Kunde" are whole
const TALLEST_ROW = 52; // pixels of a horizontal bar and the room around it
const LONGEST_NAME = 0.42; // of the figure's width, at its left

/**
 * Labels and margins of all axes of a figure of this size, the y axes first: the x axes get what they leave. Changes the
 * layout.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number | undefined} width pixels; without it nothing is thinned out
 * @param {number} [height] pixels
 */
export function fitAxes(layout, data, width, height) {
  const axes = Object.keys(layout).filter((key) => AXIS.test(key) && layout[key].visible !== false && layout[key].ticktext);
  for (const key of axes.filter((each) => each[0] === "y")) fitRows(layout, layout[key], data, width, height);
  if (width) makeRoom(layout, data, innerWidth(layout, width));
  for (const key of axes.filter((each) => each[0] === "x")) fitColumns(layout, key, data, width);
}

/**
 * Texts at the ends of bars and lines, and in a column at their right, keep their size whatever the width: the axis gives
 * them room, and no more than that where it has no labels of its own.
 * @param {Json} layout
 * @param {Trace[]} data
 * @param {number} inner pixels
 */
function makeRoom(layout, data, inner) {
  const axis = layout.xaxis;
  const written = data.filter((t) => t.text && (atEnds(t) || (t.mode === "text" && t.textposition === "middle right")));
  if (!written.length || !axis?.range || axis.type === "log") return;
  const [low, high] = axis.range.map(numeric);
  const texts = written.flatMap((t) => t.text.map((/** @type {unknown} */ text, /** @type {number} */ i) => ({
    x: numeric(t.x[i] ?? 0), bar: atEnds(t),
    room: Math.min(widest([text], `${t.textfont?.size || 12}px ${layout.font.family}`) + GAP, inner * 0.7),
  })));
  const left = Math.max(0, ...texts.map(({ x, bar, room }) => (bar && x < 0 ? room : 0)));
  const begin = left ? Math.min(...texts.map(({ x }) => x)) * (inner / (inner - left)) : low;
  const ends = texts.map(({ x, bar, room }) => begin + ((Math.max(begin, x) - begin) * inner) / (inner - (bar && x < 0 ? 0 : room)));
  const free = axis.showticklabels === false || axis.type === "date"; // no label stands where the axis would end
  const drawn = data.flatMap((t) => (free ? Array.from(t.x || [], (x) => numeric(x ?? low)) : [high]));
  const end = Math.max(begin + 1e-9, ...drawn, ...ends);
  axis.range = axis.type === "date" ? [begin, end].map((place) => new Date(place).toISOString().slice(0, 19)) : [begin, end];
}

/** Whether a trace is of horizontal bars with texts at their ends. @param {Trace} t */
function atEnds(t) { return t.orientation === "h" && t.textposition === "outside"; }

/**
 * Pixels along x that the labels of the y axes leave.
 * @param {Json} layout
 * @param {number} width
 */
export function innerWidth(layout, width) { return Math.max(40, width - layout.margin.l - layout.margin.r); }

/**
 * @param {Json} layout
 * @param {Json} a a y axis
 * @param {Trace[]} data
 * @param {number | undefined} width
 * @param {number | undefined} height
 */
function fitRows(layout, a, data, width, height) {
  const font = fontOf(a, layout);
  if (height && a.range && !a.domain && data.some((t) => t.type === "bar" && t.orientation === "h")) keepLow(a, height - layout.margin.t - layout.margin.b);
  if (a.names && width) a.ticktext = cutApart(a.ticktext, a.names, LONGEST_NAME * width, font);
  if (height && a.range && !a.domain) thinRows(a, (height - layout.margin.t - layout.margin.b - 30) / Math.abs(a.range[1] - a.range[0]));
  if (a.domain && !a.side) return reserve(layout, a, "left", widest(a.ticktext, font));
  return reserve(layout, a, a.side || SIDES.y, widest(a.ticktext, font));
}

/**
 * Few rows stand at the top of a high figure instead of growing apart: its axis ends further down.
 * @param {Json} a the axis of the rows, which begins at the top
 * @param {number} height pixels
 */
function keepLow(a, height) {
  const [end, begin] = a.range;
  if (end > begin) a.range = [Math.max(end, begin + height / TALLEST_ROW), begin];
}

/**
 * Rows that are lower than their type lose every second label, or more.
 * @param {Json} a
 * @param {number} row pixels of a number of the axis
 */
function thinRows(a, row) {
  if (a.tickvals.length < 2) return;
  const apart = Math.abs(a.tickvals[1] - a.tickvals[0]) * row;
  if (apart < a.tickfont.size * 1.1 && apart > 0) keepEvery(a, Math.ceil((a.tickfont.size * 1.1) / apart));
}

/**
 * @param {Json} layout
 * @param {string} key of an x axis
 * @param {Trace[]} data
 * @param {number | undefined} width
 */
function fitColumns(layout, key, data, width) {
  const a = layout[key];
  if (a.showticklabels === false || !a.ticktext.length) return reserve(layout, a, a.side || SIDES.x, 0);
  if (width) fitAlong(layout, a, data.filter((trace) => `xaxis${(trace.xaxis || "x").slice(1)}` === key), width);
  const slanted = a.tickangle ? Math.sin((Math.abs(a.tickangle) * Math.PI) / 180) * widest(a.ticktext, fontOf(a, layout)) : 0;
  const lines = a.tickangle ? 1 : Math.max(...a.ticktext.map((/** @type {string} */ label) => linesOf(label).length));
  return reserve(layout, a, a.side || SIDES.x, slanted + lines * a.tickfont.size * LABEL_LINE);
}

/**
 * @param {Json} layout
 * @param {Json} a an x axis
 * @param {Trace[]} data along it
 * @param {number} width
 */
function fitAlong(layout, a, data, width) {
  const font = fontOf(a, layout);
  const inner = innerWidth(layout, width) * (a.domain ? a.domain[1] - a.domain[0] : 1);
  const places = placesOf(a, data, inner);
  if (!inWhole(a, places, font) && !standApart(a.ticktext, places, font)) makeFit(a, places, font);
  if (a.title?.text) a.title.text = inLines(a.title.text, inner, font) || a.title.text;
  if (!a.domain) overhang(layout, a, data, width, fontOf(a, layout));
}

/**
 * The places of an axis' labels, in pixels from its beginning.
 * @param {Json} a
 * @param {Trace[]} data
 * @param {number} inner pixels
 * @returns {number[]}
 */
function placesOf(a, data, inner) {
  const [low, high] = rangeOf(a, data, "x");
  return a.tickvals.map((/** @type {Json} */ value) => ((placeOn(a, value) - low) / (high - low || 1)) * inner);
}

/**
 * @param {string[]} labels
 * @param {number[]} places
 * @param {string} font
 */
function standApart(labels, places, font) {
  const half = labels.map((label) => widest([label], font) / 2);
  return places.every((place, i) => i === 0 || place - places[i - 1] >= half[i] + half[i - 1] + APART);
}

/**
 * Names that the server cut, whole and in lines where these fit. Whether they do.
 * @param {Json} a
 * @param {number[]} places
 * @param {string} font
 */
function inWhole(a, places, font) {
  if (!a.ticktext.some((/** @type {string} */ label, /** @type {number} */ i) => a.names && label !== escaped(a.names[i]))) return false;
  const whole = a.names.map((/** @type {string} */ name) => inLines(escaped(name), stepOf(places) - APART, font));
  if (whole.includes(null)) return false;
  a.ticktext = whole;
  return true;
}

/** Pixels from one place to the next, at least. @param {number[]} places */
function stepOf(places) { return Math.min(...places.slice(1).map((place, i) => place - places[i])); }

/**
 * @param {Json} a
 * @param {number[]} places
 * @param {string} font
 */
function makeFit(a, places, font) {
  const step = stepOf(places);
  if (!a.names) {
    const fits = (/** @type {number} */ every) => standApart(kept(a.ticktext, every), kept(places, every), font);
    let every = 2;
    while (every < places.length && !fits(every)) every += 1;
    keepEvery(a, every);
    return;
  }
  for (const size of [a.tickfont.size, SMALLER]) {
    const type = font.replace(/^[\d.]+/, String(size));
    const broken = a.ticktext.map((/** @type {string} */ label, /** @type {number} */ i) => inLines(escaped(a.names[i]), step - APART, type) || inLines(label, step - APART, type));
    if (broken.every((/** @type {string | null} */ label) => label !== null)) {
      a.ticktext = broken;
      a.tickfont.size = size;
      return;
    }
  }
  if (step < UPRIGHT_LINE) keepEvery(a, Math.ceil(UPRIGHT_LINE / Math.max(step, 1)));
  a.tickangle = step < SLANTED_LINE ? -90 : -SLANT;
  a.side = SIDES.x;
  a.ticktext = cutApart(a.ticktext.map((/** @type {string} */ label) => label.replaceAll("<br>", " ")), a.names, LONGEST_SLANTED, font);
}

/**
 * The label in a few lines, broken between words; null where that does not do.
 * @param {string} label
 * @param {number} most pixels
 * @param {string} font
 * @returns {string | null}
 */
export function inLines(label, most, font) {
  /** @type {string[]} */
  const lines = [];
  for (const word of label.replaceAll("<br>", " ").split(" ")) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && textWidth(longer, font) <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const fits = lines.length <= MOST_LINES && lines.every((line) => textWidth(line, font) <= most);
  return fits ? lines.join("<br>") : null;
}

/**
 * @template T
 * @param {T[]} list
 * @param {number} every
 */
function kept(list, every) { return list.filter((_, i) => i % every === 0); }

/**
 * @param {Json} a
 * @param {number} every
 */
function keepEvery(a, every) {
  for (const key of ["tickvals", "ticktext", "names"]) if (a[key]) a[key] = kept(a[key], every);
}

/**
 * The first and last labels of an axis may extend beyond its ends; slanted ones extend to the left.
 * @param {Json} layout
 * @param {Json} a
 * @param {Trace[]} data
 * @param {number} width
 * @param {string} font
 */
function overhang(layout, a, data, width, font) {
  const { margin } = layout;
  const inner = innerWidth(layout, width);
  const places = placesOf(a, data, inner);
  const across = a.ticktext.map((/** @type {string} */ label) => widest([label], font));
  const last = across.length - 1;
  if (a.tickangle) {
    const share = Math.cos((a.tickangle * Math.PI) / 180);
    const left = across.map((/** @type {number} */ w, /** @type {number} */ i) => w * share - places[i]);
    margin.l = Math.max(margin.l, Math.ceil(Math.max(...left)) + 4);
    return;
  }
  margin.l = Math.max(margin.l, Math.ceil(across[0] / 2 - places[0]) + 4) || margin.l;
  margin.r = Math.max(margin.r, Math.ceil(across[last] / 2 - (inner - places[last])) + 4) || margin.r;
}

/**
 * Room for an axis' labels and title on its side of the figure.
 * @param {Json} layout
 * @param {Json} a
 * @param {string} side
 * @param {number} ticks pixels
 */
function reserve(layout, a, side, ticks) {
  const letter = side[0];
  const title = a.title?.text ? 26 * linesOf(a.title.text).length : 0;
  const shown = a.showticklabels !== false && a.ticktext.length > 0;
  layout.margin[letter] = Math.max(layout.margin[letter], Math.ceil(title + (shown ? 12 + ticks : 0)));
  a.automargin = false;
  a.ticklabeloverflow = "allow"; // there is room: no label need be measured to be left out
}

/**
 * @param {Json} a
 * @param {Json} layout
 */
function fontOf(a, layout) { return `${a.tickfont.size}px ${layout.font.family}`; }
