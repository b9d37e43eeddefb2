// What a card's menu does in the browser alone: save a figure as a file, expand a card to the whole window, copy a
// link.

import { _ } from "./language.js";
import { byId, slots, state } from "./state.js";
import { toast } from "./toast.js";

const HEAD = 36; // height of the title above a figure, in pixels
const MOST_NOTES = 4; // that a picture tells
const NOTE_LINE = 15; // height of a line of them, in pixels
const NOTE_LETTER = 7; // width of a letter of it

/**
 * Save the figure as it is shown, with the title and background of its card, as a PNG file.
 * @param {string} chart
 */
export function savePicture(chart) {
  const slot = state.slots.get(chart);
  const graph = slot?.graph;
  if (!slot || !graph?.element._fullLayout) return;
  const { element } = graph;
  const styles = getComputedStyle(document.documentElement);
  const title = {
    text: (slot.element.querySelector("h3")?.textContent || "").replace(/</g, "&lt;"),
    x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top",
    pad: { t: 12, l: 12 }, font: { size: 15, color: styles.getPropertyValue("--ss-text").trim() }, automargin: false,
  };
  const { t, b } = element._fullLayout._size;
  const notes = notesIn(graph, styles, element.clientWidth, b);
  const layout = {
    ...element.layout,
    title,
    paper_bgcolor: styles.getPropertyValue("--ss-card").trim(),
    shapes: [...(element.layout.shapes || []), ...notes.shapes],
    annotations: [...(element.layout.annotations || []), ...notes.annotations],
    margin: { ...element.layout.margin, t: t + HEAD, b: b + notes.height },
  };
  const size = { width: element.clientWidth, height: element.clientHeight + HEAD + notes.height };
  const options = { format: "png", scale: 2, filename: chart, ...size };
  void window.Plotly?.downloadImage({ data: element.data, layout, config: element._context }, options);
}

/**
 * The marks of notes as a picture has them: a line and a number at each, and what the numbers mean below the figure.
 * @param {Graph} graph
 * @param {CSSStyleDeclaration} styles
 * @param {number} width of the picture
 * @param {number} below what the figure leaves below its axis
 */
function notesIn(graph, styles, width, below) {
  const axis = graph.element._fullLayout?.xaxis;
  const seen = axis?.type === "date" ? graph.marks.filter(({ x }) => axis.d2p(x) >= -1 && axis.d2p(x) <= axis._length + 1) : [];
  const kept = seen.slice(-MOST_NOTES);
  const [text, muted, card] = ["--ss-text", "--ss-muted", "--ss-card"].map((name) => styles.getPropertyValue(name).trim());
  const shapes = kept.map(({ x }) => ({
    type: "line", xref: "x", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: muted, width: 1, dash: "dot" },
  }));
  const numbers = kept.map(({ x }, at) => ({
    xref: "x", x, yref: "paper", y: 1, yanchor: "top", text: String(at + 1), showarrow: false,
    font: { size: 10, color: text }, bgcolor: card, bordercolor: muted,
  }));
  const most = Math.floor(width / NOTE_LETTER);
  const lines = kept.map(({ tip, count }, at) => {
    const line = `${at + 1}: ${tip.split("\n")[0]}${count > 1 ? ` (+${count - 1})` : ""}`;
    return (line.length > most ? `${line.slice(0, most - 1)}…` : line).replace(/</g, "&lt;");
  });
  const told = lines.length ? [{
    xref: "paper", x: 0, xanchor: "left", yref: "paper", y: 0, yanchor: "top", yshift: -below, align: "left",
    text: lines.join("<br>"), showarrow: false, font: { size: 11, color: text },
  }] : [];
  return { shapes, annotations: [...numbers, ...told], height: lines.length ? lines.length * NOTE_LINE + 8 : 0 };
}

/**
 * Expand a card to the whole window, or restore it.
 * @param {string} [chart] the expanded one without
 */
export function expand(chart) {
  const slot = slots().find((each) => (chart ? each.chart === chart : each.element.classList.contains("expanded")));
  if (!slot) return;
  const open = slot.element.classList.toggle("expanded");
  document.body.classList.toggle("has-expanded", open);
  const control = slot.element.querySelector(open ? ".unexpand" : "[data-menu^='card:']");
  if (control instanceof HTMLElement) control.focus();
  window.dispatchEvent(new Event("resize"));
}

/**
 * @param {string} [chart] a link to the page without
 */
export async function copyLink(chart) {
  const address = window.location.href.split("#")[0] + (chart ? `#${chart}` : "");
  if (navigator.clipboard) await navigator.clipboard.writeText(address);
  else copyByHand(address);
  toast(_("Link copied"));
}

/**
 * Take away what changed since the last look, now that it has been read.
 * @param {string} data the data set
 */
export async function dismiss(data) {
  const answer = await fetch("/changes/seen", { method: "POST", body: new URLSearchParams({ data }) }).catch(() => null);
  if (!answer?.ok) {
    toast(_("The server gave no answer. Try again."));
    return;
  }
  byId("since").remove();
  byId("page").focus({ preventScroll: true });
}

/** Hide the hint at the tour in this browser, from now on (assets/first-paint.js). */
export function skipTour() {
  document.documentElement.dataset.tour = "skipped";
  byId("page").focus({ preventScroll: true });
  toast(_("The tour is in the menu “⋯” of this page."));
  try {
    localStorage.setItem("tour", "skipped");
  } catch {
    // Storage may be off or full: it comes back with the next page.
  }
}

/**
 * Copy without the clipboard API, which needs a secure connection.
 * @param {string} text
 */
function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.appendChild(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
