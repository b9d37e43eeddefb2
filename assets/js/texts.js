// Texts on marks that fit: numbers in cells and over columns, names at points. What has no room is told by its hover alone.

import { inLines, innerWidth } from "./labels.js";
import { linesOf, placeOn, rangeOf, textWidth, widest, withoutTags } from "./measuring.js";

const EDGE = 4; // pixels between a name and the edge of the figure
const SMALL = 9; // pixels of the smallest type
const RIM = 2; // pixels around a name that keep it readable over lines
const CORNERS_APART = 6; // pixels between two texts in the corners
const TEXT_LINE = 1.25;
const TICK = 8; // pixels: half of the height of a label along an axis
const BAR_SHARE = 0.8; // of a period's place: a mark across a bar reaches a little beyond it, and none meets the next
const LINE_MARK = 1.4; // plotly draws a mark that is a line this many times as long as its size
const CURRENCY = /\s?\p{Sc}\s?/gu;
/** Where a name may stand at its point: plotly's word, and the corner of the text in half widths and heights. */
const SPOTS = /** @type {Array<[string, number, number]>} */ ([
  ["top center", 0, -1], ["bottom center", 0, 1], ["middle right", 1, 0], ["middle left", -1, 0],
  ["top right", 1, -1], ["top left", -1, -1], ["bottom right", 1, 1], ["bottom left", -1, 1],
]);

const LONGEST_HOVER = 330; // pixels of a line
const LETTER = 6.6; // pixels of a letter of a hover, about
const HOVER_SHARE = 0.62; // of the figure's width

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

/**
 * The traces with the texts for which there is room in a figure of this size.
 * @param {Json} layout whose axes have their margins
 * @param {Trace[]} data
 * @param {number} width pixels
 * @param {number} height pixels
 * @returns {Trace[]}
 */
export function fitTexts(layout, data, width, height) {
  const inner = innerWidth(layout, width);
  const tall = Math.max(40, height - layout.margin.t - layout.margin.b);
  const family = layout.font.family;
  breakCorners(layout, inner);
  const letters = Math.floor(Math.min(LONGEST_HOVER, width * HOVER_SHARE) / LETTER);
  return data.map((trace) => fitted(trace.hovertext ? { ...trace, hovertext: told(trace.hovertext, letters) } : trace));

  /** @param {Trace} trace */
  function fitted(trace) {
    if (trace.type === "heatmap" && trace.texttemplate) return inCells(trace, inner, tall, family);
    if (trace.mode === "markers+text") return atPoints(layout, trace, data, inner, tall);
    if (trace.marker?.symbol === "line-ew") {
      const room = (inner / trace.x.length) * BAR_SHARE;
      return { ...trace, marker: { ...trace.marker, size: Math.min(trace.marker.size, room / LINE_MARK) } };
    }
    if (trace.mode === "text" && data.some(({ type }) => type === "box")) return besideBoxes(layout, trace, data, inner, tall);
    const over = trace.text && trace.orientation !== "h" && (trace.type === "bar" || trace.textposition === "top center");
    return over ? overColumns(layout, trace, data, inner, tall) : trace;
  }
}

/**
 * Texts of hovers with lines that a narrow figure has room for.
 * @param {Json} texts a text, or a list of texts or lists
 * @param {number} most letters of a line
 * @returns {Json}
 */
function told(texts, most) {
  if (Array.isArray(texts)) return texts.map((each) => told(each, most));
  if (typeof texts !== "string" || texts.length <= most) return texts;
  return linesOf(texts).map((line) => (withoutTags(line).length > most ? broken(line, most) : line)).join("<br>");
}

/**
 * A line in several, between words where that is possible. Its tags stay whole.
 * @param {string} line
 * @param {number} most letters
 */
function broken(line, most) {
  const bold = /^<b>(.*)<\/b>$/.exec(line);
  /** @type {string[]} */
  const lines = [""];
  for (const word of (bold ? bold[1] : line).split(" ").flatMap((each) => (each.includes("&") || each.includes("<") ? [each] : chunks(each, most)))) {
    const last = lines.length - 1;
    if (lines[last] && withoutTags(`${lines[last]} ${word}`).length > most) lines.push(word);
    else lines[last] = `${lines[last]} ${word}`.trim();
  }
  return lines.map((each) => (bold ? `<b>${each}</b>` : each)).join("<br>");
}

/**
 * A word in parts that are not longer than a line.
 * @param {string} word
 * @param {number} most letters
 * @returns {string[]}
 */
function chunks(word, most) {
  const letters = [...word];
  const count = Math.max(1, Math.ceil(letters.length / most));
  return Array.from({ length: count }, (_, i) => letters.slice(i * most, (i + 1) * most).join(""));
}

/**
 * As much of each cell's text as fits: all lines, in smaller type, the first line, or nothing.
 * @param {Trace} t a heat map
 * @param {number} inner pixels
 * @param {number} tall pixels
 * @param {string} family
 * @returns {Trace}
 */
