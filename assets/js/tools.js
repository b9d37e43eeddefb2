// What a card's menu does in the browser alone: save a figure as a file, expand a card to the whole window, copy a
// link.

import { byId, slots, state } from "./state.js";
import { toast } from "./toast.js";

const HEAD = 36; // height of the title above a figure, in pixels

/**
 * Save the figure as it is shown, with the title and background of its card, as a PNG file.
 * @param {string} chart
 */
export function savePicture(chart) {
  const slot = state.slots.get(chart);
  const element = slot?.graph?.element;
  if (!slot || !element?._fullLayout) return;
  const styles = getComputedStyle(document.documentElement);
  const title = {
    text: (slot.element.querySelector("h3")?.textContent || "").replace(/</g, "&lt;"),
    x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top",
    pad: { t: 12, l: 12 }, font: { size: 15, color: styles.getPropertyValue("--ss-text").trim() }, automargin: false,
  };
  const layout = {
    ...element.layout,
    title,
    paper_bgcolor: styles.getPropertyValue("--ss-card").trim(),
    margin: { ...element.layout.margin, t: element._fullLayout._size.t + HEAD },
  };
  const size = { width: element.clientWidth, height: element.clientHeight + HEAD };
  const options = { format: "png", scale: 2, filename: chart, ...size };
  void window.Plotly?.downloadImage({ data: element.data, layout, config: element._context }, options);
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
  toast("Link copied");
}

/**
 * Take away what changed since the last look, now that it has been read.
 * @param {string} data the data set
 */
export async function dismiss(data) {
  const answer = await fetch("/changes/seen", { method: "POST", body: new URLSearchParams({ data }) }).catch(() => null);
  if (!answer?.ok) {
    toast("The server gave no answer. Try again.");
    return;
  }
  byId("since").remove();
  byId("page").focus({ preventScroll: true });
}

/** Hide the hint at the tour in this browser, from now on (assets/first-paint.js). */
export function skipTour() {
  document.documentElement.dataset.tour = "skipped";
  byId("page").focus({ preventScroll: true });
  toast("The tour is in the menu “⋯” of this page.");
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
