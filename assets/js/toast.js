// One line at the bottom of the window, read out by screen readers.

import { byId } from "./state.js";

const SHOWN = 6000; // milliseconds

/** @param {string} text */
export function toast(text) {
  const line = byId("toast");
  line.textContent = text;
  setTimeout(() => {
    if (line.textContent === text) line.textContent = "";
  }, SHOWN);
}
