// Asking for cards and drawing them. One question at a time goes to the server (dashboard/view.py): what the viewer did,
// or the address, with the cards in sight; one answer comes back with the new address and those cards. The question is
// a call of Dash's callback route like any other, posted from here, and the answer is drawn here: Dash's renderer goes
// over every component of the page for every property that changes. So this runs in <head> and asks at once for the
// cards of the address, while the renderer is still being read.
(function () {
  "use strict";
  var ROUTE = "/_dash-update-component";
  var LOST = 10000, REFUSED = 2000; // milliseconds after which a question without an answer is asked again
  var count = 0;
  var question = null; // the question under way
  var events = []; // what the viewer did while it was
  var version = null; // of the data; null until Dash has made the shell
  var early = null; // an answer that came before that
  var page = "", frame = ""; // the page whose cards stand there, as the server names it; the view that the bar shows
  var cards = {}; // latest answers by chart

  function set(id, props) { window.dash_clientside.set_props(id, props); }
  function view() { return window.location.pathname + window.location.search + " " + version; }
  function slots() { return [].slice.call(document.querySelectorAll(".tile-slot")); }
  function waits(slot) { return (slot.dataset.state || "").indexOf("waiting") === 0; }

  // Whether a card is of the page that the address names: the page before stays until the next one has come.
  function isHere(slot) {
    var own = slot.closest("[data-page]"), path = window.location.pathname;
    return !own || path === "/" || own.dataset.page === path;
  }

  // --- asking
  function ask(event, wanted) {
    var shown = {};
    wanted.forEach(function (slot) {
      shown[slot.dataset.chart] = slot.storesightDigest || "";
      if (slot.dataset.state && !waits(slot)) { slot.dataset.loading = "1"; }
    });
    question = { n: ++count, view: view(), event: event };
    post({ n: count, href: window.location.href, event: event, page: page, framed: frame === view(), cards: shown });
    setTimeout(lost, LOST, count);
  }

  function post(asked) {
    var call = {
      output: "..answer.data...page.children..",
      outputs: [{ id: "answer", property: "data" }, { id: "page", property: "children" }],
      inputs: [{ id: "asked", property: "data", value: asked }],
      state: [],
      changedPropIds: ["asked.data"]
    };
    fetch(ROUTE, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(call) }).then(function (answer) {
      if (answer.ok) { return answer.json(); }
      if (answer.status < 500 && question && question.n === asked.n) { question.event = null; } // no sense in it
      throw new Error("status " + answer.status);
    }).then(function (found) {
      show(found.response.answer.data, found.response.page);
    }, function (fault) {
      console.error(fault);
      say("The server gave no answer (" + fault.message + "). It is asked again.");
      setTimeout(lost, REFUSED, asked.n);
    });
  }

  function say(words) { if (version !== null) { window.dispatchEvent(new CustomEvent("storesight-toast", { detail: words })); } }

  function lost(n) {
    if (!question || question.n !== n) { return; }
    var event = question.event;
    question = null;
    if (event) { ask(event, near()); } else { next(); }
  }

  function next() {
    if (events.length) { ask(events.shift(), near()); } else { look(); }
  }

  // What the viewer did: the server says which address follows.
  function press(event) {
    if (question && question.event) { events.push(event); return; }
    ask(event, near());
  }

  function near() { return slots().filter(function (slot) { return slot.dataset.near === "1" && isHere(slot); }); }

  // Ask for the cards in sight that do not show the view that the address names; `all` of the page before it is printed.
  function look(all) {
    if (version === null || question && (question.event || question.view === view())) { return; }
    var stale = (all ? slots() : near()).filter(function (slot) {
      var card = cards[slot.dataset.chart];
      return slot.storesightView !== view() && !(card && card.view === view() && card.n !== slot.storesightAnswer);
    });
    if (stale.length || frame !== view()) { ask(null, stale); }
  }

  // --- answers
  // `body`: the page's cards as Dash's components, where they are not those that stand there.
  function show(answer, body) {
    if (!question || answer.n !== question.n) { return; }
    if (version === null) { early = [answer, body]; return; }
    question = null;
    if (answer.n === 1 && answer.versions !== version) { look(); return; } // the data changed in between
    if (body) { set("body", { data: body.children }); }
    if (answer.href) { go(answer.href); }
    frame = view();
    ["nav", "bar", "foot"].forEach(function (id) {
      if (answer[id] !== undefined) { put(document.getElementById(id), answer[id]); }
    });
    if (answer.toast) { say(answer.toast); }
    var turned = answer.page !== page;
    if (turned) { cards = {}; }
    Object.keys(answer.cards).forEach(function (chart) {
      cards[chart] = Object.assign({}, cards[chart], answer.cards[chart], { view: frame, n: answer.n });
    });
    document.querySelectorAll("a.nav-link-in").forEach(function (a) { a.search = window.location.search; });
    window.dispatchEvent(new CustomEvent("storesight-view"));
    page = answer.page;
    if (turned) { turn(page, answer.frames || {}, [].slice.call(document.querySelectorAll(".graph"))); } else { fill(slots()); }
    next();
  }

  // Wait for the page's cards to stand there; then fill and watch them, and forget the pictures of the page before.
  function turn(key, frames, old) {
    var body = document.querySelector("[data-key]");
    if (key !== page) { return; } // on to another page already
    if (!body || body.dataset.key !== key) { requestAnimationFrame(function () { turn(key, frames, old); }); return; }
    old.forEach(function (gd) {
      if (window.Plotly && !document.contains(gd)) { sizes.unobserve(gd); window.Plotly.purge(gd); }
    });
    slots().forEach(function (slot) {
      var body = slot.firstElementChild, frame = frames[slot.dataset.chart];
      body.insertAdjacentHTML("beforebegin", frame.before);
      body.insertAdjacentHTML("beforeend", frame.inside);
      body.insertAdjacentHTML("afterend", frame.after);
    });
    slots().forEach(function (slot) { sight.observe(slot); });
    fill(slots());
    if (!plotly) { requestAnimationFrame(function () { setTimeout(readPlotly, 0); }); }
  }

  // Give cards what has come for them: first all words, then all pictures, which measure what they draw; words written
  // in between would have the page laid out anew for each.
  function fill(all) {
    var held = document.querySelector(".tile-slot:hover"), top = held && held.getBoundingClientRect().top;
    fillAll(all);
    // What lies under the pointer stays there, whatever grew above it: a click is on its way.
    if (held) { window.scrollBy({ top: held.getBoundingClientRect().top - top, behavior: "instant" }); }
  }

  function fillAll(all) {
    var coming = all.filter(function (slot) {
      var card = cards[slot.dataset.chart];
      // plotly.js may still be on its way
      return card && card.view === view() && card.n !== slot.storesightAnswer && (!card.figure || window.Plotly);
    });
    var changed = coming.filter(function (slot) { return cards[slot.dataset.chart].digest !== slot.storesightDigest; });
    changed.forEach(function (slot) { guarded(slot, write); });
    changed.filter(function (slot) { return cards[slot.dataset.chart].figure; }).forEach(function (slot) { guarded(slot, draw); });
    coming.forEach(done);
  }

  function guarded(slot, work) { // a fault stays in its card
    try { work(slot, cards[slot.dataset.chart]); } catch (fault) { broken(slot, fault, "This browser could not draw the chart."); }
  }

  function broken(slot, fault, words) {
    console.error(fault);
    cards[slot.dataset.chart].state = "failed";
    slot.querySelector(".state").textContent = words;
    slot.storesightPending = false;
  }

  function done(slot) {
    var card = cards[slot.dataset.chart];
    slot.storesightView = card.view;
    slot.storesightAnswer = card.n;
    slot.storesightDigest = card.digest;
    slot.dataset.loading = slot.storesightPending ? "1" : "0";
    slot.dataset.state = card.state + " " + card.n;
    if (waits(slot)) { setTimeout(again, 1000, slot); }
  }

  // A card whose models are being computed asks again until they are there.
  function again(slot) {
    if (waits(slot) && document.contains(slot)) { slot.storesightView = ""; look(); }
  }

  function write(slot, card) {
    var chart = slot.dataset.chart;
    put(slot.querySelector(".trail"), card.trail);
    put(slot.querySelector(".state"), card.box);
    if (card.body) {
      // Words that come after the charts may take more room than the last ones, but never less.
      if (slot.dataset.role === "insights" && !slot.querySelector("details[open]")) { slot.style.minHeight = slot.offsetHeight + "px"; }
      put(slot.querySelector(".card-body"), card.body);
    }
    if (card.grid) {
      set({ type: "grid", chart: chart }, card.grid);
      slot.storesightPending = true;
      headed(slot);
    }
    slot.querySelector(".tile-notes").textContent = card.notes;
    Object.keys(card.options).forEach(function (option) {
      slot.querySelector("[data-menu='option:" + chart + "." + option + "'] span").textContent = card.options[option];
    });
  }

  // A grid is there when it has a heading: its script is read when the first one is shown.
  function headed(slot) {
    if (!document.contains(slot)) { return; }
    if (!slot.querySelector(".ag-header-cell")) { requestAnimationFrame(function () { headed(slot); }); return; }
    slot.storesightPending = false;
    slot.dataset.loading = "0";
  }

  // HTML of the server (dashboard/markup.py) into a place; what has the focus there keeps it.
  function put(place, markup) {
    if (place.storesightMarkup === markup) { return; }
    var held = place.contains(document.activeElement) && document.activeElement.dataset;
    place.innerHTML = place.storesightMarkup = markup;
    if (!held) { return; }
    var same = [].find.call(place.querySelectorAll("button, a, [tabindex]"), function (e) {
      return held.menu ? e.dataset.menu === held.menu : held.event && e.dataset.event === held.event;
    });
    if (same) { same.focus(); }
  }

  // --- figures
  var sizes = new ResizeObserver(function (changes) {
    changes.forEach(function (change) {
      var gd = change.target, box = change.contentRect, drawn = gd._fullLayout;
      if (drawn && box.width && (differ(drawn.width, box.width) || differ(drawn.height, box.height))) { window.Plotly.Plots.resize(gd); }
    });
  });

  function differ(a, b) { return Math.abs(a - b) >= 1; } // by a pixel: plotly rounds

  // On a phone a few bars need not the height of many.
  function fit(gd, data) {
    var full = gd.storesightHeight = gd.storesightHeight || parseFloat(gd.style.height), rows = 0;
    if (window.innerWidth < 768) {
      data.forEach(function (t) { if (t.type === "bar" && t.orientation === "h") { rows = Math.max(rows, new Set(t.y).size); } });
    }
    var height = (rows ? Math.min(full, 200 + 20 * rows) : full) + "px";
    if (gd.style.height !== height) { gd.style.height = gd.closest(".tile-body").style.minHeight = height; }
  }

  function draw(slot, card) {
    var gd = slot.querySelector(".graph");
    fit(gd, card.figure.data);
    var figure = window.storesightFigures.themed(card.figure, gd.clientWidth);
    slot.querySelector(".alt").textContent = card.alt;
    gd.classList.toggle("clickable", card.emits.length > 0);
    gd.storesightEmits = card.emits;
    gd.storesightFigure = figure;
    var outlines = figure.data.map(function (t) { return t.geojson; }).find(function (url) { return url && !window.PlotlyGeoAssets[url]; });
    slot.storesightPending = Boolean(outlines);
    if (outlines) {
      fetched(outlines).then(function () {
        if (gd.storesightFigure === figure) { draw(slot, card); slot.dataset.loading = "0"; }
      }).catch(function (fault) {
        broken(slot, fault, "The outlines of the map could not be read.");
        done(slot);
      });
      return;
    }
    window.Plotly.react(gd, figure.data, figure.layout, window.storesightFigures.CONFIG);
    if (!gd.storesightBound) { bind(gd, slot.dataset.chart); }
  }

  // Outlines of a map, put where plotly looks for them: its own fetching gives up after five seconds.
  function fetched(url) {
    return fetch(url).then(function (answer) { return answer.json(); }).then(function (found) { window.PlotlyGeoAssets[url] = found; });
  }

  function bind(gd, chart) {
    gd.storesightBound = true;
    sizes.observe(gd);
    gd.on("plotly_click", function (e) {
      var point = e.points.find(function (p) { return Array.isArray(p.customdata); });
      if (!point || !gd.storesightEmits.length) { return; }
      var how = e.event || {};
      press({ kind: "mark", chart: chart, values: point.customdata.map(String), toggle: Boolean(how.shiftKey || how.ctrlKey || how.metaKey) });
    });
    gd.on("plotly_selected", function (e) {
      if (!e || !e.range && !(e.points || []).length) { return; }
      if (gd.storesightEmits.join() === "period" && e.range && e.range.x) {
        press({ kind: "brush", chart: chart, from: String(e.range.x[0]).slice(0, 10), to: String(e.range.x[1]).slice(0, 10) });
      } else if (gd.storesightEmits.length && gd.storesightEmits[0] !== "period") {
        var marks = e.points.map(function (p) { return p.customdata; }).filter(Array.isArray).map(function (m) { return m.map(String); });
        if (marks.length) { press({ kind: "marks", chart: chart, marks: marks.slice(0, 100) }); }
      }
    });
  }

  // The same figures in the other theme's colours.
  function redraw() {
    slots().forEach(function (slot) {
      var card = cards[slot.dataset.chart];
      if (slot.storesightDigest && card && card.figure) { draw(slot, card); }
    });
  }

  // --- the address
  function go(href) {
    if (href !== window.location.pathname + window.location.search) { window.history.pushState({}, "", href); }
    document.body.classList.remove("drawer-open");
  }

  window.addEventListener("popstate", function () { look(); });

  // --- what is in sight: only cards in the window, or within a window's height of it, are asked for
  var sight = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { entry.target.dataset.near = entry.isIntersecting ? "1" : "0"; });
    look();
  }, { rootMargin: "100% 0px" });

  // plotly.js takes longer to read than all else together: when the rest of the page is painted.
  var plotly = null;
  function readPlotly() {
    plotly = document.createElement("script");
    plotly.src = document.getElementById("plotly").href;
    plotly.onload = function () { fill(slots()); };
    document.head.appendChild(plotly);
  }

  window.addEventListener("resize", function () { slots().forEach(function (slot) { slot.style.minHeight = ""; }); });
  window.addEventListener("beforeprint", function () { look(true); });

  // Versions of the data: those of the shell when Dash has made it, and each that comes later.
  function known(versions) {
    var first = version === null && question;
    version = versions;
    if (!first) { look(); return; }
    question.view = view();
    if (early) { show.apply(null, early); }
  }

  window.storesightCards = { press: press, redraw: redraw, known: known, go: function (href) { go(href); look(); } };
  ask(null, []);
})();
