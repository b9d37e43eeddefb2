// What happens in the browser besides the cards (cards.js): presses become events, menus and dialogs open and close, the theme changes.
// Every control says in data-event what a press means; the server decides what follows (dashboard/actions.py).
(function () {
  "use strict";
  var count = 0;
  var cards = window.storesightCards;
  var opener = null; // what had the focus before a menu or dialog opened
  var CLOSING = { range: 1, compare: 1, grain: 1, data: 1, option: 1, dates: 1, reset: 1, dialog: 1, png: 1, copy: 1, theme: 1, expand: 1 };

  function set(id, props) { window.dash_clientside.set_props(id, props); }
  function byId(id) { return document.getElementById(id); }

  // --- presses
  function act(event) {
    if (CLOSING[event.kind]) { closeMenu(); }
    if (event.kind === "dialog") { openDialog(event); }
    else if (event.kind === "close") { closeDialog(); }
    else if (event.kind === "png") { picture(event.chart); }
    else if (event.kind === "expand") { expand(event.chart); }
    else if (event.kind === "copy") { copy(event.chart); }
    else if (event.kind === "theme") { set("theme", { data: event.value }); }
    else { cards.press(event); }
  }

  document.addEventListener("click", function (e) {
    var t = e.target.closest ? e.target : e.target.parentElement;
    var pressed = t.closest("[data-event]"), menu = t.closest("[data-menu]"), link = t.closest("a.nav-link-in");
    if (pressed) { act(JSON.parse(pressed.dataset.event)); return; }
    if (menu) { toggleMenu(menu); return; }
    if (t.closest("[data-theme-toggle]")) { set("theme", { data: document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark" }); return; }
    if (t.closest("[data-drawer]")) { document.body.classList.toggle("drawer-open"); return; }
    if (t.closest("[data-dates]")) { act({ kind: "dates", from: byId("range-from").value, to: byId("range-to").value }); return; }
    if (link && !e.ctrlKey && !e.metaKey && !e.shiftKey && e.button === 0) { e.preventDefault(); cards.go(link.getAttribute("href")); window.scrollTo(0, 0); return; }
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
      else if (!/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && document.querySelector(".chip-x")) { cards.press({ kind: "clear" }); }
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
    content(name);
  }

  function content(name) { set("menu", { data: { name: name, href: window.location.href, n: ++count } }); }

  // An open menu shows what holds now.
  window.addEventListener("storesight-view", function () {
    var panel = byId("panel");
    if (!panel.classList.contains("open")) { return; }
    content(panel.dataset.name);
    if (opener && !document.contains(opener)) { opener = document.querySelector("[data-menu='" + opener.dataset.menu + "']"); }
    if (opener) { opener.setAttribute("aria-expanded", "true"); }
  });

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
    set("dialog-asked", { data: Object.assign({}, event, { href: window.location.href, n: ++count }) });
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
    var done = function () { toast("Link copied"); };
    if (navigator.clipboard) { navigator.clipboard.writeText(address).then(done); return; }
    var area = document.createElement("textarea");
    area.value = address;
    document.body.appendChild(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    done();
  }

  function toast(text) {
    var line = byId("toast");
    line.textContent = text;
    setTimeout(function () { if (line.textContent === text) { line.textContent = ""; } }, 6000);
  }

  window.addEventListener("storesight-toast", function (e) { toast(e.detail); });

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
    body: function (components) { return components; },
    known: function (versions) {
      cards.known(versions);
      return window.dash_clientside.no_update;
    },
    theme: function (chosen) {
      apply(chosen);
      cards.redraw();
      return window.dash_clientside.no_update;
    },
    menu: function () {
      var panel = byId("panel");
      if (panel.classList.contains("waiting")) {
        panel.classList.remove("waiting");
        setTimeout(function () {
          var first = panel.querySelector(panel.classList.contains("searchable") ? "input" : ".menu-item, .menu-button");
          if (first) { first.focus(); }
        }, 0);
      }
      return window.dash_clientside.no_update;
    }
  };
})();
