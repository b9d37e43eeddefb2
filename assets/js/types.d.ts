// Types that several modules share. Nothing here is served.

/** What a viewer did, as the server reads it (dashboard/actions.py), or as the browser handles it alone. */
interface Action { kind: string; [name: string]: unknown }

/** What an open page asks for: dashboard/page/protocol.py. */
interface PageRequest {
  n: number;
  href: string;
  action: Action | null;
  page: string;
  bar_shown: boolean;
  cards: Record<string, string>;
  early?: boolean;
}

interface PageAnswer {
  n: number;
  page: string;
  cards: Record<string, Partial<Card>>;
  href?: string;
  toast?: string;
  nav?: string;
  bar?: string;
  foot?: string;
  body?: string;
  versions?: string;
}

/** One chart's card for a selection, as dashboard/page/cards.py makes it. */
interface Card {
  state: "ok" | "empty" | "hidden" | "absent" | "waiting" | "failed";
  digest: string;
  options: Record<string, string>;
  notes: string;
  noted?: string;
  trail: string;
  box: string;
  room?: Record<string, string>;
  keeps_height?: boolean;
  unfinished?: boolean;
  body?: string;
  figure?: Figure;
  alt?: string;
  emits?: string[];
  marks?: Mark[];
  grid?: DashComponent;
}

/** Notes of one place on a time axis: dashboard/notes/marks.py. */
interface Mark { x: string; end: string; count: number; tip: string; days: string }

/** The card that was answered last, with the view and the answer that it is of. */
type AnsweredCard = Card & { view: string; n: number };

/** One card's place on the page and what it shows. */
interface Slot {
  chart: string;
  element: HTMLElement;
  near: boolean;
  view: string;
  n: number;
  digest: string;
  pending: boolean;
  graph: Graph | null;
}

/** Where a figure is drawn, and what was drawn there. */
interface Graph {
  element: PlotlyElement;
  emits: string[];
  marks: Mark[];
  figure: Figure | null;
  bound: boolean;
}

type Json = any; // plotly's figures and Dash's components are plain JSON that only those libraries read

interface Figure { data: Trace[]; layout: Json }
type Trace = Json;
interface DashComponent { namespace: string; type: string; props: Json }

interface PlotlyElement extends HTMLElement {
  data: Trace[];
  layout: Json;
  on(name: string, listener: (event: Json) => void): void;
  _fullLayout?: Json;
  _fullData?: Json[];
  calcdata?: Json[][];
  _context?: Json;
}

interface Plotly {
  react(element: HTMLElement, data: Trace[], layout: Json, config?: Json): Promise<unknown>;
  purge(element: HTMLElement): void;
  newPlot(element: Element | null, data: Trace[], layout: Json, config: Json): Promise<unknown>;
  downloadImage(figure: Json, options: Json): Promise<unknown>;
  Plots: { resize(element: HTMLElement): void };
}

interface Window {
  Plotly?: Plotly;
  PlotlyGeoAssets: Record<string, Json>;
  dash_ag_grid?: { getApi(id: string | object): Json };
  DashRenderer: new () => unknown;
  React: Json;
  ReactDOM: Json;
  storesight: Json;
  storesightCalls: Array<[string, Json[]]>; // Dash's, before the modules were there: assets/first-paint.js
  dash_clientside: {
    set_props?(id: string | object, props: Json): void;
    no_update?: unknown;
    storesight?: Record<string, (...values: Json[]) => unknown>;
  };
}
