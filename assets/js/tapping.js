// A finger cannot rest over a mark: its first tap shows the value as a pointer's hover does, with a button that filters;
// a second tap on the same mark filters too.

import { _ } from "./language.js";
import { toast } from "./toast.js";

let touching = false;
let touches = 0;
let answered = 0; // the touch that was answered last: plotly tells each twice, the second time as a mouse's click
let last = ""; // the mark that was tapped last

document.addEventListener("pointerdown", (event) => {
  touching = event.pointerType === "touch";
  touches += 1;
  if (event.target instanceof Element && !event.target.closest(".graph")) last = "";
}, { capture: true, passive: true });

/** Whether the last press was a finger's. */
export function isTouching() { return touching; }

/**
 * Whether a click on a mark chooses nothing: a finger's first tap shows its value.
 * @param {Element} graph
 * @param {string} mark
 * @param {() => void} choose
 */
export function tapped(graph, mark, choose) {
  if (!touching) return false;
  if (answered === touches) return true;
  answered = touches;
  const value = mark !== last ? shown(graph) : "";
  last = value && mark;
  if (value) toast(value, _("Show only this"), choose);
  return Boolean(value);
}

/**
 * What the hover over a figure says, in a line.
 * @param {Element} graph
 */
function shown(graph) {
  const texts = [...graph.querySelectorAll(".hoverlayer .hovertext text, .hoverlayer .legendtext")];
  const lines = texts.flatMap((text) => {
    const parts = [...text.querySelectorAll("tspan.line")];
    return (parts.length ? parts : [text]).map((part) => part.textContent?.trim());
  });
  return [...new Set(lines)].filter(Boolean).join(" · ");
}
