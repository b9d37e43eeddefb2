// One line at the bottom of the window, read out by screen readers.

import { byId } from "./state.js";

const SHOWN = 6000; // milliseconds
const SHOWN_WITH_BUTTON = 20000; // what everybody should have to reach a button (WCAG 2.2.1)

/**
 * @param {string} text
 * @param {string} [label] of a button behind the text
 * @param {() => void} [onClick] what the button does
 */
export function toast(text, label, onClick) {
  const line = byId("toast");
  line.textContent = text;
  if (label && onClick) line.append(button(label, () => { line.textContent = ""; onClick(); }));
  const said = line.textContent;
  setTimeout(() => {
    if (line.textContent === said) line.textContent = "";
  }, label ? SHOWN_WITH_BUTTON : SHOWN);
}

/**
 * @param {string} label
 * @param {() => void} onClick
 */
function button(label, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "toast-button";
  made.textContent = label;
  made.addEventListener("click", onClick);
  return made;
}
