// The client of the pages. It begins with the answer embedded in the page (dashboard/page/routes.py), and asks for
// more as the viewer clicks, scrolls and goes on.

import { hint, listen, present, swipes } from "./actions.js";
import { onView, receive, redraw, watch } from "./cards.js";
import { pollInSight, register } from "./dash.js";
import { comeBack, listen as listenForMoves } from "./landing.js";
import { watchEnd } from "./linked.js";
import { _ } from "./language.js";
import { contentArrived, prepare, refreshMenu } from "./menus.js";
import { byId, state } from "./state.js";
import { listen as listenForPrinting } from "./printing.js";
import { follow } from "./theme.js";
import { toast } from "./toast.js";
import { ask, look, onAnswer } from "./transport.js";

onAnswer(receive);
onView(refreshMenu);
follow(redraw);
listen();
listenForMoves();
watch();
listenForPrinting();
watchEnd(ask);
register({
  /** @param {string} versions of the data, as Dash polls them */
  versions(versions) {
    prepare();
    state.versions = versions;
    look();
  },
  menu: contentArrived,
});
pollInSight();
if (window.location.hash === "#view-saved") { // dashboard/saved/routes.py leads here
  window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  toast(_("Saved. The view is in the menu “Views”."));
}
const seconds = new URLSearchParams(window.location.search).get("present"); // the answer's address is without it
receive(JSON.parse(byId("first-answer").textContent || "null"));
comeBack();
if (seconds) present(Number(seconds));
hint();
swipes();
