// Figures come as plain dicts with colours as roles ("@accent", "@muted/0.4"); here they get the theme's colours, fonts, grids and margins.
(function () {
  "use strict";

  function variable(styles, name) {
    return styles.getPropertyValue("--ss-" + name).trim();
  }

  function faded(colour, alpha) {
    var n = parseInt(colour.slice(1), 16);
    return "rgba(" + (n >> 16) + "," + ((n >> 8) & 255) + "," + (n & 255) + "," + alpha + ")";
  }

  function colourOf(styles, role) {
    var parts = role.slice(1).split("/");
    if (parts[0] === "seq" || parts[0] === "div") {
      var steps = variable(styles, parts[0]).split(/\s+/);
      return steps.map(function (c, i) { return [i / (steps.length - 1), c]; });
    }
    var colour = variable(styles, parts[0]);
    return parts[1] && colour ? faded(colour, parts[1]) : colour;
  }

  function resolved(value, styles) {
    if (typeof value === "string") { return value[0] === "@" && value.length > 1 ? colourOf(styles, value) : value; }
    if (Array.isArray(value)) { return value.map(function (v) { return resolved(v, styles); }); }
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (k) { copy[k] = TEXT[k] ? value[k] : resolved(value[k], styles); });
      return copy;
    }
    return value;
  }

  // Values of these keys are the company's own words or numbers and are never read as colours.
  var TEXT = { x: 1, y: 1, z: 1, customdata: 1, hovertext: 1, text: 1, ticktext: 1, tickvals: 1, name: 1, labels: 1, ids: 1, locations: 1, values: 1 };

  function merged(base, over) {
    Object.keys(over || {}).forEach(function (k) {
      var plain = over[k] && typeof over[k] === "object" && !Array.isArray(over[k]);
      base[k] = plain && base[k] && typeof base[k] === "object" ? merged(base[k], over[k]) : over[k];
    });
    return base;
  }

  function axis() {
    return {
      gridcolor: "@grid", zerolinecolor: "@line", linecolor: "@line", tickfont: { color: "@muted", size: 11 }, title: { font: { color: "@muted", size: 11 } },
      automargin: true, fixedrange: true, zeroline: false, ticks: "outside", ticklen: 5, tickcolor: "rgba(0,0,0,0)", tickangle: 0, showline: false
    };
  }

  // A narrow screen has room for four labels along the bottom.
  function thin(a) {
    if (!a.tickvals || a.tickvals.length < 6) { return; }
    var every = Math.ceil(a.tickvals.length / 4), keep = function (v, i) { return i % every === 0; };
    a.tickvals = a.tickvals.filter(keep);
    a.ticktext = a.ticktext.filter(keep);
  }

  // The figure with the theme's look; `touch` devices scroll with a drag instead of selecting.
  function themed(figure) {
    var styles = getComputedStyle(document.documentElement);
    var touch = window.matchMedia("(pointer: coarse)").matches;
    var layout = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true, margin: { l: 8, r: 12, t: 8, b: 8 },
      font: { family: variable(styles, "font"), size: 12, color: "@text" }, xaxis: axis(), yaxis: axis(), selections: [],
      hoverlabel: { bgcolor: "@panel", bordercolor: "@line", font: { color: "@text", size: 12 }, align: "left" },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11, color: "@muted" }, bgcolor: "rgba(0,0,0,0)", itemclick: false, itemdoubleclick: false },
      newselection: { line: { color: "@accent", width: 1 } }, activeselection: { fillcolor: "@accent", opacity: 0.1 },
      colorway: ["@c0", "@c1", "@c2", "@c3", "@c4", "@c5", "@c6", "@c7"], bargap: 0.25, uirevision: false
    };
    layout.xaxis.showgrid = false;
    Object.keys(figure.layout || {}).forEach(function (k) { if (/^[xy]axis\d+$/.test(k)) { layout[k] = axis(); } });
    merged(layout, figure.layout);
    var data = figure.data || [];
    if (window.innerWidth < 768) {
      thin(layout.xaxis);
      data = data.map(function (t) { return t.type === "heatmap" && t.texttemplate ? merged(merged({}, t), { texttemplate: "" }) : t; });
      if (layout.xaxis.range && data.some(function (t) { return t.orientation === "h" && t.textposition === "outside"; })) {
        layout.xaxis.range = [layout.xaxis.range[0], layout.xaxis.range[1] * 1.35];
      }
      if (data.filter(function (t) { return t.showlegend !== false && t.name; }).length > 5) { layout.showlegend = false; }
    }
    if (touch && layout.dragmode === "select") { layout.dragmode = false; }
    return { data: resolved(data, styles), layout: resolved(layout, styles) };
  }

  window.storesightFigures = { themed: themed };
})();
