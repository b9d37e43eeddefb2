// The page of a share link or an embedded page (dashboard/sharing): it lies under an address of its own, shows one page,
// and ends. On every other page nothing here does anything.

import { _ } from "./language.js";
import { byId } from "./state.js";

const AGAIN = 60000; // milliseconds between two questions whether the page may still be shown

const { dataset } = document.documentElement;

/** What the addresses of this page begin with; empty on a page of the application itself. */
export const root = dataset.root || "";

/** Whether the view is fixed: clicks change nothing. */
export const fixed = dataset.fixed !== undefined;

let over = false;

/** The path of the page, as the application names it. */
export function path() {
  return window.location.pathname.slice(root.length) || "/";
}

/**
 * An address of the application as this page reaches it.
 * @param {string} href
 */
export function under(href) {
  return root && href.startsWith("/") && !href.startsWith(`${root}/`) ? root + href : href;
}

/**
 * Links in what the server wrote: those to the same page stay within it, those to other pages become their words.
 * @param {ParentNode} place
 */
export function keepInside(place) {
  if (!root) return;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (place.querySelectorAll("a[href^='/']:not([data-out])"))) {
    const href = link.getAttribute("href") || "";
    if (href.startsWith(`${root}/`)) continue;
    if (href.split(/[?#]/)[0] === dataset.only) link.setAttribute("href", under(href));
    else link.replaceWith(...wordsOf(link));
  }
}

/**
 * What a link says that leads nowhere: its sentence where it has one besides the way to a chart, nothing where it is only
 * that way.
 * @param {HTMLAnchorElement} link
 */
function wordsOf(link) {
  const sentence = link.querySelector(".words");
  if (sentence) return [sentence];
  return link.classList.contains("chart-link") ? [] : link.childNodes;
}

/**
 * Show that the page may no longer be shown, instead of what it showed. Nothing is asked for after that.
 * @param {string} text
 */
export function end(text) {
  if (over) return;
  over = true;
  const box = document.createElement("div");
  box.className = "state-box state-absent ended";
  const title = document.createElement("strong");
  title.textContent = root ? _("This page has ended") : _("You are signed out");
  const said = document.createElement("p");
  said.textContent = root ? text : _("Your session has ended.");
  box.append(title, said);
  if (!root) {
    const way = document.createElement("a");
    way.href = window.location.pathname + window.location.search;
    way.textContent = _("Sign in again");
    box.append(way);
  }
  for (const id of ["nav", "bar", "foot"]) byId(id).replaceChildren();
  byId("page").replaceChildren(box);
}

export function isOver() { return over; }

/**
 * Ask now and then, also while nobody does anything, so that what has ended does not stay in sight.
 * @param {() => void} ask
 */
export function watchEnd(ask) {
  if (!root) return;
  const left = () => Number(dataset.until) * 1000 - Date.now();
  const look = () => { if (!over) ask(); };
  setInterval(look, AGAIN);
  const due = left();
  if (due > 0 && due < 2 ** 31) setTimeout(look, due + 1000);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
}