function inCells(t, inner, tall, family) {
  const cell = { wide: inner / Math.max(1, t.z[0]?.length || 1) - 4, high: tall / Math.max(1, t.z.length) };
  const first = t.text.map((/** @type {string[]} */ row) => row.map((text) => linesOf(text)[0]));
  const size = t.textfont?.size || 12;
  for (const text of [t.text, first]) {
    for (const each of [size, Math.max(SMALL, size - 1.5)]) {
      const lines = Math.max(1, ...text.flat().map((/** @type {string} */ one) => linesOf(one).length));
      if (widest(text.flat(), `${each}px ${family}`) <= cell.wide && lines * each * TEXT_LINE <= cell.high) {
        return { ...t, text, textfont: { ...t.textfont, size: each } };
      }
    }
  }
  return { ...t, texttemplate: "" };
}

/**
 * Texts over columns: as they are, smaller, their first line, this without the currency, which the axis has, or none.
 * @param {Json} layout
 * @param {Trace} t
 * @param {Trace[]} data
 * @param {number} inner pixels
 * @param {number} tall pixels
 * @returns {Trace}
 */
function overColumns(layout, t, data, inner, tall) {
  const [low, high] = rangeOf(layout.xaxis, data, "x");
  const places = t.x.map((/** @type {Json} */ x) => (placeOn(layout.xaxis, x) / (high - low)) * inner);
  const step = Math.min(Infinity, ...places.slice(1).map((/** @type {number} */ p, /** @type {number} */ i) => Math.abs(p - places[i])));
  const size = t.textfont?.size || 12;
  const first = t.text.map((/** @type {string} */ text) => linesOf(text)[0]);
  for (const text of [t.text, first]) {
    for (const each of [size, SMALL + 0.5]) {
      if (widest(text, `${each}px ${layout.font.family}`) + 3 <= step) return { ...t, text, textfont: { ...t.textfont, size: each } };
    }
  }
  return t.base ? overSteps(layout, { ...t, text: first }, places, data, tall) : { ...t, text: null };
}

/**
 * Texts at the right of boxes that stand at whole numbers: as they are, smaller, or none, so that they meet neither the
 * next box nor, above or below it, its whiskers.
 * @param {Json} layout
 * @param {Trace} t
 * @param {Trace[]} data
 * @param {number} inner pixels
 * @param {number} tall pixels
 * @returns {Trace}
 */
function besideBoxes(layout, t, data, inner, tall) {
  const [low, high] = rangeOf(layout.xaxis, data, "x");
  const [bottom, top] = rangeOf(layout.yaxis, data, "y");
  const step = inner / (high - low);
  const half = ((t.textfont.size + 2) / tall) * (top - bottom) / 2; // of a text's height
  const sizes = t.text.map((/** @type {string} */ text, /** @type {number} */ i) => {
    const next = data.find(({ type, x }) => type === "box" && x[0] === Math.floor(t.x[i]) + 1);
    const isLevel = next && t.y[i] > next.q1[0] - half && t.y[i] < next.q3[0] + half;
    const room = next ? (next.x[0] - (isLevel ? next.width / 2 : 0) - t.x[i]) * step - 3 : Infinity;
    return [t.textfont.size, SMALL + 0.5].find((size) => widest([text], `${size}px ${layout.font.family}`) <= room) || 0;
  });
  const text = t.text.map((/** @type {string} */ one, /** @type {number} */ i) => (sizes[i] ? one : ""));
  return { ...t, text, textfont: { ...t.textfont, size: Math.min(...sizes.filter(Boolean), t.textfont.size) } };
}

/**
 * Texts over bars that begin at different heights, without the currency, which the axis has: the largest bars first, those
 * of others where they meet none of them.
 * @param {Json} layout
 * @param {Trace} t
 * @param {number[]} places pixels
 * @param {Trace[]} data
 * @param {number} tall pixels
 * @returns {Trace}
 */
function overSteps(layout, t, places, data, tall) {
  const [bottom, top] = rangeOf(layout.yaxis, data, "y");
  const bare = t.text.map((/** @type {string} */ text) => text.replace(CURRENCY, ""));
  const half = bare.map((/** @type {string} */ text) => widest([text], `${SMALL}px ${layout.font.family}`) / 2);
  const heights = t.y.map((/** @type {number} */ y, /** @type {number} */ i) => ((t.base[i] + y) / (top - bottom)) * tall + (y < 0 ? -SMALL : SMALL));
  /** @type {number[]} */
  const shown = [];
  const largest = [...t.y.keys()].sort((a, b) => Math.abs(t.y[b]) - Math.abs(t.y[a]));
  for (const i of largest) {
    const meets = (/** @type {number} */ j) => Math.abs(places[i] - places[j]) < half[i] + half[j] + 2 && Math.abs(heights[i] - heights[j]) < SMALL * TEXT_LINE;
    if (!shown.some(meets)) shown.push(i);
  }
  return { ...t, text: bare.map((/** @type {string} */ text, /** @type {number} */ i) => (shown.includes(i) ? text : "")), textfont: { ...t.textfont, size: SMALL } };
}

