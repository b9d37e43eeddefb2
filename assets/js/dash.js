// What Dash renders: menus, the dialog, grids. Its layout arrives after the page is painted; what is set before that
// waits for it.

/** @type {Array<() => void>} */
const waiting = [];
let ready = false;

/**
 * Call a function now, or as soon as Dash's layout is ready.
 * @param {() => void} next
 */
export function whenReady(next) {
  if (ready) next();
  else waiting.push(next);
}

/**
 * Set properties of a component of Dash.
 * @param {string | object} id
 * @param {Json} props
 */
export function setProps(id, props) {
  whenReady(() => window.dash_clientside.set_props?.(id, props));
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
