// What is requested before somebody clicks, and which click uses it.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { element, location, server, timers } from "./browser.js";

const listeners = {};
globalThis.document.addEventListener = (name, listener) => { listeners[name] = listener; };
globalThis.window.addEventListener = (name, listener) => { listeners[name] = listener; };
globalThis.clearTimeout = (number) => { if (timers[number - 1]) timers[number - 1].next = () => {}; };
let now = 0;
globalThis.performance.now = () => now;
const { state, view } = await import("../../assets/js/state.js");
const { leave, rest } = await import("../../assets/js/early.js");
const { act, onAnswer } = await import("../../assets/js/transport.js");
window.setTimeout = globalThis.setTimeout;

const BOSTON = { kind: "mark", chart: "top_places", values: ["US/MA/Boston"], toggle: false };
const other = (place) => ({ ...BOSTON, values: [place] });
const settled = () => new Promise((resolve) => setImmediate(resolve));
const move = () => listeners.pointermove();
const press = (more = {}) => listeners.pointerdown({ button: 0, pointerType: "mouse", ...more });
let shown = [];

/** The pointer comes to a mark and stays there long enough. */
function stay(action) {
  move();
  rest(action);
  timers.at(-1).next(...timers.at(-1).values);
}

beforeEach(async () => {
  act({ kind: "clear" }); // nothing is left of another test
  await settled();
  now += 1e6;
  shown = [];
  server.requests.length = timers.length = state.queue.length = 0;
  server.answer = ({ body }) => ({ status: 200, body: { n: body.n, page: "p", cards: { kpis: { digest: "new" }, trend: {} } } });
  state.slots.clear();
  Object.assign(state, { pending: null, versions: "v1", page: "p", count: 7 });
  location.search = "?data=demo";
  state.barView = view();
  for (const chart of ["kpis", "trend"]) state.slots.set(chart, { chart, element: element(), near: true, view: "", n: -1, digest: "old", pending: false, graph: null });
  onAnswer((answer) => { state.pending = null; shown.push(answer); });
  rest(BOSTON);
  press();
  act(BOSTON);
  await settled();
  assert.deepEqual(server.requests.map(({ body }) => body.early), [true]);
  assert.equal(shown.length, 1, "a press is enough, and its click allows more");
  shown = [];
  server.requests.length = 0;
});

test("the click that was awaited is answered without another request, under its own number", async () => {
  stay(BOSTON);
  await settled();
  assert.deepEqual(server.requests.map(({ body }) => [body.n, body.early, body.action]), [[0, true, BOSTON]]);
  act(BOSTON);
  assert.equal(state.slots.get("kpis").element.dataset.loading, undefined);
  await settled();
  assert.equal(server.requests.length, 1);
  assert.deepEqual(shown.map(({ n }) => n), [state.count]);
});

test("an answer that has not come when the click comes is awaited", async () => {
  let come = () => {};
  server.answer = () => ({ status: 200, body: new Promise((found) => { come = () => found({ n: 0, page: "p", cards: {} }); }) });
  stay(BOSTON);
  act(BOSTON);
  await settled();
  assert.deepEqual([server.requests.length, shown.length], [1, 0]);
  come();
  await settled();
  assert.equal(shown.length, 1);
});

test("any other click, address, version or age has an answer of its own", async () => {
  const changes = [
    () => other("US/ME/Portland"), () => ({ ...BOSTON, toggle: true }),
    () => { location.href += "&x=1"; return BOSTON; }, () => { state.versions = "v2"; return BOSTON; },
    () => { state.page = "q"; return BOSTON; }, () => { now += 6000; return BOSTON; },
    () => { state.slots.get("trend").digest = "another"; return BOSTON; }, // which came empty
  ];
  for (const change of changes) {
    stay(BOSTON);
    await settled();
    const before = server.requests.length;
    act(change());
    await settled();
    assert.equal(server.requests.length, before + 1, String(change));
    assert.equal(server.requests.at(-1).body.early, undefined);
    state.slots.get("trend").digest = "old";
    state.pending = null;
  }
  location.href = "http://shop/overview?data=demo";
});

test("no answer is kept while somebody is in another window", async () => {
  for (const moment of ["blur", "focus"]) {
    stay(BOSTON);
    await settled();
    listeners[moment]();
    const before = server.requests.length;
    act(BOSTON);
    await settled();
    assert.equal(server.requests.length, before + 1, moment);
    state.pending = null;
  }
});

test("where the server gives none, the click asks itself", async () => {
  const answers = { refused: { status: 204, body: {} }, failed: { status: 500, body: {} } };
  for (const answer of Object.values(answers)) {
    server.answer = ({ body }) => (body.early ? answer : { status: 200, body: { n: body.n, page: "p", cards: {} } });
    stay(BOSTON);
    act(BOSTON);
    await settled();
    assert.equal(server.requests.at(-1).body.early, undefined);
    await settled();
  }
  assert.equal(shown.length, 2);
});

test("nothing is requested for a mark that the pointer only crosses, or that came under it", () => {
  move();
  rest(BOSTON);
  leave();
  timers.at(-1).next(...timers.at(-1).values);
  act({ kind: "clear" });
  const before = timers.length;
  rest(BOSTON); // drawn under the pointer, which has not moved since the click
  assert.equal(timers.length, before);
  assert.equal(server.requests.filter(({ body }) => body.early).length, 0);
});

test("who reads many marks has nothing more requested, until a press", async () => {
  for (const place of ["a", "b", "c", "d", "e", "f", "g", "h"]) {
    move();
    rest(other(place));
    timers.at(-1).next(...timers.at(-1).values);
  }
  const asked = () => server.requests.filter(({ body }) => body.early).map(({ body }) => body.action);
  assert.equal(asked().length, 5);
  press({ pointerType: "touch" });
  press({ button: 2 });
  assert.equal(asked().length, 5);
  press({ shiftKey: true });
  assert.deepEqual(asked().at(-1), { ...other("h"), toggle: true });
  await settled();
});

test("nothing is requested while an action is under way", () => {
  act({ kind: "clear" });
  stay(BOSTON);
  assert.equal(server.requests.filter(({ body }) => body.early).length, 0);
});
