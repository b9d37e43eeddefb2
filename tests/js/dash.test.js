import assert from "node:assert/strict";
import test from "node:test";

test("a page that is opened out of sight does not start Dash", async () => {
  const read = [];
  const set = [];
  Object.assign(globalThis, {
    window: { storesightCalls: [], dash_clientside: { set_props: (...given) => set.push(given) } },
    document: {
      hidden: true,
      readyState: "complete",
      querySelectorAll: () => [{ src: "/renderer.js" }],
      createElement: () => ({}),
      head: { append: (script) => read.push(script) },
      addEventListener() {},
    },
  });
  const { pollInSight, register } = await import("../../assets/js/dash.js?out-of-sight");
  pollInSight();
  assert.deepEqual(read, []);
  register({ versions() {} });
  window.dash_clientside.storesight.versions(); // as Dash does, once it is started
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(set, [["poll", { disabled: true }]]);
});

test("Dash renders when the page is parsed, however soon its scripts come", async () => {
  const heard = new Map();
  let rendered = 0;
  Object.assign(globalThis, {
    window: { DashRenderer: class { constructor() { rendered += 1; } } },
    document: {
      readyState: "loading",
      querySelectorAll: () => [{ src: "/renderer.js" }],
      createElement: () => ({}),
      head: { append: (script) => queueMicrotask(() => script.onload()) },
      addEventListener: (name, call) => heard.set(name, call),
    },
  });
  const { start } = await import("../../assets/js/dash.js");
  start();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(rendered, 0, "the place that it renders into is not there yet");
  heard.get("DOMContentLoaded")();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(rendered, 1);
});
