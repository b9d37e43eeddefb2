// Which filters came from clicks on marks. Escape clears these; what was chosen in a menu stays.

import { state } from "./state.js";

/** Fields that a click on a mark, or on its row in the chart's table, filters, until a menu or a chip says something about them. @type {Set<string>} */
const fields = new Set();

/**
 * Remember what an action means for this.
 * @param {Action} action
 */
export function note(action) {
  if (action.kind === "mark" || action.kind === "marks") {
    for (const field of state.cards.get(String(action.chart))?.emits || []) if (field !== "period") fields.add(field);
  } else if (ofList(action)) fields.add(String(action.field)); // a list
  else if (action.kind === "clear" && !action.fields) fields.clear();
  else if (action.kind === "reset" || action.kind === "data") fields.clear();
  else if (action.field) fields.delete(String(action.field));
}

/** The fields with a filter in the address that came from a mark. @returns {string[]} */
export function crossFiltered() {
  const query = new URLSearchParams(window.location.search);
  return [...fields].filter((field) => query.has(field));
}

/**
 * Whether an action is a click on a line of a chart's table or list.
 * @param {Action} action
 */
function ofList(action) { return ["toggle", "only"].includes(action.kind) && Boolean(action.field && action.chart); }
