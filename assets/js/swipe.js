// Swiping from one tab of a page to the next. Only where nothing else follows a finger: not over a chart, not where
// something is scrolled sideways. The style sheet leaves sideways gestures to this (`touch-action`).

const FAR = 56; // pixels
const QUICK = 800; // milliseconds
const FLAT = 2; // times as far to the side as up or down
const OWN = ".graph, .note-marks, input, select, textarea, dialog, #panel, .controls, .rail";

/** Where a finger went down. @type {{ id: number, x: number, y: number, at: number } | null} */
let start = null;

/**
 * Follow fingers on the page.
 * @param {(href: string) => void} turn goes to an address
 */
export function listen(turn) {
  document.addEventListener("pointerdown", (event) => {
    const first = event.pointerType === "touch" && event.isPrimary && event.target instanceof Element && isFree(event.target);
    start = first ? { id: event.pointerId, x: event.clientX, y: event.clientY, at: event.timeStamp } : null;
  }, { passive: true });
  document.addEventListener("pointercancel", () => { start = null; });
  document.addEventListener("pointerup", (event) => {
    const from = start;
    start = null;
    if (!from || from.id !== event.pointerId) return;
    const by = direction(event.clientX - from.x, event.clientY - from.y, event.timeStamp - from.at);
    const href = by && neighbour(by);
    if (href) turn(href);
  });
}

/**
 * Which way a finger went: 1 to the next tab (it moved to the left), -1 to the one before, 0 for anything but a swipe.
 * @param {number} x pixels to the right
 * @param {number} y pixels down
 * @param {number} time milliseconds
 */
export function direction(x, y, time) {
  if (time > QUICK || Math.abs(x) < FAR || Math.abs(x) < FLAT * Math.abs(y)) return 0;
  return x < 0 ? 1 : -1;
}

/**
 * Whether nothing at this place follows a finger itself: a chart, a field, or what is scrolled sideways.
 * @param {Element} target
 */
function isFree(target) {
  if (target.closest(OWN) || !target.closest(".column")) return false;
  for (let place = /** @type {Element | null} */ (target); place && place !== document.body; place = place.parentElement) {
    if (place.scrollWidth > place.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(place).overflowX)) return false;
  }
  return true;
}

/**
 * The address of the tab this many steps from this one; empty at the ends, and where there is one tab alone.
 * @param {number} by
 */
function neighbour(by) {
  const links = [...document.querySelectorAll(".page-tabs a[href]")];
  const here = links.findIndex((link) => link.getAttribute("aria-current") === "page");
  return (here >= 0 && links[here + by]?.getAttribute("href")) || "";
}
