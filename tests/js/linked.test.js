import assert from "node:assert/strict";
import { test } from "node:test";
import { location, server } from "./browser.js";

// A page behind a link: what its HTML says is there before the modules are read.
Object.assign(document.documentElement.dataset, { root: "/shared/abc", only: "/overview", until: "1", fixed: "" });
location.pathname = "/shared/abc/overview";
const made = () => ({ className: "", textContent: "", parts: [], append(...parts) { this.parts.push(...parts); } });
document.createElement = made;
for (const id of ["nav", "bar", "foot", "page"]) {
  document.getElementById(id).replaceChildren = function replace(...children) { this.children = children; };
}

const { keepInside, path, under } = await import("../../assets/js/linked.js");
const { act, ask, look } = await import("../../assets/js/transport.js");
const { state } = await import("../../assets/js/state.js");
const settled = () => new Promise((resolve) => setImmediate(resolve));

function link(href, classes = "", sentence = null) {
  return {
    href,
    querySelector: (css) => (css === ".words" ? sentence : null),
    childNodes: ["text"],
    classList: { contains: (name) => name === classes },
    getAttribute: () => href,
    setAttribute(_, value) { this.href = value; },
    replaceWith(...nodes) { this.replaced = nodes; },
  };
}

test("addresses of the application lie under the link's", () => {
  assert.equal(path(), "/overview");
  assert.equal(under("/overview?data=shop"), "/shared/abc/overview?data=shop");
  assert.equal(under("/shared/abc/overview"), "/shared/abc/overview");
  assert.equal(under("https://elsewhere.example/"), "https://elsewhere.example/");
});

test("links to the same page stay, links to others become what they say, or go", () => {
  const [same, other, story, action, done] = [
    link("/overview?data=shop#kpis"), link("/trends?data=shop"), link("/trends#forecast", "chart-link"),
    link("/customers/at-risk", "chart-link", "Win back 441 customers"), link("/shared/abc/overview"),
  ];
  keepInside({ querySelectorAll: () => [same, other, story, action, done] });
  assert.equal(same.href, "/shared/abc/overview?data=shop#kpis");
  assert.deepEqual(other.replaced, ["text"]);
  assert.deepEqual(story.replaced, []);
  assert.deepEqual(action.replaced, ["Win back 441 customers"]);
  assert.equal(done.replaced, undefined);
});

test("a view that stands still sends no action", () => {
  act({ kind: "clear" });
  assert.equal(server.requests.length, 0);
});

test("what has ended says so, and is not asked for again", async () => {
  state.versions = "v1";
  server.answer = () => ({ status: 410, body: { error: "This link has expired or was ended.", kind: "LinkEnded" } });
  ask();
  await settled();
  assert.equal(server.requests[0].url, "/shared/abc/page");
  const [box] = document.getElementById("page").children;
  assert.equal(box.parts[0].textContent, "This page has ended");
  assert.equal(box.parts[1].textContent, "This link has expired or was ended.");
  assert.deepEqual(document.getElementById("bar").children, []);
  look();
  await settled();
  assert.equal(server.requests.length, 1);
});
