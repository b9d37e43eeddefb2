// What a page without a data set (dashboard/page/shell.py, standing_page) shares with the others: the theme, questions
// before something is deleted, and where a link leads that asks to sign in first.

import { askFirst } from "./confirming.js";
import { _ } from "./language.js";
import { pointOut } from "./refused.js";
import { follow, toggle } from "./theme.js";

follow(() => {});
// The current tab is in sight also where the row of tabs is longer than the screen is wide.
for (const current of document.querySelectorAll(".company-nav .tabs [aria-current]")) {
  const tab = /** @type {HTMLElement} */ (current);
  const tabs = /** @type {HTMLElement} */ (tab.parentElement);
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}
document.addEventListener("submit", askFirst);
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-copy]"))) {
  button.addEventListener("click", () => void copy(button));
}

/**
 * Copy what the field holds that a button names.
 * @param {HTMLElement} button
 */
async function copy(button) {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector(button.dataset.copy || ""));
  if (!field) return;
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else document.execCommand("copy");
  button.textContent = _("Copied");
}
for (const choice of document.querySelectorAll(".file-choice")) choice.addEventListener("change", () => name(choice));

/**
 * Say which file was chosen, in the place of the browser's own words.
 * @param {Element} choice
 */
function name(choice) {
  const file = /** @type {HTMLInputElement | null} */ (choice.querySelector("input"))?.files?.[0];
  const told = choice.querySelector(".file-name");
  if (told) told.textContent = file ? file.name : _("No file chosen");
}
for (const button of document.querySelectorAll("[data-theme-toggle]")) button.addEventListener("click", toggle);

const fault = /** @type {HTMLElement | null} */ (document.querySelector("main .fault[data-field]"));
if (fault) pointOut(fault);

// A link to a form leads into the field that has to be filled in, after the browser has gone there, which takes the focus
// away.
const asked = document.getElementById(window.location.hash.slice(1))?.querySelector("input[required]");
if (asked instanceof HTMLInputElement) window.addEventListener("load", () => asked.focus());

// A server never sees what stands behind "#", the chart that a link leads to: it goes along with the form here.
const { hash } = window.location;
if (hash) {
  const next = document.querySelector(".signing-in input[name=next]");
  if (next instanceof HTMLInputElement) next.value += hash;
  const provider = document.querySelector('.signing-in a[href^="/oidc/start"]');
  if (provider instanceof HTMLAnchorElement) {
    const target = new URL(provider.href);
    target.searchParams.set("next", `${target.searchParams.get("next")}${hash}`);
    provider.href = target.href;
  }
}
