"""An issue as a mail: HTML of tables with inline styles, as mail programs show it, and the same as plain text. It holds
no image and fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from analytics.language import N_, _, language
from dashboard.delivery.messages import one_line
from dashboard.digests.content import Told, page_title

HERE = Path(__file__).parent
WORDS = {
    "alone": N_("No earlier period to compare with."),
    "chart": N_("See chart"),
    "figures": N_("Key figures"),
    "now": N_("Now"),
    "before": N_("Before"),
    "before_figure": N_("before:"),
    "change": N_("Change"),
    "targets": N_("Targets"),
    "stories": N_("What changed, and why"),
    "alerts": N_("Active alerts"),
    "notes": N_("Notes"),
    "leave": N_("Unsubscribe"),
}
TONES = {"better": "#0b7a4b", "worse": "#c0362c", "": "#5a6375"}


@dataclass(frozen=True)
class Foot:
    """What stands below: why somebody gets the mail, whose eyes it is written with, and the address at which they
    unsubscribe ("" in a preview)."""

    why: str
    eyes: str
    leave: str = ""
    files: str = ""


def subject(told: Told) -> str:
    """'Monday figures: Quillmere, 17 Nov 2025 – 23 Nov 2025: Revenue $53.2K, ▲ +4.1 %'."""
    first = told.figures[0] if told.figures else None
    figure = f": {first.label} {first.value}{f', {first.change}' if first.change else ''}" if first else ""
    return one_line(f"{told.title} · {told.data}, {told.period}{figure}")


def html(told: Told, foot: Foot, base: str) -> str:
    """The mail as HTML. `base`: how addresses of the application begin."""
    return _template("letter.html", escape=True).render(told=told, foot=foot, base=base, tones=TONES, **_said(told))


def text(told: Told, foot: Foot, base: str) -> str:
    """The mail as plain text."""
    return _template("letter.txt", escape=False).render(told=told, foot=foot, base=base, **_said(told))


def _said(told: Told) -> dict[str, object]:
    """The words of the templates, in the language of whoever gets the mail."""
    return {
        "words": {name: _(text) for name, text in WORDS.items()},
        "compared": _("Compared with {period}.", period=told.compared),
        "only": _("Only {filters}.", filters=told.filters),
        "open": _("Open {page}", page=page_title(told.page)),
        "since": _("Since the digest of {day}", day=told.since),
    }


@cache
def _template(name: str, *, escape: bool) -> Template:
    templates = Environment(loader=FileSystemLoader(HERE), autoescape=escape, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.globals["language"] = language
    return templates.get_template(name)
