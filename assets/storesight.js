// What happens in the browser: presses become events, the address is pushed, figures are themed, menus and dialogs open and close.
// Every control says in data-event what a press means; the server decides what follows (dashboard/events.py).
(function () {
  "use strict";
  var count = 0;
  var opener = null; // what had the focus before a menu or dialog opened
  var CLOSING = { range: 1, compare: 1, grain: 1, data: 1, option: 1, dates: 1, reset: 1, dialog: 1, png: 1, copy: 1, theme: 1, expand: 1 };

  function set(id, props) { window.dash_clientside.set_props(id, props); }
  function byId(id) { return document.getElementById(id); }

  function send(event) {
    event.n = String(++count) + "-" + Date.now();
    set("event", { data: event });
  }

  // --- presses
  function act(event) {
    if (CLOSING[event.kind]) { closeMenu(); }
    if (event.kind === "dialog") { openDialog(event); }
    else if (event.kind === "close") { closeDialog(); }
    else if (event.kind === "png") { picture(event.chart); }
    else if (event.kind === "expand") { expand(event.chart); }
    else if (event.kind === "copy") { copy(event.chart); }
    else if (event.kind === "theme") { set("theme", { data: event.value }); }
    else { send(event); }
  }

  document.addEventListener("click", function (e) {
    var t = e.target.closest ? e.target : e.target.parentElement;
    var pressed = t.closest("[data-event]"), menu = t.closest("[data-menu]"), link = t.closest("a.nav-link-in");
    if (pressed) { act(JSON.parse(pressed.dataset.event)); return; }
    if (menu) { toggleMenu(menu); return; }
    if (t.closest("[data-theme-toggle]")) { set("theme", { data: document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark" }); return; }
    if (t.closest("[data-drawer]")) { document.body.classList.toggle("drawer-open"); return; }
    if (t.closest("[data-dates]")) { act({ kind: "dates", from: byId("range-from").value, to: byId("range-to").value }); return; }
    if (link && !e.ctrlKey && !e.metaKey && !e.shiftKey && e.button === 0) { e.preventDefault(); push(link.getAttribute("href")); window.scrollTo(0, 0); return; }
    var part = t.closest("a.nav-part"), heading = part && byId(part.getAttribute("href").slice(1));
    if (part) { e.preventDefault(); if (heading) { heading.tabIndex = -1; heading.focus(); heading.scrollIntoView(); } return; }
    if (t.id === "dialog") { closeDialog(); return; }
    if (!t.closest("#panel")) { closeMenu(); }
  });

  document.addEventListener("keydown", function (e) {
    if (e.key === "Escape") {
      if (byId("dialog").classList.contains("open")) { closeDialog(); }
      else if (byId("panel").classList.contains("open")) { closeMenu(); }
      else if (document.querySelector(".expanded")) { expand(); }
      else if (!/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && document.querySelector(".chip-x")) { send({ kind: "clear" }); }
    }
    var dialog = byId("dialog");
    if (e.key === "Tab" && dialog && dialog.classList.contains("open")) { keepFocus(e, dialog); }
    if ((e.key === "ArrowDown" || e.key === "ArrowUp") && e.target.closest && e.target.closest("#panel")) { step(e); }
  });

  function keepFocus(e, box) {
    var all = box.querySelectorAll("button, a[href], input, [tabindex='0']");
    if (!all.length) { return; }
    var first = all[0], last = all[all.length - 1];
    if (e.shiftKey && document.activeElement === first) { e.preventDefault(); last.focus(); }
    else if (!e.shiftKey && document.activeElement === last) { e.preventDefault(); first.focus(); }
  }

  function step(e) {
    var all = Array.prototype.slice.call(byId("panel").querySelectorAll(".menu-item, input, .menu-button"));
    var next = all[all.indexOf(document.activeElement) + (e.key === "ArrowDown" ? 1 : -1)];
    if (next) { e.preventDefault(); next.focus(); }
  }

  // --- menus
  function toggleMenu(button) {
    var name = button.dataset.menu, panel = byId("panel");
    var inside = button.closest("#panel");
    if (panel.classList.contains("open") && panel.dataset.name === name && !inside) { closeMenu(); return; }
    if (!inside) {
      closeMenu();
      opener = button;
      button.setAttribute("aria-expanded", "true");
      place(panel, button);
    }
    panel.dataset.name = name;
    panel.classList.toggle("searchable", name.indexOf("filter:") === 0);
    panel.classList.add("open", "waiting");
    set("menu-search", { value: "" });
    set("menu", { data: { name: name, n: ++count } });
  }

  function place(panel, button) {
    var box = button.getBoundingClientRect(), width = Math.min(360, window.innerWidth - 16);
    panel.style.left = Math.max(8, Math.min(box.left, window.innerWidth - width - 8)) + "px";
    var below = window.innerHeight - box.bottom - 16, above = box.top - 16, up = below < 360 && above > below;
    panel.style.top = up ? "auto" : box.bottom + 4 + "px";
    panel.style.bottom = up ? window.innerHeight - box.top + 4 + "px" : "auto";
    panel.style.maxHeight = Math.max(150, up ? above : below) + "px";
  }

  function closeMenu() {
    var panel = byId("panel");
    if (!panel || !panel.classList.contains("open")) { return; }
    panel.classList.remove("open");
    set("menu", { data: null });
    if (opener) {
      opener.setAttribute("aria-expanded", "false");
      if (panel.contains(document.activeElement) && document.contains(opener)) { opener.focus(); }
      opener = null;
    }
  }

  // --- dialogs
  function openDialog(event) {
    opener = document.activeElement;
    event.n = ++count;
    set("dialog-asked", { data: event });
    byId("dialog").classList.add("open");
    var close = document.querySelector(".dialog-x");
    if (close) { close.focus(); }
  }

  function closeDialog() {
    byId("dialog").classList.remove("open");
    set("dialog-asked", { data: null });
    if (opener && document.contains(opener)) { opener.focus(); }
    opener = null;
  }

  // --- charts
  function graphOf(chart) { return document.querySelector("[data-chart='" + chart + "'] .js-plotly-plot"); }

  function textOf(chart) { return document.querySelector("[data-chart='" + chart + "'] h3").textContent.replace(/</g, "&lt;"); }

  // The picture as it is seen, with what the card around it gives: its title and its ground.
  function picture(chart) {
    var gd = graphOf(chart);
    if (!gd) { return; }
    var head = 36, styles = getComputedStyle(document.documentElement);
    var colour = function (name) { return styles.getPropertyValue("--ss-" + name).trim(); };
    var title = { text: textOf(chart), x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12, l: 12 }, font: { size: 15, color: colour("text") }, automargin: false };
    var layout = Object.assign({}, gd.layout, { title: title, paper_bgcolor: colour("card"), margin: Object.assign({}, gd.layout.margin, { t: gd._fullLayout._size.t + head }) });
    window.Plotly.downloadImage({ data: gd.data, layout: layout, config: gd._context }, { format: "png", scale: 2, width: gd.clientWidth, height: gd.clientHeight + head, filename: chart });
  }

  // One card over the whole window, and back.
  function expand(chart) {
    var slot = document.querySelector(chart ? "[data-chart='" + chart + "']" : ".expanded");
    if (!slot) { return; }
    slot.classList.toggle("expanded");
    var open = slot.classList.contains("expanded"), focused = slot.querySelector(open ? ".unexpand" : "[data-menu^='card:']");
    if (focused) { focused.focus(); }
    document.body.classList.toggle("has-expanded", open);
    window.dispatchEvent(new Event("resize"));
  }

  function copy(chart) {
    var address = window.location.href.split("#")[0] + (chart ? "#" + chart : "");
    var done = function () { set("toast", { children: "Link copied" }); };
    if (navigator.clipboard) { navigator.clipboard.writeText(address).then(done); return; }
    var area = document.createElement("textarea");
    area.value = address;
    document.body.appendChild(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    done();
  }

  function bind(gd, chart, emitted) {
    gd.storesightEmits = emitted || [];
    if (gd.storesightBound) { return; }
    gd.storesightBound = true;
    gd.on("plotly_click", function (e) {
      var point = e.points.find(function (p) { return Array.isArray(p.customdata); });
      if (!point || !gd.storesightEmits.length) { return; }
      var how = e.event || {};
      send({ kind: "mark", chart: chart, values: point.customdata.map(String), toggle: Boolean(how.shiftKey || how.ctrlKey || how.metaKey) });
    });
    gd.on("plotly_selected", function (e) {
      if (!e || !e.range && !(e.points || []).length) { return; }
      if (gd.storesightEmits.join() === "period" && e.range && e.range.x) {
        send({ kind: "brush", chart: chart, from: String(e.range.x[0]).slice(0, 10), to: String(e.range.x[1]).slice(0, 10) });
      } else if (gd.storesightEmits.length && gd.storesightEmits[0] !== "period") {
        var marks = e.points.map(function (p) { return p.customdata; }).filter(Array.isArray).map(function (m) { return m.map(String); });
        if (marks.length) { send({ kind: "marks", chart: chart, marks: marks.slice(0, 100) }); }
      }
    });
  }

  function bindSoon(id, emitted, tries) {
    var holder = byId(JSON.stringify({ chart: id.chart, kind: id.kind, type: id.type }));
    var gd = holder && (holder.classList.contains("js-plotly-plot") ? holder : holder.querySelector(".js-plotly-plot"));
    if (holder) { holder.classList.toggle("clickable", (emitted || []).length > 0); }
    if (gd && gd.on) { bind(gd, id.chart, emitted); }
    else if (tries > 0) { setTimeout(function () { bindSoon(id, emitted, tries - 1); }, 50); }
  }

  // --- address
  function push(href) {
    if (href && href !== window.location.pathname + window.location.search) {
      window.history.pushState({}, "", href);
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }
    document.body.classList.remove("drawer-open");
  }

  // --- what is in sight: only cards in the window, or within a window's height of it, are asked for
  var wanted = ""; // address and data version that cards should show
  var version = null;
  var sight = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      entry.target.dataset.near = entry.isIntersecting ? "1" : "0";
      if (entry.isIntersecting) { ask(entry.target); }
    });
  }, { rootMargin: "100% 0px" });

  // Whether a card is of the page that the address names: the page before stays until the next one has come.
  function isHere(slot) {
    var page = slot.closest("[data-page]"), path = window.location.pathname;
    return !page || path === "/" || page.dataset.page === path;
  }

  function ask(slot) {
    if (!wanted || slot.storesightAsked === wanted || !isHere(slot)) { return; }
    slot.storesightAsked = wanted;
    if (slot.dataset.state && !waits(slot)) { slot.dataset.loading = "1"; }
    set({ type: "ask", kind: slot.dataset.kind, chart: slot.dataset.chart }, { data: { href: window.location.href, version: version, n: ++count } });
  }

  // A card whose models are being computed asks again until they are there.
  function waits(slot) { return (slot.dataset.state || "").indexOf("waiting") === 0; }

  function again(slot) {
    if (!waits(slot)) { return; }
    slot.storesightAsked = "";
    if (slot.dataset.near === "1") { ask(slot); }
  }

  function look() {
    document.querySelectorAll(".tile-slot").forEach(function (slot) {
      if (!slot.storesightSeen) { slot.storesightSeen = true; sight.observe(slot); }
      else if (slot.dataset.near === "1") { ask(slot); }
    });
  }

  window.addEventListener("beforeprint", function () { document.querySelectorAll(".tile-slot").forEach(ask); });
  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(function (changes) {
      var added = changes.some(function (c) { return [].some.call(c.addedNodes, function (n) { return n.querySelector && (n.matches(".tile-slot") || n.querySelector(".tile-slot")); }); });
      if (added) { look(); }
    }).observe(document.body, { childList: true, subtree: true });
  });
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      change.target.dataset.loading = "0";
      if (waits(change.target)) { setTimeout(again, 1000, change.target); }
    });
  }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-state"] });

  // --- theme
  function apply(chosen) {
    var dark = chosen === "dark" || (chosen !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
    var root = document.documentElement;
    root.dataset.bsTheme = dark ? "dark" : "light";
    root.dataset.agThemeMode = dark ? "dark" : "light";
  }

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    var chosen = null;
    try { chosen = JSON.parse(localStorage.getItem("theme")); } catch (e) { /* storage may be off */ }
    if (chosen !== "light" && chosen !== "dark") { set("theme", { data: "system" + (chosen === "system" ? " " : "") }); }
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.storesight = {
    draw: function (answer, theme) {
      if (!answer || !answer.figure) { return window.dash_clientside.no_update; }
      apply(theme);
      bindSoon(window.dash_clientside.callback_context.outputs_list.id, answer.emits, 100);
      return window.storesightFigures.themed(answer.figure);
    },
    look: function (href, versions) {
      version = versions;
      wanted = window.location.href + " " + versions;
      look();
      return window.dash_clientside.no_update;
    },
    go: function (to) {
      if (to && to.href) { push(to.href); }
      return window.dash_clientside.no_update;
    },
    theme: function (chosen) {
      apply(chosen);
      return window.dash_clientside.no_update;
    },
    menuReady: function () {
      var panel = byId("panel");
      if (panel.classList.contains("waiting")) {
        panel.classList.remove("waiting");
        setTimeout(function () {
          var first = panel.querySelector(panel.classList.contains("searchable") ? "input" : ".menu-item, .menu-button");
          if (first) { first.focus(); }
        }, 0);
      }
      return window.dash_clientside.no_update;
    },
    toast: function (text) {
      if (text) { setTimeout(function () { set("toast", { children: "" }); }, 6000); }
      return window.dash_clientside.no_update;
    }
  };
})();
