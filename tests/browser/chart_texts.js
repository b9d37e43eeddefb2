// Measures the texts of the page's cards; tests/browser/chart_texts.py says what is a fault, and calls these functions.

const SLACK = 1.5;
let found = [], boxes = [];
const round = (box) => box.map((v) => Math.round(v * 10) / 10);
const told = (text) => text.replace(/\s+/g, ' ').trim().slice(0, 40);
const say = (chart, kind, text) => found.push(`${chart} ${kind}: ${text}`);
const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

// --- the four corners of a text in the window, without the space above and below its letters
function corners(text) {
  const { x, y, width, height } = text.getBBox(), m = text.getScreenCTM();
  const lines = Math.max(1, text.querySelectorAll('tspan.line').length), trim = (height / lines) * 0.16;
  const ends = [[x + 0.5, y + trim], [x + width - 0.5, y + trim], [x + width - 0.5, y + height - trim], [x + 0.5, y + height - trim]];
  return ends.map(([a, b]) => [m.a * a + m.c * b + m.e, m.b * a + m.d * b + m.f]);
}
function around(quad) {
  const xs = quad.map((p) => p[0]), ys = quad.map((p) => p[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
function meet(one, other) {
  for (const quad of [one, other]) {
    for (let i = 0; i < 4; i++) {
      const [ax, ay] = quad[i], [bx, by] = quad[(i + 1) % 4], nx = ay - by, ny = bx - ax, size = Math.hypot(nx, ny) || 1;
      const along = (points) => points.map(([x, y]) => (x * nx + y * ny) / size);
      const a = along(one), b = along(other);
      if (Math.min(Math.max(...a), Math.max(...b)) - Math.max(Math.min(...a), Math.min(...b)) < 1) return false;
    }
  }
  return true;
}
function square([left, top, right, bottom]) { return [[left, top], [right, top], [right, bottom], [left, bottom]]; }
function outside([left, top, right, bottom], frame) {
  return Math.max(frame.left - left, frame.top - top, right - frame.right, bottom - frame.bottom);
}
function overlaps(chart, texts) {
  for (let i = 0; i < texts.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [texts[j], texts[i]];
      if (a.box[0] > b.box[2] || b.box[0] > a.box[2] || a.box[1] > b.box[3] || b.box[1] > a.box[3]) continue;
      if (meet(a.quad, b.quad)) say(chart, 'overlap', `"${a.text}" and "${b.text}"`);
    }
  }
}

// --- a figure of plotly
function figure(chart, plot) {
  const frame = plot.getBoundingClientRect(), texts = [];
  const areas = [...plot.querySelectorAll('.nsewdrag')].map((each) => each.getBoundingClientRect());
  for (const element of plot.querySelectorAll('svg text')) {
    const text = told(element.dataset.unformatted || element.textContent);
    if (!text || element.closest('.hoverlayer') || !seen(element)) continue;
    const quad = corners(element), box = around(quad);
    if (box[2] - box[0] < 1) continue;
    texts.push({ text, quad, box });
    const flat = Math.abs(quad[0][1] - quad[1][1]) < 0.5;
    const style = getComputedStyle(element);
    let opacity = Number(style.fillOpacity);
    for (let e = element; e && e !== plot; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
    if (flat) boxes.push([chart, text, style.fill, opacity, round(box)]);
    if (outside(box, frame) > SLACK) say(chart, 'cut', `"${text}" by the figure`);
    else if (element.closest('.plot') && areas.length === 1 && outside(box, areas[0]) > SLACK) {
      say(chart, 'cut', `"${text}" by the plot`);
    }
  }
  overlaps(chart, texts);
  for (const legend of plot.querySelectorAll('.legend')) {
    const key = legend.getBoundingClientRect();
    for (const area of areas) {
      const wide = Math.min(key.right, area.right) - Math.max(key.left, area.left);
      const high = Math.min(key.bottom, area.bottom) - Math.max(key.top, area.top);
      if (wide > 2 && high > 3) say(chart, 'legend', `${Math.round(high)} px on the plot`);
    }
  }
  const cells = (plot.data || []).find((trace) => trace.type === 'heatmap');
  if (cells) {
    for (const [name, count] of [['xaxis', cells.z[0]?.length], ['yaxis', cells.z.length]]) {
      const shown = (plot._fullLayout[name].tickvals || []).length;
      const named = Boolean(plot.layout[name]?.names);
      if (shown < (named ? count : Math.min(count, 3))) say(chart, 'labels', `${shown} of ${count} on the ${name}`);
    }
  }
}

// --- texts in HTML: heads, notes, lists and tables
function clippedBy(node, card) {
  let element = node.parentElement, inside = card.getBoundingClientRect(), scrolls = false, dots = null;
  let [left, top, right, bottom] = [inside.left, inside.top, inside.right, inside.bottom];
  for (; element && element !== card; element = element.parentElement) {
    const style = getComputedStyle(element);
    if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
    const box = element.getBoundingClientRect();
    [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
    if (style.textOverflow === 'ellipsis') dots = dots || element;
    if (/auto|scroll/.test(style.overflowX + style.overflowY)) scrolls = true;
  }
  return { left, top, right, bottom, scrolls, dots };
}
function writing(chart, card) {
  const walk = document.createTreeWalker(card, NodeFilter.SHOW_TEXT), texts = [];
  for (let node = walk.nextNode(); node && texts.length < 400; node = walk.nextNode()) {
    const holder = node.parentElement, text = told(node.data);
    if (!text || holder.closest('svg, script, style, .visually-hidden, .js-plotly-plot, .note-marks, .more-notes') || !seen(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const frame = clippedBy(node, card);
    if (frame.right - frame.left < 3) continue; // only for those who hear the page
    for (const { left, top, right, bottom } of range.getClientRects()) {
      if (right - left < 1) continue;
      const trim = (bottom - top) * 0.16, box = [left + 0.5, top + trim, right - 0.5, bottom - trim];
      const { dots } = frame;
      const over = dots ? dots.scrollWidth - dots.clientWidth : Math.max(right - frame.right, frame.left - left);
      const shown = box[2] > frame.left && box[0] < frame.right && box[1] < frame.bottom && box[3] > frame.top;
      if (over > SLACK && frame.dots) {
        const number = holder.closest('.ag-right-aligned-cell, .number');
        const tip = holder.closest('[title], [data-tip], .ag-cell, .ag-header-cell');
        if (number || !tip) say(chart, 'hidden', `"${text}"`);
      } else if (over > SLACK && !frame.scrolls) {
        say(chart, 'cut', `"${text}" by ${Math.round(over)} px`);
      }
      if (!shown) continue;
      const part = [Math.max(box[0], frame.left), Math.max(box[1], frame.top), Math.min(box[2], frame.right), Math.min(box[3], frame.bottom)];
      texts.push({ text, box: part, quad: square(part) });
      if (dots) break; // a text that ends in "…" has a second box, as if it were whole
    }
  }
  overlaps(chart, texts);
}

function measured() {
  found = [];
  boxes = [];
  for (const card of document.querySelectorAll('.tile-slot:not([hidden])')) {
    const { chart } = card.dataset, plot = card.querySelector('.js-plotly-plot');
    if (plot && card.dataset.state.startsWith('ok')) figure(chart, plot);
    writing(chart, card);
    const table = card.querySelector('.table-scroll');
    if (table && innerWidth >= 1200 && table.scrollWidth > table.clientWidth + 1) say(chart, 'cut', `a table ${table.scrollWidth - table.clientWidth} px wider than its card`);
    const notes = card.querySelector('.tile-notes');
    if (notes && notes.textContent.trim()) {
      const style = getComputedStyle(notes), lines = (notes.clientHeight - parseFloat(style.paddingTop)) / (parseFloat(style.lineHeight) || parseFloat(style.fontSize) * 1.5);
      if (lines > 2.4) say(chart, 'notes', `${Math.round(lines)} lines`);
    }
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 1) say('page', 'cut', `${wide} px wider than the window`);
  return [[...new Set(found)], boxes];
}

/** The faults of every figure of a page that has no cards, such as a report. */
function measuredFigures() {
  found = [];
  for (const plot of document.querySelectorAll('.js-plotly-plot')) figure(plot.id || plot.parentElement.id, plot);
  return [...new Set(found)];
}

// --- hovers

/** Every figure's first, middle or last mark, as if the pointer were there. */
function pointAt(share) {
  for (const plot of document.querySelectorAll('.tile-slot:not([hidden]) .js-plotly-plot')) {
    const traces = (plot._fullData || []).map((t, i) => [t, i]).filter(([t]) => t.hoverinfo !== 'skip' && t.visible === true);
    const best = traces.sort((a, b) => (b[0].x || []).length - (a[0].x || []).length)[0];
    if (!best || !plot._fullLayout._has('cartesian')) continue;
    const [trace, curveNumber] = best;
    const known = Array.from(trace.y || [], (v, i) => i).filter((i) => trace.y[i] !== null && trace.x[i] !== null);
    let pointNumber = known[Math.min(known.length - 1, Math.floor(share * known.length))];
    if (trace.type === 'heatmap') {
      const rows = trace.z.length, columns = trace.z[0].length;
      pointNumber = [Math.min(rows - 1, Math.floor(share * rows)), Math.min(columns - 1, Math.floor(share * columns))];
    }
    try { window.Plotly.Fx.hover(plot, [{ curveNumber, pointNumber }]); } catch { /* nothing is there */ }
  }
}

function hovers() {
  const found = [];
  for (const card of document.querySelectorAll('.tile-slot:not([hidden])')) {
    const plot = card.querySelector('.js-plotly-plot');
    if (!plot) continue;
    const frame = plot.getBoundingClientRect();
    for (const label of plot.querySelectorAll('.hoverlayer .hovertext')) {
      const box = label.getBoundingClientRect();
      const out = Math.max(frame.left - box.left, frame.top - box.top, box.right - frame.right, box.bottom - frame.bottom);
      const text = label.textContent.slice(0, 40);
      if (out > 4) found.push(`${card.dataset.chart} hover: ${Math.round(out)} px outside, "${text}"`);
      if (plot._fullLayout.xaxis?.type !== 'date') continue;
      for (const tick of plot.querySelectorAll('.xtick text')) {
        const at = tick.getBoundingClientRect();
        const high = Math.min(at.bottom, box.bottom) - Math.max(at.top, box.top);
        if (high > 4 && Math.min(at.right, box.right) - Math.max(at.left, box.left) > 2) {
          found.push(`${card.dataset.chart} hover: over the axis by ${Math.round(high)} px, "${text}"`);
        }
      }
    }
    try { window.Plotly.Fx.unhover(plot); } catch { /* none was there */ }
  }
  return [...new Set(found)];
}

/** Whether every card has what it shows. */
function settled() {
  const cards = [...document.querySelectorAll('.tile-slot')];
  const plots = [...document.querySelectorAll('.tile-slot:not([hidden]) .js-plotly-plot')];
  if (plots.some((plot) => plot.clientWidth && Math.abs(plot.dataset.fitted - plot.clientWidth) > 1)) return false;
  return Boolean(document.querySelector('[data-page]')) && cards.every((card) => card.hidden || (card.dataset.state && card.dataset.loading !== '1'
    && !card.dataset.state.startsWith('waiting')
    && (!card.dataset.state.startsWith('ok') || card.dataset.kind !== 'figure' || card.querySelector('.main-svg .layer-above, .main-svg .plot, .geo'))));
}
