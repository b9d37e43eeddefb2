// Which periods of a time axis a drag selects: those whose marks light up, since bars stand in the middle of what is seen
// and a drag begins and ends next to them.

/**
 * The first and the last day of the marks between two places of the axis; where there is none, the day of the mark
 * nearest to their middle. Without marks the places themselves.
 * @param {Json[]} traces of the figure; `x`: ISO days or hours
 * @param {[unknown, unknown]} ends as plotly gives them: "2025-02-16 03:12:11.5"
 * @returns {[string, string]}
 */
export function dragged(traces, ends) {
  const [from, to] = ends.map(time).sort((a, b) => a - b);
  const marks = traces.flatMap((trace) => Array.from(trace.x || [], time)).filter(Number.isFinite).sort((a, b) => a - b);
  const inside = marks.filter((mark) => from <= mark && mark <= to);
  if (inside.length) return [day(inside[0]), day(inside[inside.length - 1])];
  const middle = (from + to) / 2;
  const nearest = marks.reduce((best, mark) => (Math.abs(mark - middle) < Math.abs(best - middle) ? mark : best), marks[0]);
  return nearest === undefined ? [day(from), day(to)] : [day(nearest), day(nearest)];
}

/** @param {unknown} place a day, an hour ("2025-02-16T03") or a moment */
function time(place) {
  const text = String(place).replace(" ", "T");
  return Date.parse(`${/T\d\d$/.test(text) ? `${text}:00` : text}${text.includes("T") ? "Z" : ""}`);
}

/** @param {number} moment */
function day(moment) { return new Date(moment).toISOString().slice(0, 10); }
