"""A report as one HTML file: styles, plotly.js, outlines and figures inside, a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.components.markup import css_string
from dashboard.report.content import Report
from dashboard.report.sheets import least_height

HERE = Path(__file__).parent
ASSETS = HERE.parent.parent / "assets"
STYLES = (ASSETS / "a-theme.css", HERE / "report.css")
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; "
    "form-action 'none'; script-src {scripts}"
)
_OUTLINES = re.compile(r"/shapes/([a-z-]+)\.json")


def write(report: Report, outlines: Callable[[str], bytes]) -> str:
    """The file's text. `outlines`: the GeoJSON of a name, which maps name by address."""
    cards = [*(c for sheet in report.sheets for c in sheet.cards), *(c for part in report.sections for c in part.cards)]
    figures = [card.figure for card in cards if card.figure is not None]
    modules = (ASSETS / "js" / "basemaps.js", ASSETS / "js" / "figures.js", HERE / "report.js")
    library = _script(_plotly().read_text("utf-8"))
    drawing = _script("\n".join(p.read_text("utf-8") for p in modules))  # one module: the file has no others to import
    templates = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.filters |= {"json": embedded, "least_height": least_height}
    return templates.get_template("report.html").render(
        report=report,
        head=css_string(report.head),
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


def _plotly() -> Path:
    """plotly.js of the installed package, which is not imported."""
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("plotly is not installed; requirements.txt names it")
    return Path(found.origin).parent / "package_data" / "plotly.min.js"


def _script(text: str) -> Markup:
    return Markup(text.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