/**
 * Names at points, the first ones first, each where it lies neither on another name nor on a point nor on a label of the
 * vertical axis, within the figure; a name without such a place is left out.
 * @param {Json} layout
 * @param {Trace} t
 * @param {Trace[]} data
 * @param {number} inner pixels
 * @param {number} tall pixels
 * @returns {Trace}
 */
function atPoints(layout, t, data, inner, tall) {
  const { xaxis, yaxis } = layout;
  const [left, right] = rangeOf(xaxis, data, "x");
  const [bottom, top] = rangeOf(yaxis, data, "y");
  const size = t.textfont?.size || 12;
  const font = `${size}px ${layout.font.family}`;
  const radius = (/** @type {number} */ i) => (Array.isArray(t.marker?.size) ? t.marker.size[i] : t.marker?.size || 6) / 2;
  const points = t.x.map((/** @type {Json} */ x, /** @type {number} */ i) => ({
    x: ((placeOn(xaxis, x) - left) / (right - left)) * inner,
    y: ((top - placeOn(yaxis, t.y[i])) / (top - bottom)) * tall,
    r: radius(i),
  }));
  /** @type {Box[]} */
  const taken = points.map((/** @type {{x: number, y: number, r: number}} */ p) => around(p.x, p.y, p.r * 0.8, p.r * 0.8));
  taken.push(...cornerTexts(layout, inner, tall));
  for (const value of yaxis.tickvals || []) { // its label stands left of the plot
    const y = ((top - placeOn(yaxis, value)) / (top - bottom)) * tall;
    taken.push({ left: -layout.margin.l, right: 0, top: y - TICK, bottom: y + TICK });
  }
  const text = t.text.map(() => "");
  const textposition = t.text.map(() => SPOTS[0][0]);
  for (const [i, name] of t.text.entries()) {
    if (!name) continue;
    const half = { wide: textWidth(name, font) / 2 + RIM + 2, high: size * 0.6 + RIM / 2 };
    const spot = SPOTS.find(([, dx, dy]) => {
      const box = nameBox(points[i], half, dx, dy);
      const outside = box.left < EDGE - layout.margin.l || box.right > inner + layout.margin.r - EDGE || box.top < 0 || box.bottom > tall;
      return !outside && !taken.some((other, j) => j !== i && meet(box, other));
    });
    if (!spot) continue;
    text[i] = name;
    textposition[i] = spot[0];
    taken.push(nameBox(points[i], half, spot[1], spot[2]));
  }
  return { ...t, text, textposition };
}

/**
 * @param {{ x: number, y: number, r: number }} point
 * @param {{ wide: number, high: number }} half
 * @param {number} dx
 * @param {number} dy
 */
function nameBox(point, half, dx, dy) {
  const x = point.x + dx * (half.wide + (dy ? 0 : point.r + 2));
  return around(x, point.y + dy * (half.high + point.r + 2), half.wide, half.high);
}

/** The texts in the corners of the plot. @param {Json} layout @returns {Json[]} */
function corners(layout) {
  return (layout.annotations || []).filter((/** @type {Json} */ note) => note.xref === "paper" && note.yref === "paper" && /left|right/.test(note.xanchor));
}

/**
 * Two texts side by side above or below share the width. Changes the layout.
 * @param {Json} layout
 * @param {number} inner pixels
 */
function breakCorners(layout, inner) {
  const all = corners(layout);
  for (const note of all) {
    const beside = all.some((other) => other !== note && other.y === note.y && other.xanchor !== note.xanchor);
    const most = beside ? inner / 2 - CORNERS_APART : inner;
    note.text = inLines(note.text, most, `${note.font?.size || 12}px ${layout.font.family}`) || note.text;
    note.align = note.xanchor;
  }
}

/**
 * Where the texts stand that belong to the corners of the plot.
 * @param {Json} layout
 * @param {number} inner
 * @param {number} tall
 * @returns {Box[]}
 */
function cornerTexts(layout, inner, tall) {
  return corners(layout).map((note) => {
    const wide = widest([note.text], `${note.font?.size || 12}px ${layout.font.family}`) + 4;
    const high = (note.font?.size || 12) * TEXT_LINE * linesOf(note.text).length;
    const x = note.xanchor === "right" ? inner - wide / 2 : wide / 2;
    const y = note.yanchor === "top" ? high / 2 : tall - high / 2;
    return around(x, y, wide / 2, high / 2);
  });
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} wide
 * @param {number} high
 * @returns {Box}
 */
function around(x, y, wide, high) { return { left: x - wide, right: x + wide, top: y - high, bottom: y + high }; }

/**
 * @param {Box} one
 * @param {Box} other
 */
function meet(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
