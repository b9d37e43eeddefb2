// What Dash renders: menus, the dialog, grids. Its scripts, which the page names, are read when its charts are painted,
// or as soon as somebody needs them; what is set before its layout is there waits for it.

/** @type {Array<() => void>} */
const waiting = [];
let ready = false;
let started = false;

/** The script of grids, once one is shown. @type {Promise<unknown> | null} */
let grids = null;

/** Read Dash's scripts and let it render. */
export function start() {
  if (started) return;
  started = true;
  void Promise.all([added("first"), parsed()]).then(() => new window.DashRenderer());
}

/** The place that Dash renders into stands at the end of the page, and the scripts may be in the browser's cache. */
function parsed() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => { document.addEventListener("DOMContentLoaded", resolve, { once: true }); });
}

/**
 * Read scripts of a kind that the page names (dashboard/page/shell.py), in their order and after those before them.
 * @param {string} kind
 */
function added(kind) {
  const named = /** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll(`script[data-dash="${kind}"]`));
  return Promise.all([...named].map(({ src }) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src, async: false, onload: resolve, onerror: reject });
    document.head.append(script);
  })));
}

/**
 * Call a function now, or as soon as Dash's layout is ready.
 * @param {() => void} next
 */
export function whenReady(next) {
  start();
  onceReady(next);
}

/**
 * The same, but Dash is not started for it.
 * @param {() => void} next
 */
function onceReady(next) {
  if (ready) next();
  else waiting.push(next);
}

/**
 * The same, when grids can be shown.
 * @param {() => void} next
 */
export function withGrids(next) {
  start();
  grids ??= added("grid");
  void grids.then(() => whenReady(next));
}

/**
 * Set properties of a component of Dash.
 * @param {string | object} id
 * @param {Json} props
 */
export function setProps(id, props) {
  whenReady(() => window.dash_clientside.set_props?.(id, props));
}

/** Have Dash ask whether the data have changed while the page is in sight (dashboard/page/shell.py), and when it comes back. */
export function pollInSight() {
  function poll() {
    setProps("poll", document.hidden ? { disabled: true } : { disabled: false, n_intervals: Date.now() });
  }
  document.addEventListener("visibilitychange", () => onceReady(poll));
  if (document.hidden) onceReady(poll);
}

/**
 * Register functions that Dash calls (dashboard/page/callbacks.py). The first call of any of them says that the layout
 * is there.
 * @param {Record<string, (...values: Json[]) => void>} functions
 */
export function register(functions) {
  /** @type {Record<string, (...values: Json[]) => unknown>} */
  const registered = {};
  for (const [name, called] of Object.entries(functions)) {
    registered[name] = (...values) => {
      becomeReady();
      called(...values);
      return window.dash_clientside.no_update;
    };
  }
  window.dash_clientside.storesight = registered;
  for (const [name, values] of window.storesightCalls.splice(0)) registered[name](...values);
}

function becomeReady() {
  if (ready) return;
  // Dash is still running its own callback; run the waiting calls after it.
  setTimeout(() => {
    ready = true;
    for (const next of waiting.splice(0)) next();
  }, 0);
}

// A component that shows its children inside a card (dashboard/page/cards.py): the cards are the server's HTML, a grid
// is Dash's.
window.storesight = {
  /** @param {Json} props */
  Portal(props) {
    const place = document.querySelector(`.tile-slot[data-chart="${props.chart}"] .tile-body`);
    return place && window.ReactDOM.createPortal(props.children, place);
  },
};
