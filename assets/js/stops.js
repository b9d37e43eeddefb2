// The pages and tabs in their order, as the navigation and the row of tabs of this page have them.

const TABS = ".page-tabs a[href]";
const PAGES = "#nav a.nav-item[href]";

/**
 * Links in the order of reading: the pages, the current one replaced by its tabs where it has some.
 * @returns {HTMLAnchorElement[]}
 */
export function stops() {
  const tabs = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(TABS)]);
  const pages = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(PAGES)]);
  return pages.flatMap((page) => (tabs.length && page.getAttribute("aria-current") === "page" ? tabs : [page]));
}

/**
 * The address of the page or tab this many steps from this one, round and round; empty where there is only this one.
 * @param {number} by
 * @param {HTMLAnchorElement[]} [links]
 */
export function next(by, links = stops()) {
  const here = links.findIndex((link) => link.getAttribute("aria-current") === "page" || link.getAttribute("aria-selected") === "true");
  const found = links[(here + by + links.length) % links.length];
  return links.length > 1 && found ? found.getAttribute("href") || "" : "";
}

/** Name the window after page and tab. On a narrow screen the tabs scroll sideways: the open one comes into the middle. */
export function showTab() {
  const tab = document.querySelector(".page-tab[aria-current]");
  const names = [document.querySelector("#bar h1"), tab].map((element) => element?.textContent);
  document.title = [...names, "Storesight"].filter((name, n, all) => name && all.indexOf(name) === n).join(" · ");
  const row = tab?.parentElement;
  if (!(tab instanceof HTMLElement) || !row) return;
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
