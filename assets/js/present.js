// Presentation: pages and tabs one after the other on the whole screen, larger and without menus, as for a screen on the wall.
// The address keeps it (`present=30`, seconds), so that such a screen begins by itself. New data show by themselves.

import { _ } from "./language.js";
import { stops } from "./stops.js";

const SECONDS = 30;
const LEAST = 5;
const MOST = 3600;
const SHOWN = 4000; // milliseconds that the line of controls stays after the pointer or a key was used
const STEP = 40; // pixels: the page has ended where it does not move further
const SKIPPED = "/reconciliation"; // a page to work with

let seconds = SECONDS;
let paused = false;
let timer = 0;
let hiding = 0;
/** @type {(href: string) => void} */
let turnTo = () => {};
/** @type {HTMLElement | null} */
let line = null;

/** @type {Record<string, () => void>} */
const KEYS = { " ": pause, ArrowRight: () => turn(1), PageDown: () => turn(1), ArrowLeft: () => turn(-1), PageUp: () => turn(-1), Escape: leave, f: fill, F: fill };

/**
 * Begin.
 * @param {(href: string) => void} turn goes to an address
 * @param {number} [each] seconds that each screen is shown
 */
export function start(turn, each) {
  if (document.body.classList.contains("presenting")) return;
  turnTo = turn;
  seconds = Math.min(MOST, Math.max(LEAST, Math.round(each || SECONDS)));
  paused = false;
  document.body.classList.add("presenting");
  note(String(seconds));
  if (!each) fill(); // the browser fills the screen only after a click or a key
  line ??= build();
  document.body.append(line);
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("pointermove", wake);
  document.addEventListener("fullscreenchange", left);
  window.dispatchEvent(new Event("resize"));
  tell();
  again();
}

function leave() {
  clearTimeout(timer);
  document.body.classList.remove("presenting");
  line?.remove();
  note("");
  document.removeEventListener("keydown", pressed, true);
  document.removeEventListener("pointermove", wake);
  document.removeEventListener("fullscreenchange", left);
  if (document.fullscreenElement) void document.exitFullscreen();
  window.dispatchEvent(new Event("resize"));
}

/** Keep it in the address, or take it out. @param {string} value */
function note(value) {
  const address = new URL(window.location.href);
  if (value) address.searchParams.set("present", value);
  else address.searchParams.delete("present");
  const href = address.pathname + address.search + address.hash;
  if (href !== window.location.pathname + window.location.search + window.location.hash) window.history.replaceState(window.history.state, "", href);
}

function fill() {
  if (!document.fullscreenElement) void document.documentElement.requestFullscreen?.().catch(() => {}); // it may be forbidden: then the window has to do
}

/** Escape leaves the whole screen without telling the page of the key. */
function left() { if (!document.fullscreenElement) leave(); }

/** @param {KeyboardEvent} event */
function pressed(event) {
  const meaning = KEYS[event.key];
  if (!meaning || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  wake();
  meaning();
}

function pause() {
  paused = !paused;
  tell();
  again();
}

function again() {
  clearTimeout(timer);
  if (!paused) timer = window.setTimeout(() => turn(1), seconds * 1000);
}

/**
 * The next or the last screenful of this page; after its end the next page.
 * @param {number} by
 */
function turn(by) {
  const before = window.scrollY;
  window.scrollTo({ top: by > 0 ? nextTop() : Math.max(0, before - window.innerHeight), behavior: "instant" });
  if (Math.abs(window.scrollY - before) < STEP) onward(by);
  tell();
  again();
}

/** Where the first card begins that is not wholly in sight. */
function nextTop() {
  const cut = [...document.querySelectorAll(".tile-slot")].map((card) => card.getBoundingClientRect()).find((box) => box.bottom > window.innerHeight + 4 && box.top > 40);
  return window.scrollY + (cut ? cut.top - 12 : window.innerHeight);
}

/** @param {number} by */
function onward(by) {
  const links = stops().filter((link) => !link.pathname.startsWith(SKIPPED));
  const here = links.findIndex((link) => link.getAttribute("aria-current") === "page");
  const found = links[(here + by + links.length) % links.length];
  if (!found || links.length < 2) {
    window.scrollTo({ top: 0, behavior: "instant" });
    return;
  }
  const address = new URL(found.href);
  address.searchParams.set("present", String(seconds));
  address.hash = "";
  turnTo(address.pathname + address.search);
}

function build() {
  const made = document.createElement("div");
  made.className = "presenting-line";
  /** @type {Array<[string, string, () => void]>} */
  const buttons = [["‹", _("Back"), () => turn(-1)], ["", _("Pause"), pause], ["›", _("Next"), () => turn(1)], ["×", _("Leave"), leave]];
  for (const [text, label, doing] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", doing);
    made.append(button);
  }
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  made.append(told);
  return made;
}

function tell() {
  if (!line) return;
  const [, hold] = line.querySelectorAll("button");
  hold.textContent = paused ? "▶" : "❚❚";
  hold.setAttribute("aria-label", paused ? _("Go on") : _("Pause"));
  const told = /** @type {HTMLElement} */ (line.querySelector("span"));
  told.textContent = paused ? _("Paused. Space goes on, Esc leaves.") : _("Every {seconds} seconds. Space pauses, ← → turn, F fills the screen, Esc leaves.", { seconds });
  wake();
}

/** Show the line of controls for a while. */
function wake() {
  line?.classList.remove("resting");
  clearTimeout(hiding);
  hiding = window.setTimeout(() => line?.classList.add("resting"), SHOWN);
}
