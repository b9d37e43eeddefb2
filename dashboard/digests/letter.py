"""An issue as a mail: HTML of tables with inline styles, as mail programs show it, and the same as plain text. It holds
no image and fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dashboard.delivery.messages import one_line
from dashboard.digests.content import Told, page_title

HERE = Path(__file__).parent
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
    return _template("letter.html", escape=True).render(
        told=told, foot=foot, base=base, tones=TONES, page=page_title(told.page)
    )


def text(told: Told, foot: Foot, base: str) -> str:
    """The mail as plain text."""
    return _template("letter.txt", escape=False).render(told=told, foot=foot, base=base)


@cache
def _template(name: str, *, escape: bool) -> Template:
    templates = Environment(loader=FileSystemLoader(HERE), autoescape=escape, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    return templates.get_template(name)
