// A hover leaves the axis below the plot alone: where it would lie over its labels, it stands higher.

/** The layers that are watched already. @type {WeakSet<Element>} */
const watched = new WeakSet();

/**
 * Watch what plotly writes over a figure. Called after each drawing, since plotly may have made its layers again.
 * @param {PlotlyElement} plot
 */
export function watchHovers(plot) {
  const layer = plot.querySelector(".hoverlayer");
  if (!layer || watched.has(layer)) return;
  watched.add(layer);
  new MutationObserver(() => raise(plot, layer)).observe(layer, { childList: true });
}

/**
 * @param {PlotlyElement} plot
 * @param {Element} layer
 */
function raise(plot, layer) {
  const { xaxis, yaxis } = plot._fullLayout || {};
  if (!xaxis?.showticklabels || xaxis.side !== "bottom" || !yaxis) return;
  const frame = plot.getBoundingClientRect();
  const floor = frame.top + yaxis._offset + yaxis._length;
  for (const label of /** @type {NodeListOf<SVGGElement>} */ (layer.querySelectorAll(".hovertext"))) {
    label.style.translate = "";
    const box = label.getBoundingClientRect();
    const over = Math.min(box.bottom - floor, box.top - frame.top);
    if (over > 0) label.style.translate = `0 ${-Math.ceil(over)}px`;
  }
}
