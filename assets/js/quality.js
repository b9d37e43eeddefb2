// The quality page (dashboard/web/quality.py): a button reads a data set in another way, or puts back the version before.

import { _ } from "./language.js";
import { byId } from "./state.js";
import { ended, send } from "./uploading.js";

for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-fix]"))) {
  const { fix, field, name } = button.dataset;
  button.addEventListener("click", () => void run(`/uploads/sets/${name}/change`, { fix, field }, _("Reading the files again")));
}
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-undo]"))) {
  const address = `/uploads/sets/${button.dataset.undo}/undo`;
  button.addEventListener("click", () => void run(address, {}, _("Putting back the version before")));
}

/**
 * Start a task, wait for it, and show the page as it is then.
 * @param {string} address
 * @param {object} body
 * @param {string} doing
 */
async function run(address, body, doing) {
  say(`${doing} …`);
  try {
    const begun = await send(address, body);
    const last = await ended(begun, begun.id);
    if (last.stage === "loaded") window.location.replace(window.location.pathname);
    else say(last.message, true);
  } catch (fault) {
    say(/** @type {Error} */ (fault).message, true);
  }
}

/**
 * @param {string} told
 * @param {boolean} [failed]
 */
function say(told, failed = false) {
  const line = byId("progress");
  line.textContent = told;
  line.classList.toggle("failed", failed);
  line.scrollIntoView({ block: "center" });
}
