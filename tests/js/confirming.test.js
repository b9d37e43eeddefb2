import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser.js";
import { askFirst } from "../../assets/js/confirming.js";

/** An element that remembers what it is told; the last dialog is `shown`. */
let shown;
class Part {
  constructor() { Object.assign(this, { parts: [], listeners: {}, attributes: {}, returnValue: "" }); }
  append(...parts) { this.parts.push(...parts); }
  addEventListener(name, heard) { this.listeners[name] = heard; }
  setAttribute(name, value) { this.attributes[name] = value; }
  showModal() { shown = this; }
  close(value) { this.returnValue = value; this.listeners.close(); }
  remove() { shown = undefined; }
}
document.createElement = () => new Part();
document.body = new Part();

function sent(dataset) {
  const button = { dataset, textContent: "Delete" };
  const form = { sent: [], requestSubmit(by) { this.sent.push(by); } };
  const event = { submitter: button, target: form, stopped: false, preventDefault() { this.stopped = true; } };
  askFirst(event);
  return { button, form, event };
}

test("a form is sent after yes, and not after anything else", () => {
  const { form, event, button } = sent({ confirm: "Delete the view “Tea”?" });
  assert.equal(event.stopped, true);
  assert.equal(shown.parts[0].parts[0].textContent, "Delete the view “Tea”?");
  shown.close("");
  assert.deepEqual(form.sent, []);
  const again = sent({ confirm: "Delete?" });
  shown.close("yes");
  assert.deepEqual(again.form.sent, [again.button]);
  assert.equal(sent(again.button.dataset).event.stopped, false, "not asked a second time");
  assert.equal(button.dataset.confirmed, undefined);
});

test("other buttons send at once", () => {
  assert.equal(sent({}).event.stopped, false);
  assert.equal(shown, undefined);
});
