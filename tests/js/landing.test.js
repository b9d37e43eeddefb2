// Where the page is scrolled to by the chart that an address names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { location, server } from "./browser.js";

const { land } = await import("../../assets/js/landing.js");

test("what stands behind the number sign and is no name leaves the page at its beginning", () => {
  for (const hash of ["#%", "#50%", "#%E0%A4%A", "#", ""]) {
    location.hash = hash;
    assert.doesNotThrow(land, hash);
  }
  assert.equal(server.requests.length, 0, "nothing is asked for");
});
