"""A report as one HTML file: styles, plotly.js, outlines and figures inside, a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analytics.language import N_, _, language
from dashboard.bundles import plotly
from dashboard.components.markup import css_string
from dashboard.report.content import Report
from dashboard.report.sheets import least_height

HERE = Path(__file__).parent
ASSETS = HERE.parent.parent / "assets"
STYLES = (ASSETS / "a-theme.css", HERE / "report.css")
# The client's modules that draw figures, each after those that it imports: in the file they are one module.
DRAWING = ("basemaps", "measuring", "labels", "texts", "windows", "figures")
_IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; "
    "form-action 'none'; script-src {scripts}"
)
WORDS = {
    "title": N_("{company}: report, {span}"),
    "compared": N_("{span}, compared with {base}"),
    "from": N_("from {amount}"),
    "happened": N_("What happened"),
    "action": N_("Needs action"),
    "see": N_("See chart"),
    "about": N_("About these figures"),
    "rows": N_("Rows"),
    "same": N_("The same view in the application"),
    "caveats": N_("What to bear in mind"),
    "definitions": N_("Definitions"),
    "metric": N_("Metric"),
    "formula": N_("Formula"),
    "appendix": N_("Appendix"),
    "how": N_("How the charts on the first pages are computed"),
    "quality": N_("Quality of the data"),
    "changed": N_("What changed"),
    "facts": N_("Key facts"),
    "gap": N_("Gap: {amount}"),
    "computed": N_("How it is computed"),
    "absent": N_("Not shown"),
    "effect": N_("Effect"),
    "found": N_("What was found"),
}
CAVEATS = (
    N_(
        "Revenue is net of refunds. An order counts where it has a sale line. Customers without an id are left out of "
        "customer figures only."
    ),
    N_(
        "Ratios and numbers of customers or orders are computed for each group, so those of groups do not add up to "
        "the total."
    ),
    N_("Changes compare equally long times; rates change in percentage points (pp)."),
    N_("Incomplete periods are hatched or dotted in the charts, and nothing is concluded from them."),
    N_(
        "What goes together need not cause one another: this holds for products bought together, channels and "
        "discounts. Forecasts and expected values are only as certain as the range they state."
    ),
    N_(
        "Of 20 changes called clear or likely, at most one is expected to be mere chance. Other sentences are plain "
        "arithmetic."
    ),
)
_OUTLINES = re.compile(r"/shapes/([a-z-]+)\.json")


def write(report: Report, outlines: Callable[[str], bytes]) -> str:
    """The file's text. `outlines`: the GeoJSON of a name, which maps name by address."""
    cards = [*(c for sheet in report.sheets for c in sheet.cards), *(c for part in report.sections for c in part.cards)]
    figures = [card.figure for card in cards if card.figure is not None]
    modules = (*(ASSETS / "js" / f"{name}.js" for name in DRAWING), HERE / "report.js")
    library = _script(plotly.script().read_text("utf-8"))
    drawing = _script("\n".join(_IMPORT.sub("", p.read_text("utf-8")) for p in modules))
    templates = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.filters |= {"json": embedded, "least_height": least_height}
    return templates.get_template("report.html").render(
        report=report,
        head=css_string(report.head),
        language=language(),
        say=_,
        words=WORDS,
        caveats=CAVEATS,
        known={card.ident for card in cards},
        policy=POLICY.format(scripts=f"{_hash(library)} {_hash(drawing)}"),
        styles=[Markup(p.read_text("utf-8")) for p in STYLES],
        outlines={name: orjson.Fragment(outlines(name)) for name in named_outlines(figures)},
        library=library,
        drawing=drawing,
    )


def named_outlines(figures: Iterable[dict[str, Any]]) -> list[str]:
    """The outlines that maps among the figures name."""
    addresses = [trace["geojson"] for f in figures for trace in f["data"] if isinstance(trace.get("geojson"), str)]
    return sorted({found[1] for found in map(_OUTLINES.match, addresses) if found})


def embedded(value: Any) -> Markup:
    """JSON that may stand inside a script element: no text of the data can end it."""
    text = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS, default=str).decode()
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _script(text: str) -> Markup:
    return Markup(text.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
