// The whole of a name that an axis shows cut: as a tooltip of its label. A hover over its mark tells it too.

const LABELS = /** @type {Array<[string, string]>} */ ([["xaxis", ".xtick text"], ["yaxis", ".ytick text"]]);
const SVG = "http://www.w3.org/2000/svg";

/**
 * Give the labels of a figure that were cut the names that they stand for.
 * @param {PlotlyElement} plot
 */
export function nameLabels(plot) {
  for (const [axis, css] of LABELS) {
    const { names, ticktext } = plot.layout?.[axis] || {};
    if (!names) continue;
    const whole = new Map(ticktext.map((/** @type {string} */ text, /** @type {number} */ i) => [text, names[i]]));
    for (const label of /** @type {NodeListOf<SVGTextElement>} */ (plot.querySelectorAll(css))) {
      const shown = label.dataset.unformatted || label.textContent || "";
      const name = whole.get(shown);
      if (!name || !shown.includes("…")) continue;
      const title = label.querySelector("title") || label.appendChild(document.createElementNS(SVG, "title"));
      title.textContent = name;
      label.style.pointerEvents = "all";
    }
  }
}
