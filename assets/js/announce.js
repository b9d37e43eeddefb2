// What an action changed, for people who do not see it: a line that screen readers read out once all charts are there.

import { _ } from "./language.js";
import { byId } from "./state.js";

/** Charts that were drawn since the action; null while nothing is to be told. @type {Set<string> | null} */
let updated = null;

/** From here on, charts are counted: somebody filtered, or chose other dates. */
export function expect() { updated = new Set(); }

/**
 * Charts that were drawn again.
 * @param {string[]} charts
 */
export function count(charts) {
  for (const chart of charts) updated?.add(chart);
}

/**
 * Say how many there were, if all that are in sight are there.
 * @param {boolean} complete
 */
export function tell(complete) {
  if (!updated || !complete) return;
  const number = updated.size;
  updated = null;
  byId("announced").textContent = _("{charts:chart|charts} updated", { charts: number });
}
