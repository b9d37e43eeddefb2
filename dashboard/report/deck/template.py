"""The file that a deck begins with: a company's template, or PowerPoint's own with our colours; and what of its layouts
a slide uses."""

from __future__ import annotations

import copy
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.util import Inches

from analytics.errors import RequestError

MOST_BYTES = 100_000_000
MOST_UNPACKED = 500_000_000
MOST_PARTS = 10_000
TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
BODIES = (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY)
FEET = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
COLOURS = ("3056D3", "D9822B", "12968A", "B8478B", "7B68CF", "4F9FD8")  # as a-theme.css has them
FONT = "Segoe UI"


@dataclass(frozen=True)
class Place:
    """A rectangle, in the units of PowerPoint (914,400 an inch)."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Layouts:
    """The layouts of the first slide and of the others, and where the content of the others goes."""

    cover: Any
    content: Any
    room: Place


def opened(path: Path | None, where: str) -> Any:
    """The presentation of a file, or a new one. RequestError for a file that is none, or is too large."""
    if path is None:
        return _plain()
    try:
        _refuse_large(path, where)
        return Presentation(str(path))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, PythonPptxError) as fault:
        hint = "Save it in PowerPoint as a presentation (.pptx); a template (.potx) cannot be read."
        raise RequestError(f"{path.name!r} cannot be read as a presentation.", where=where, hint=hint) from fault


def _refuse_large(path: Path, where: str) -> None:
    size = path.stat().st_size
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
    if size > MOST_BYTES or len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        most = f"{MOST_BYTES // 1_000_000} MB, unpacked {MOST_UNPACKED // 1_000_000} MB"
        raise RequestError(f"{path.name!r} is larger than a presentation may be here ({most}).", where=where)


def without_slides(presentation: Any) -> Any:
    """The presentation with its layouts and none of its slides."""
    listed = presentation.slides._sldIdLst
    for entry in list(listed):
        presentation.part.drop_rel(entry.rId)
        listed.remove(entry)
    return presentation


def _plain() -> Any:
    """PowerPoint's own template, 16:9, in our colours."""
    made: Any = Presentation()
    _without_pictures(made.part.package)
    old = made.slide_width
    made.slide_width, made.slide_height = Inches(13.333), Inches(7.5)
    master = made.slide_masters[0]
    for holder in (master, *master.slide_layouts):
        for shape in holder.placeholders if holder is master else holder.shapes:
            if shape.element.spPr.xfrm is not None:
                shape.left = round(shape.left * made.slide_width / old)
                shape.width = round(shape.width * made.slide_width / old)
    _quiet(master)
    for style in master.element.xpath("p:txStyles/p:titleStyle/a:lvl1pPr"):
        style.set("algn", "l")
    for letters in master.element.xpath("p:txStyles/p:titleStyle/a:lvl1pPr/a:defRPr"):
        letters.set("b", "1")
    for layout in master.slide_layouts:
        _quiet(layout)
    theme = next(r.target_part for r in master.part.rels.values() if r.reltype.endswith("/theme"))
    theme._blob = _coloured(theme.blob.decode("utf-8")).encode("utf-8")
    return made


def _without_pictures(package: Any) -> None:
    """Leave out the picture and the printer's settings of PowerPoint's own template."""
    for holder in (package, package.presentation_part):
        for ident, relation in list(holder._rels.items()):
            if relation.reltype.endswith(("/thumbnail", "/printerSettings")):
                holder._rels.pop(ident)


