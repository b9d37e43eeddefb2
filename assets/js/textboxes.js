// The sizes of texts at bars, measured together before plotly draws them: plotly measures one after the other while it
// draws, and the browser computes the styles and the layout of the page again for each. It gets what it would have measured.

/** What plotly reads of a box, from the point where a text begins. @typedef {{ left: number, top: number, right: number, bottom: number, width: number, height: number }} TextBox */

const MOST = 5000; // boxes that are kept
const TESTER = "js-plotly-tester"; // where plotly measures copies of texts, next to a path that tells where it lies
const HERE = { left: 0, top: 0 };

/** By all that plotly tells texts apart by. @type {Map<string, TextBox>} */
const boxes = new Map();
/** @type {Element | null} */
let prepared = null;

/**
 * Measure the texts that a figure will have at its bars, where it has some already: those tell how texts are written there.
 * @param {Element} plot
 * @param {Figure} figure
 */
export function measureTexts(plot, figure) {
  const sample = plot.querySelector(".bartext");
  const tester = document.getElementById(TESTER);
  const reference = tester?.querySelector("path");
  if (!sample || sample.firstElementChild || !tester || !reference) return;
  const bars = figure.data.filter((trace) => trace.type === "bar" && Array.isArray(trace.text));
  const texts = new Set(bars.flatMap((trace) => trace.text).filter((text) => text && !/[<&\n]/.test(text)));
  const copies = [...texts].map((text) => copied(sample, text)).filter((copy) => !boxes.has(key(copy)));
  if (!copies.length) return;
  if (boxes.size + copies.length > MOST) boxes.clear();
  if (prepared !== tester) answerFor(tester, reference);
  prepared = tester;
  for (const copy of copies) Node.prototype.appendChild.call(tester, copy);
  const from = reference.getBoundingClientRect();
  for (const copy of copies) {
    const { left, top, right, bottom, width, height } = copy.getBoundingClientRect();
    boxes.set(key(copy), { left: left - from.left, top: top - from.top, right: right - from.left, bottom: bottom - from.top, width, height });
  }
  for (const copy of copies) copy.remove();
}

/**
 * @param {Element} sample
 * @param {string} text
 */
function copied(sample, text) {
  const copy = /** @type {Element} */ (sample.cloneNode(false));
  copy.removeAttribute("transform");
  copy.setAttribute("data-unformatted", text);
  copy.textContent = text;
  return copy;
}

/** @param {Element} text */
function key(text) {
  return ["data-unformatted", "data-math", "text-anchor", "style"].map((name) => text.getAttribute(name)).join("\n");
}

/**
 * From here on plotly is told the box of a text that was measured, without its copy being put into the page.
 * @param {Element} tester
 * @param {Element} reference
 */
function answerFor(tester, reference) {
  Object.assign(tester, {
    /** @param {Node} node */
    appendChild(node) {
      const box = node instanceof Element && node.tagName === "text" && boxes.get(key(node));
      if (!box) return Node.prototype.appendChild.call(tester, node);
      Object.assign(node, { getBoundingClientRect: () => box });
      Object.assign(reference, { getBoundingClientRect: () => HERE });
      return node;
    },
    /** @param {Node} node */
    removeChild(node) {
      if (node.parentNode === tester) return Node.prototype.removeChild.call(tester, node);
      Reflect.deleteProperty(reference, "getBoundingClientRect");
      return node;
    },
  });
}
