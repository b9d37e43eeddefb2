// As much of a browser as the modules under test touch. Import it before them.

/** Requests that were sent, and what answers them. */
export const server = { requests: [], answer: () => ({ status: 200, body: {} }) };
export const timers = [];

const elements = new Map([["messages", null]]);  // in English the page holds none

/** An element with a data set, and no place in a document. */
export function element(dataset = {}) {
  return { dataset, textContent: "", style: {}, classList: { toggle() {} }, closest: () => null, querySelector: () => null };
}

const COLOURS = { "--ss-accent": "#102030", "--ss-text": "#ffffff", "--ss-seq": "#000000 #808080 #ffffff", "--ss-font": "Sans" };
export const location = { pathname: "/overview", search: "?data=demo", href: "http://shop/overview?data=demo" };

globalThis.window = {
  location,
  innerWidth: 1440,
  matchMedia: () => ({ matches: false, addEventListener() {} }),
  addEventListener() {},
};
globalThis.document = {
  documentElement: element(),
  forms: [],
  addEventListener() {},
  getElementById(id) {
    if (!elements.has(id)) elements.set(id, element());
    return elements.get(id);
  },
  // A canvas that takes every letter to be six pixels wide.
  createElement: () => ({ getContext: () => ({ measureText: (text) => ({ width: 6 * text.length }) }) }),
};
globalThis.getComputedStyle = () => ({ getPropertyValue: (name) => COLOURS[name] || "" });
globalThis.fetch = async (url, { body }) => {
  server.requests.push({ url, body: JSON.parse(body) });
  const { status, body: found } = server.answer(server.requests.at(-1));
  return { ok: status < 400, status, json: async () => found };
};
globalThis.setTimeout = (next, milliseconds, ...values) => timers.push({ next, milliseconds, values });
