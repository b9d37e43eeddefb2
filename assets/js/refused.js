// Why a form was refused stands above it (dashboard/components/refusals.py) and is told again at the field that is wrong,
// which has the focus: to people who hear fields one by one, and to those who see a long form.

/**
 * Point at the field that the words name; where they name none, the words themselves get the focus.
 * @param {HTMLElement} told
 */
export function pointOut(told) {
  const wrong = fields(told.dataset.field || "");
  told.id ||= "fault";
  for (const field of wrong) {
    field.setAttribute("aria-describedby", told.id);
    field.setAttribute("aria-invalid", "true");
  }
  if (wrong.length) wrong[0].closest("form")?.before(told); // in sight together
  else told.tabIndex = -1;
  const first = wrong[0] || told;
  first.focus();
  if ("select" in first) /** @type {HTMLInputElement} */ (first).select(); // what is typed now takes its place
  const show = () => told.scrollIntoView({ block: "center", behavior: "instant" });
  show();
  window.addEventListener("load", show, { once: true }); // what comes above it until then would move it away
}

/**
 * The fields of this name, several for boxes to tick, of the form that was sent: the one whose address is that of the page.
 * @param {string} name
 * @returns {HTMLElement[]}
 */
function fields(name) {
  const sent = [...document.forms].filter((form) => form.method === "post" && new URL(form.action).pathname === window.location.pathname);
  const named = sent.map((form) => [...form.elements].filter((field) => field.getAttribute("name") === name && field.matches("input:not([type=hidden]), select, textarea")));
  return /** @type {HTMLElement[]} */ (named.find((found) => found.length) || []);
}
