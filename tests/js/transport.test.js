import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { element, location, server, timers } from "./browser.js";
import { state, view } from "../../assets/js/state.js";
import { act, look, onAnswer, proceed } from "../../assets/js/transport.js";

/** Answers shown. */
let shown = [];
const settled = () => new Promise((resolve) => setImmediate(resolve));

function slot(chart, near = true) {
  const made = { chart, element: element(), near, view: "", n: -1, digest: `${chart}-digest`, pending: false, graph: null };
  state.slots.set(chart, made);
  return made;
}

beforeEach(() => {
  shown = [];
  server.requests.length = timers.length = state.queue.length = 0;
  server.answer = ({ body }) => ({ status: 200, body: { n: body.n, page: "p", cards: {} } });
  state.slots.clear();
  state.cards.clear();
  Object.assign(state, { pending: null, versions: "v1", page: "p", barView: "" });
  state.barView = view();
  onAnswer((answer) => {
    state.pending = null;
    shown.push(answer);
  });
  console.error = () => {};
});

test("cards in sight that do not show the address are asked for, with what they show", async () => {
  slot("kpis");
  slot("below", false);
  slot("shown").view = view();
  look();
  await settled();
  const { url, body } = server.requests[0];
  assert.equal(url, "/page");
  assert.deepEqual(body.cards, { kpis: "kpis-digest" });
  assert.equal(body.bar_shown, true);
  assert.equal(body.action, null);
  assert.equal(shown.length, 1);
});

test("nothing is asked where everything is shown", () => {
  slot("kpis").view = view();
  look();
  assert.equal(server.requests.length, 0);
});

test("all cards are asked for when the page is printed", () => {
  slot("kpis", false);
  look(true);
  assert.deepEqual(Object.keys(server.requests[0].body.cards), ["kpis"]);
});

test("one action at a time goes to the server, the next when it is answered", async () => {
  act({ kind: "clear" });
  act({ kind: "reset" });
  assert.equal(server.requests.length, 1);
  await settled();
  proceed();
  assert.deepEqual(server.requests.map(({ body }) => body.action.kind), ["clear", "reset"]);
});

test("an answer that is not the last request's is not shown", async () => {
  server.answer = ({ body }) => ({ status: 200, body: { n: body.n - 1, page: "p", cards: {} } });
  act({ kind: "clear" });
  await settled();
  assert.deepEqual(shown, []);
});

test("an answer of which only the head has come when the viewer acts is not shown, and the action's is", async () => {
  slot("kpis");
  let end = () => {};
  server.answer = ({ body: { n } }) => ({ status: 200, body: new Promise((come) => { end = () => come({ n, page: "p", cards: {} }); }) });
  look();
  await settled();
  const endFirst = end;
  act({ kind: "clear" });
  await settled();
  for (const next of [endFirst, end]) next();
  await settled();
  assert.deepEqual(shown.map(({ n }) => n), [state.count]);
  assert.deepEqual(server.requests.at(-1).body.action, { kind: "clear" });
});

test("a request without an answer is sent again with its action", async () => {
  server.answer = () => ({ status: 503, body: {} });
  act({ kind: "clear" });
  await settled();
  const again = timers.find(({ milliseconds }) => milliseconds === 2000);
  again.next(...again.values);
  assert.deepEqual(server.requests[1].body.action, { kind: "clear" });
  assert.ok(server.requests[1].body.n > server.requests[0].body.n);
});

test("an action that the server refuses is not sent again", async () => {
  slot("kpis");
  server.answer = () => ({ status: 400, body: {} });
  act({ kind: "nonsense" });
  await settled();
  const again = timers.find(({ milliseconds }) => milliseconds === 2000);
  again.next(...again.values);
  assert.equal(server.requests[1].body.action, null);
});

test("cards of the page before are not asked for under another page's address", () => {
  slot("kpis").element.closest = () => element({ page: "/overview" });
  location.pathname = "/trends";
  look();
  location.pathname = "/overview";
  assert.deepEqual(server.requests[0].body.cards, {});
});
