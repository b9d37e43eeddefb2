// How much room a text takes, measured before it is drawn.

const LAST = 6; // letters at the end of a name that tell it from others

/** @type {CanvasRenderingContext2D | null} */
let pen = null;

/**
 * The width of a text in pixels; tags that plotly interprets take none.
 * @param {string} text
 * @param {string} font as CSS writes it: "11px sans-serif"
 */
export function textWidth(text, font) {
  pen = pen || document.createElement("canvas").getContext("2d");
  if (!pen) return 0;
  pen.font = font;
  return pen.measureText(withoutTags(text).replace(/&(lt|gt|amp);/g, "&")).width;
}

/**
 * The width of the widest line of these texts.
 * @param {unknown[]} texts
 * @param {string} font
 */
export function widest(texts, font) {
  return Math.max(0, ...texts.flatMap((text) => linesOf(text)).map((line) => textWidth(line, font)));
}

/** @param {unknown} text */
export function linesOf(text) { return String(text ?? "").split("<br>"); }

/** @param {string} text */
export function withoutTags(text) { return text.replace(/<[^>]*>/g, ""); }

/**
 * The text cut to a width, with "…" at its end or, where its end is wanted, in its middle.
 * @param {string} text
 * @param {number} most pixels
 * @param {string} font
 * @param {string} [end]
 */
export function cutTo(text, most, font, end = "") {
  if (textWidth(text, font) <= most) return text;
  const letters = [...plain(text).replace(/…$/, "")];
  let shown = letters.length;
  while (shown > 1 && textWidth(`${letters.slice(0, shown).join("")}…${end}`, font) > most) shown -= 1;
  return escaped(`${letters.slice(0, shown).join("").trimEnd()}…${end}`);
}

/**
 * Labels of an axis cut to a width. Those that would look alike keep their ends instead, so that they are told apart.
 * @param {string[]} labels as they are written
 * @param {string[] | undefined} names what they stand for
 * @param {number} most pixels
 * @param {string} font
 * @returns {string[]}
 */
export function cutApart(labels, names, most, font) {
  const short = labels.map((label) => cutTo(label, most, font));
  if (!names) return short;
  const alike = new Map();
  for (const text of short) alike.set(text, (alike.get(text) || 0) + 1);
  return short.map((text, i) => {
    if (alike.get(text) < 2 || !text.endsWith("…")) return text;
    const last = names[i].split(" ").at(-1) || "";
    return cutTo(escaped(names[i]), most, font, [...last].slice(-LAST).join(""));
  });
}

/** @param {string} text as plotly reads it */
export function plain(text) {
  return withoutTags(text).replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** @param {string} text of the data, which plotly must not take for tags */
export function escaped(text) { return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); }

/** @param {Json} value a number or a date */
export function numeric(value) {
  if (typeof value === "number") return value;
  const text = /T\d\d$/.test(value) ? `${value}:00` : String(value);
  return Date.parse(text.includes("T") && !text.endsWith("Z") ? `${text}Z` : text);
}

/**
 * Where a value stands on an axis, in the axis' own numbers: a logarithmic one has its range in powers of ten.
 * @param {Json} axis
 * @param {Json} value
 */
export function placeOn(axis, value) { return axis.type === "log" ? Math.log10(numeric(value)) : numeric(value); }

const MARKS_MARGIN = 0.065; // of what is drawn

/**
 * From the first to the last number of an axis: its range, or what is drawn along it, with the half of a bar or a cell, or
 * the margin that plotly gives to marks, at each end.
 * @param {Json} axis
 * @param {Trace[]} data
 * @param {"x" | "y"} along
 * @returns {[number, number]}
 */
export function rangeOf(axis, data, along) {
  if (axis.range) return [numeric(axis.range[0]), numeric(axis.range[1])];
  const all = [...new Set(data.flatMap((t) => (Array.isArray(t[along]) ? t[along].map((/** @type {Json} */ v) => placeOn(axis, v)) : [])))]
    .filter(Number.isFinite).sort((a, b) => a - b);
  if (!all.length) return [0, 1];
  const wide = data.some((t) => t.type === "bar" || t.type === "heatmap" || t.type === "box");
  const steps = all.slice(1).map((v, i) => v - all[i]);
  const marks = along === "x" && data.some((t) => String(t.mode || "").includes("markers"));
  const margin = marks ? MARKS_MARGIN * (all[all.length - 1] - all[0]) : 0;
  const half = wide ? Math.min(...(steps.length ? steps : [1])) / 2 : margin;
  return [all[0] - half, all[all.length - 1] + half];
}
