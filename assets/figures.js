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

  // A narrow screen has room for a few labels along the bottom; names, of which none may go, stand slanting.
  function thin(a, most) {
    if (a.title && a.title.text) { a.title.text = a.title.text.replace(", ", "<br>"); }
    if (!a.tickvals || a.tickvals.length < 6) { return; }
    var words = a.ticktext || [];
    if (a.type !== "date" && words.length <= 8 && words.some(function (w) { return w.length > 8; })) {
      a.tickangle = -45;
      a.ticklabeloverflow = "allow";
      a.ticktext = words.map(function (w) { return w.replace("<br>", " "); });
      return;
    }
    var every = Math.ceil(a.tickvals.length / most), keep = function (v, i) { return i % every === 0; };
    a.tickvals = a.tickvals.filter(keep);
    a.ticktext = words.filter(keep);
  }

  // A copy with other values; objects among them are joined.
  function changed(t, over) {
    var copy = Object.assign({}, t);
    Object.keys(over).forEach(function (k) {
      var joined = over[k] && typeof over[k] === "object" && !Array.isArray(over[k]);
      copy[k] = joined ? Object.assign({}, t[k], over[k]) : over[k];
    });
    return copy;
  }

  // What has no room on a narrow screen is left out or written smaller: numbers in cells, names of points, words over columns.
  function narrowed(t, alone, slots, inner, family) {
    if (t.type === "heatmap" && t.texttemplate) {
      var lines = t.text.map(function (row) { return row.map(function (w) { return w.split("<br>")[0]; }); });
      var fits = widest([].concat.apply([], lines), font(t, family)) + 4 <= inner / t.x.length;
      return changed(t, fits ? { text: lines } : { texttemplate: "" });
    }
    if (t.mode === "markers+text" && t.x.length > 6) {
      var short = function (w) { return w.length > 11 ? w.slice(0, 10) + "…" : w; };
      return changed(t, alone ? { mode: "markers" } : { text: t.text.map(short), textfont: { size: 9 } });
    }
    if (t.marker && t.marker.symbol === "line-ew") { return changed(t, { marker: { size: Math.min(t.marker.size, 170 / t.x.length) } }); }
    if (!t.text || t.orientation === "h" || (t.type !== "bar" && t.textposition !== "top center") || t.mode === "markers+text") { return t; }
    if (t.x.length > 8) { return changed(t, { text: null }); }
    return slots * longest(t.text) > 36 ? changed(t, { textfont: { size: 9 } }) : t;
  }

  function longest(words) {
    return Math.max.apply(null, words.map(function (w) { return String(w).replace(/<[^>]*>/g, "").length; }));
  }

  // Words at the ends of bars keep their size while the bars shrink: the axis gives them room.
  function room(layout, data, inner) {
    var x = layout.xaxis.range;
    if (!x) { return; }
    data.forEach(function (t) {
      if (t.mode === "text" && t.textposition === "middle right") { layout.xaxis.range = [x[0], x[1] + (x[1] - x[0]) * 0.35]; }
      if (t.orientation !== "h" || t.textposition !== "outside") { return; }
      var ends = t.text.map(function (w, i) {
        var rest = inner - Math.min(wide(String(w), font(t, layout.font.family)) + 8, inner * 0.8);
        return x[0] + (Math.max(0, t.x[i]) - x[0]) * inner / rest;
      });
      layout.xaxis.range = [x[0], Math.max.apply(null, ends)];
    });
  }

  function font(t, family) { return (t.textfont && t.textfont.size || 12) + "px " + family; }

  // Pixels along x that the words of the y axis leave.
  function left(layout, data, width) {
    var y = layout.yaxis, words = y.ticktext || [].concat.apply([], data.map(function (t) { return t.type === "heatmap" ? t.y : []; }));
    return width - layout.margin.r - Math.max(layout.margin.l, 12 + widest(words, y.tickfont.size + "px " + layout.font.family));
  }

  // Margins for axes whose words are known, measured here: plotly would measure them one by one and draw the picture twice.
  var pen = document.createElement("canvas").getContext("2d");
  var SIDES = { x: "bottom", y: "left" };

  function wide(word, font) {
    pen.font = font;
    return pen.measureText(word.replace(/<[^>]*>/g, "").replace(/&(lt|gt|amp);/g, "&")).width;
  }

  function widest(words, font) { return Math.max.apply(null, [0].concat(words.map(function (w) { return wide(String(w), font); }))); }

  function framed(layout, data, width) {
    var margin = layout.margin, axes = Object.keys(layout).filter(function (k) { return /^[xy]axis\d*$/.test(k) && layout[k].visible !== false; });
    axes.sort().reverse().forEach(function (k) { // y before x: what is left of the width is the x axis's
      var a = layout[k], size = a.tickfont.size, font = size + "px " + layout.font.family;
      if (!a.ticktext || a.tickangle || a.domain) { return; }
      var words = a.ticktext.map(String), shown = a.showticklabels !== false && words.length;
      var lines = Math.max.apply(null, words.map(function (w) { return w.split("<br>").length; }));
      var across = words.map(function (w) { return Math.max.apply(null, w.split("<br>").map(function (l) { return wide(l, font); })); });
      var title = a.title && a.title.text ? 26 * a.title.text.split("<br>").length : 0;
      var need = title + (shown ? 12 + (k[0] === "x" ? lines * size * 1.3 : Math.max.apply(null, across)) : 0);
      var side = (a.side || SIDES[k[0]])[0];
      margin[side] = Math.max(margin[side], Math.ceil(need));
      a.automargin = false;
      a.ticklabeloverflow = "allow"; // there is room: no word need be measured to be left out
      if (k[0] === "x" && shown && width) { overhang(a, a.range || extent(data), across, margin, width - margin.l - margin.r); }
    });
  }

  function at(v) { return typeof v === "number" ? v : Date.parse(v); }

  // From the first to the last of what is drawn along x.
  function extent(data) {
    var all = [].concat.apply([], data.map(function (t) { return Array.isArray(t.x) ? t.x.map(at).filter(isFinite) : []; }));
    return [Math.min.apply(null, all), Math.max.apply(null, all)];
  }

  // The first and the last word of an axis may stand out over its ends.
  function overhang(a, range, across, margin, inner) {
    var place = function (v) { return a.type === "log" ? Math.log10(v) : at(v); }; // a logarithmic axis has its range in powers of ten
    var low = at(range[0]), high = at(range[1]), last = across.length - 1;
    var share = function (i) { return (place(a.tickvals[i]) - low) / (high - low); };
    margin.l = Math.max(margin.l, Math.ceil(across[0] / 2 - share(0) * inner) + 4) || margin.l;
    margin.r = Math.max(margin.r, Math.ceil(across[last] / 2 - (1 - share(last)) * inner) + 4) || margin.r;
  }

  // The figure with the theme's look, for a place so wide; `touch` devices scroll with a drag instead of selecting.
  function themed(figure, width) {
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
    var place = width || window.innerWidth - 50, cells = data.some(function (t) { return t.type === "heatmap"; });
    if (window.innerWidth < 768 || (window.innerWidth < 1200 && place < (cells ? 720 : 460))) { // a phone, or half a tablet
      if (place < 460) { thin(layout.xaxis, cells ? 2 : 4); }
      var slots = (layout.xaxis.ticktext || []).length;
      var inner = left(layout, data, place);
      data = data.map(function (t) { return narrowed(t, data.length === 1, slots, inner, layout.font.family); });
      room(layout, data, inner);
      var named = data.filter(function (t) { return t.showlegend !== false && t.name; });
      if (named.length > 5) { layout.showlegend = false; }
      if (named.every(function (t) { return t.name.length < 14; })) { merged(layout, { legend: { entrywidth: 0.5, entrywidthmode: "fraction" } }); }
    }
    framed(layout, data, width);
    if (touch && layout.dragmode === "select") { layout.dragmode = false; }
    return { data: resolved(data, styles), layout: resolved(layout, styles) };
  }

  // How every picture is drawn: nothing leads outside.
  var CONFIG = { displaylogo: false, displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", scrollZoom: false, doubleClick: false, showAxisDragHandles: false };

  window.storesightFigures = { themed: themed, CONFIG: CONFIG };
})();
