// Notes as marks on the time axis of a figure: buttons over it, so that they move nothing. Hovering tells the notes, a
// click opens them in a menu (dashboard/notes/marks.py).

import { _ } from "./language.js";

/**
 * Put a figure's marks where its axis has their days, and take away those of before.
 * @param {Graph} graph
 * @param {string} chart
 */
export function placeMarks(graph, chart) {
  const body = graph.element.parentElement;
  const drawn = graph.element._fullLayout;
  body?.querySelector(".note-marks")?.remove();
  if (!body || !graph.marks.length || drawn?.xaxis?.type !== "date" || drawn.yaxis2) return; // small multiples have no room
  const layer = document.createElement("div");
  layer.className = "note-marks";
  const { xaxis, yaxis } = drawn;
  layer.style.left = `${graph.element.offsetLeft + xaxis._offset}px`;
  layer.style.top = `${graph.element.offsetTop + yaxis._offset}px`;
  layer.style.width = `${xaxis._length}px`;
  layer.style.height = `${yaxis._length}px`;
  for (const mark of graph.marks) {
    const place = xaxis.d2p(mark.x);
    const end = xaxis.d2p(mark.end);
    if (!(place >= -1 && place <= xaxis._length + 1)) continue;
    layer.append(...spanned(place, Math.min(end, xaxis._length)), button(mark, chart, place, xaxis._length));
  }
  body.append(layer);
}

/**
 * A line along the axis for notes of more than one place on it.
 * @param {number} place
 * @param {number} end
 */
function spanned(place, end) {
  if (!(end > place)) return [];
  const line = document.createElement("div");
  line.className = "note-span";
  line.style.left = `${place}px`;
  line.style.width = `${end - place}px`;
  return [line];
}

/**
 * @param {Mark} mark
 * @param {string} chart
 * @param {number} place
 * @param {number} width
 */
function button(mark, chart, place, width) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "note-mark";
  made.dataset.menu = `notes:${chart}:${mark.days}`;
  made.dataset.tip = mark.tip;
  made.dataset.side = place > width / 2 ? "left" : "right";
  made.textContent = mark.count > 1 ? String(mark.count) : "";
  made.setAttribute("aria-haspopup", "true");
  made.setAttribute("aria-expanded", "false");
  made.setAttribute("aria-label", _("{name}: {value}", { name: _("{notes:note|notes}", { notes: mark.count }), value: mark.tip }));
  made.style.left = `${place}px`;
  return made;
}
