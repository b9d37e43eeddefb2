// A chart whose own mark was chosen keeps its bars and only changes which of them are bright: that alone is drawn, where
// plotly would draw the whole chart again.

/**
 * Give the bars that are drawn the opacity that another figure has for them. False, with nothing changed, where the two
 * differ in more than that, or where the viewer has marked something in the figure since it was drawn.
 * @param {PlotlyElement} element
 * @param {Figure} drawn as the server sent it
 * @param {Figure} figure
 */
export function brightened(element, drawn, figure) {
  if (isMarked(element) || drawn.data.length !== figure.data.length || !same(drawn.layout, figure.layout)) return false;
  if (!figure.data.every((trace, i) => same(rest(trace), rest(drawn.data[i])))) return false;
  for (const [i, trace] of figure.data.entries()) if (isDimmable(trace)) dim(element, i, trace.marker.opacity);
  return true;
}

/** Whether a drag has left a frame, or marks that stand out. @param {PlotlyElement} element */
function isMarked(element) {
  return Boolean(element.layout?.selections?.length || (element._fullData || []).some((/** @type {Trace} */ trace) => trace.selectedpoints));
}

/** Whether each mark of a trace has an opacity of its own, which can be changed on its own. @param {Trace} trace */
function isDimmable(trace) { return trace.type === "bar" && trace.marker?.opacity !== undefined; }

/** A trace without what can be changed on its own. @param {Trace} trace @returns {Trace} */
function rest(trace) { return isDimmable(trace) ? { ...trace, marker: { ...trace.marker, opacity: null } } : trace; }

/**
 * What plotly knows of the bars is changed too, so that it draws them like this when their size changes.
 * @param {PlotlyElement} element
 * @param {number} i of the trace
 * @param {number | number[]} opacity
 */
function dim(element, i, opacity) {
  const points = element.calcdata?.[i] || [];
  for (const trace of [element.data[i], element._fullData?.[i]]) trace.marker.opacity = opacity;
  for (const [n, point] of points.entries()) point.mo = Array.isArray(opacity) ? opacity[n] : opacity;
  const known = new Set(points);
  for (const path of /** @type {NodeListOf<Json>} */ (element.querySelectorAll(".barlayer .point > path"))) {
    if (known.has(path.__data__)) path.style.opacity = path.__data__.mo;
  }
}

/**
 * Whether two values of figures are the same.
 * @param {Json} one
 * @param {Json} other
 * @returns {boolean}
 */
export function same(one, other) {
  if (Object.is(one, other)) return true;
  if (!one || !other || typeof one !== "object" || typeof other !== "object" || Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && same(one[name], other[name]));
}
