// What cannot be taken back is asked about first: a button whose data-confirm holds the question sends its form only
// after "yes". Without this script it sends at once, as the server needs no question.

import { _ } from "./language.js";

const CANCEL = _("Cancel");

/**
 * Ask before a form is sent; true where it waits for the answer.
 * @param {SubmitEvent} event
 */
export function askFirst(event) {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const question = button?.dataset.confirm;
  if (!button || !question || button.dataset.confirmed) return false;
  event.preventDefault();
  ask(question, button.textContent || "", () => {
    button.dataset.confirmed = "yes"; // not asked again where this send is repeated
    /** @type {HTMLFormElement} */ (event.target).requestSubmit(button);
  });
  return true;
}

/**
 * A question in a dialog. Escape, and a click outside it, mean no.
 * @param {string} question
 * @param {string} deed the text of the button that was used
 * @param {() => void} then
 */
function ask(question, deed, then) {
  const dialog = document.createElement("dialog");
  const form = document.createElement("form");
  const text = document.createElement("p");
  dialog.className = "confirm";
  form.method = "dialog";
  text.id = "confirm-question";
  text.textContent = question;
  dialog.setAttribute("aria-labelledby", text.id);
  form.append(text, choice(CANCEL, "", "menu-button"), choice(deed, "yes", "menu-button deed"));
  dialog.append(form);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(""); });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "yes") then();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {string} text
 * @param {string} value
 * @param {string} look
 */
function choice(text, value, look) {
  const button = document.createElement("button");
  button.value = value;
  button.className = look;
  button.textContent = text;
  return button;
}