def _quiet(holder: Any) -> None:
    """Titles at the left, on top, in two lines at most; content below them."""
    width, height = Inches(13.333), Inches(7.5)
    edge = Inches(0.55)
    for shape in holder.placeholders:
        kind = shape.placeholder_format.type
        if kind == PP_PLACEHOLDER.TITLE:
            shape.left, shape.top, shape.width, shape.height = edge, Inches(0.35), width - 2 * edge, Inches(0.95)
            _anchor(shape, "b")
        elif kind in (PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.SUBTITLE):
            first = kind == PP_PLACEHOLDER.CENTER_TITLE
            shape.left, shape.top = Inches(0.9), Inches(2.1 if first else 3.9)
            shape.width, shape.height = Inches(11), Inches(1.6 if first else 1.8)
            _anchor(shape, "b" if first else "t")
            _left(shape)
        elif kind in BODIES and shape.placeholder_format.idx == 1 and shape.height > Inches(4):
            shape.left, shape.top, shape.width, shape.height = edge, Inches(1.45), width - 2 * edge, Inches(5.35)
        elif kind == PP_PLACEHOLDER.FOOTER:
            shape.left, shape.top, shape.width, shape.height = edge, height - Inches(0.5), Inches(11), Inches(0.35)
        elif kind == PP_PLACEHOLDER.SLIDE_NUMBER:
            shape.left, shape.top = width - edge - Inches(1.2), height - Inches(0.5)
            shape.width, shape.height = Inches(1.2), Inches(0.35)


def _left(shape: Any) -> None:
    """Paragraphs at the left, whatever the master says."""
    for level in shape.element.xpath(".//a:lvl1pPr"):
        level.set("algn", "l")


def _anchor(shape: Any, where: str) -> None:
    shape.text_frame._txBody.bodyPr.set("anchor", where)


def _coloured(theme: str) -> str:
    """The theme's XML with our accents and font."""
    for number, colour in enumerate(COLOURS, 1):
        theme = re.sub(
            rf"(<a:accent{number}>).*?(</a:accent{number}>)",
            rf'\1<a:srgbClr val="{colour}"/>\2',
            theme,
            flags=re.DOTALL,
        )
    return re.sub(r'(<a:(?:major|minor)Font>\s*<a:latin typeface=")[^"]*', rf"\g<1>{FONT}", theme)


def layouts_of(presentation: Any, where: str) -> Layouts:
    """What slides are made from. RequestError for a file without a layout that has a title."""
    known = [layout for master in presentation.slide_masters for layout in master.slide_layouts]
    titled = [layout for layout in known if _kinds(layout) & set(TITLES)]
    if not titled:
        raise RequestError(
            "no layout of this presentation has a title.", where=where, hint="Add one in its slide master."
        )
    cover = next((x for x in titled if PP_PLACEHOLDER.CENTER_TITLE in _kinds(x)), None)
    cover = cover or next((x for x in titled if PP_PLACEHOLDER.SUBTITLE in _kinds(x)), titled[0])
    others = [x for x in titled if x is not cover] or titled
    with_body = [x for x in others if len(_bodies(x)) == 1]
    content = next(iter(with_body), others[0])
    return Layouts(cover, content, _room(presentation, content))


def _kinds(layout: Any) -> set[Any]:
    return {shape.placeholder_format.type for shape in layout.placeholders}


def _bodies(layout: Any) -> list[Any]:
    return [shape for shape in layout.placeholders if shape.placeholder_format.type in BODIES]


def _room(presentation: Any, layout: Any) -> Place:
    """Where the template puts content; without such a place, what is free below the title."""
    bodies = [b for b in _bodies(layout) if b.width and b.height]
    wide, high = presentation.slide_width, presentation.slide_height
    for body in bodies:
        if body.width > wide * 0.5 and body.height > high * 0.4:
            return Place(body.left, body.top, body.width, body.height)
    title = next(s for s in layout.placeholders if s.placeholder_format.type in TITLES)
    below = (title.top or 0) + (title.height or 0)
    top = below + high // 60 if below < high * 0.4 else high // 4
    return Place(wide // 24, top, wide - wide // 12, round(high * 0.92) - top)


def feet_of(slide: Any, layout: Any) -> dict[Any, Any]:
    """Copies onto the slide the footer and the slide number that its layout has; each by its kind."""
    found = {}
    for shape in layout.placeholders:
        kind = shape.placeholder_format.type
        if kind in FEET:
            element = copy.deepcopy(shape.element)
            slide.shapes._spTree.append(element)
            found[kind] = next(s for s in slide.shapes if s.element is element)
    return found
