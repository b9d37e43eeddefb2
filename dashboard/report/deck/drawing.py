"""Slides drawn: texts, native charts and tables, each named after what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Pt

from dashboard.report.deck.charts import add_plot
from dashboard.report.deck.content import Grid, Plot, Slide, Text
from dashboard.report.deck.marks import LONGEST_CELL, listed, name_of, plain
from dashboard.report.deck.template import TITLES, Layouts, Place, feet_of
from dashboard.text.formats import Formats

TONES = {"better": RGBColor(0x1F, 0x93, 0x5F), "worse": RGBColor(0xD6, 0x45, 0x3D)}  # on light and dark ground
GAP = 0.03  # of the room's width
LETTER = 0.53  # width of a letter as a share of its size, on average
LINE = 1.22
TITLE_ROOM = Pt(30)  # above a table
SENTENCE = 14  # points of what is said above charts
LINES_ALONE = "{3C2FFA5D-87B4-456A-9821-1D502468CF0F}"  # a style of tables: PowerPoint's Light Style 1 - Accent 1
RECEIPT = ("Receipt by Storesight", "End of the receipt")


def draw(presentation: Any, layouts: Layouts, slide: Slide, formats: Formats) -> None:
    """Add the slide to the presentation."""
    layout = layouts.cover if slide.kind == "cover" else layouts.content
    made = presentation.slides.add_slide(layout)
    feet = feet_of(made, layout)
    by_role: dict[str, Text] = {text.role: text for text in slide.texts}
    _titles(made, slide, by_role, layouts)
    foot = by_role.get("foot")
    if foot is not None:
        _foot(made, foot, feet, presentation)
    if slide.kind == "summary":
        _summary(made, slide, layouts.room)
    elif slide.kind != "cover":
        _tab(made, slide, layouts.room, formats)
    for shape in list(made.placeholders):  # "Click to add text"
        if not shape.has_text_frame or not shape.text_frame.text:
            shape.element.getparent().remove(shape.element)
    made.notes_slide.notes_text_frame.text = "\n".join(receipt_lines(slide.receipt, made))


def receipt_lines(receipt: Sequence[str], made: Any) -> list[str]:
    """The receipt between two lines by which a refresh finds it, with the marks of the slide's placeholders."""
    marks = listed(shape.name for shape in made.placeholders)
    return [RECEIPT[0], *(plain(line) for line in receipt), marks, RECEIPT[1]]


def texts_of(text: Text) -> list[str]:
    """The paragraphs of a text, as they may stand in a file."""
    return [plain(line) for line in text.lines]


def _titles(made: Any, slide: Slide, by_role: dict[str, Text], layouts: Layouts) -> None:
    holders = {shape.placeholder_format.type: shape for shape in made.placeholders}
    title = next(holders[kind] for kind in TITLES if kind in holders)
    lines = texts_of(by_role["title"])
    title.text_frame.text = lines[0]
    if slide.kind != "cover":
        points = fitting(lines, title.width, title.height or Pt(60), most=24, least=14)
        title.text_frame.paragraphs[0].runs[0].font.size = Pt(points)
    _mark(title, by_role["title"])
    second = by_role.get("subtitle")
    if second is None:
        return
    holder = holders.get(PP_PLACEHOLDER.SUBTITLE)
    room = layouts.room
    shape = holder or made.shapes.add_textbox(room.left, room.top + room.height // 2, room.width, room.height // 3)
    _fill(shape.text_frame, texts_of(second))
    _mark(shape, second)


def _mark(shape: Any, text: Text) -> None:
    shape.name = name_of(text.key, texts_of(text))


def _foot(made: Any, foot: Text, feet: dict[Any, Any], presentation: Any) -> None:
    """Company, range, comparison and filters, where the template has its footer; else at the bottom."""
    shape = feet.get(PP_PLACEHOLDER.FOOTER)
    if shape is None:
        wide, high = presentation.slide_width, presentation.slide_height
        shape = made.shapes.add_textbox(wide // 24, round(high * 0.94), wide - wide // 6, round(high * 0.05))
    shape.text_frame.text = texts_of(foot)[0]
    shape.text_frame.paragraphs[0].runs[0].font.size = Pt(9)
    shape.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    _mark(shape, foot)


def _summary(made: Any, slide: Slide, room: Place) -> None:
    """Key figures in a row; below them what happened, and what needs action."""
    tiles = [text for text in slide.texts if text.role == "tile"]
    gap = round(room.width * GAP / 2)
    high = round(room.height * 0.235) if tiles else 0
    each = (room.width - gap * (len(tiles) - 1)) // max(len(tiles), 1)
    for i, tile in enumerate(tiles):
        _tile(made, tile, Place(room.left + i * (each + gap), room.top, each, high))
    lists = [text for text in slide.texts if text.role == "bullets"]
    top = room.top + high + (gap if tiles else 0)
    below = room.height - (top - room.top)
    wide = room.width if len(lists) == 1 else round((room.width - gap) * 0.58)
    places = [Place(room.left, top, wide, below), Place(room.left + wide + gap, top, room.width - wide - gap, below)]
    points = min((_list_points(text, place, 15) for text, place in zip(lists, places, strict=False)), default=15)
    for text, place in zip(lists, places, strict=False):
        _bullets(made, text, place, most=points)


def _tile(made: Any, tile: Text, place: Place) -> None:
    shape = made.shapes.add_textbox(place.left, place.top, place.width, place.height)  # no fill: a template may be dark
    shape.line.color.theme_color = MSO_THEME_COLOR.ACCENT_1
    shape.line.width = Pt(1.25)
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    lines = texts_of(tile)
    _fill(frame, lines)
    for paragraph, points in zip(frame.paragraphs, (12, 26, 12), strict=False):
        font = paragraph.runs[0].font
        font.size = Pt(fitting([paragraph.text], place.width - Pt(16), Pt(points * LINE), most=points, least=9))
        font.color.theme_color = MSO_THEME_COLOR.TEXT_1
        paragraph.alignment = PP_ALIGN.LEFT
    frame.paragraphs[1].runs[0].font.bold = True
    if tile.tone in TONES:
        frame.paragraphs[2].runs[0].font.color.rgb = TONES[tile.tone]
    _mark(shape, tile)


def _bullets(made: Any, text: Text, place: Place, most: int) -> Any:
    """A list below a heading; without one where the heading is empty. The template's own list where it is free."""
    free = [
        s
        for s in made.placeholders
        if s.placeholder_format.type in (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY) and not s.text_frame.text
    ]
    shape = free[0] if free else made.shapes.add_textbox(place.left, place.top, place.width, place.height)
    shape.left, shape.top, shape.width, shape.height = (
        Emu(place.left), Emu(place.top), Emu(place.width), Emu(place.height),
    )  # fmt: skip
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    head, *items = texts_of(text)
    lines = [head, *items] if head else items
    _fill(frame, lines)
    points = _list_points(text, place, most)
    for i, paragraph in enumerate(frame.paragraphs):
        paragraph.space_after = Pt(4)
        paragraph.space_before = Pt(0)
        paragraph.runs[0].font.size = Pt(points)
        if head and i == 0:
            _no_bullet(paragraph)
            paragraph.runs[0].font.bold = True
        elif not free:
            paragraph.runs[0].text = paragraph.text
            _bullet(paragraph)
    shape.name = name_of(text.key, lines)
    return shape


def _list_points(text: Text, place: Place, most: int) -> int:
    """The size of a list's letters."""
    lines = [line for line in texts_of(text) if line]
    return fitting(lines, place.width - Pt(24), place.height - Pt(10) - Pt(4 * len(lines)), most=most, least=9)


def _list_height(text: Text, width: int, points: int) -> int:
    """The height of a list whose letters have this size."""
    letters = max(1, int((width - Pt(24)) / Pt(1) / (points * LETTER)))
    lines = [line for line in texts_of(text) if line]
    rows = sum(max(1, -(-len(line) // letters)) for line in lines)
    return round(Pt(rows * points * LINE)) + Pt(4 * len(lines)) + Pt(14)


def _no_bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(properties.makeelement(_a("buNone"), {}))


def _bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "171450")
    properties.set("indent", "-171450")
    properties.append(properties.makeelement(_a("buFont"), {"typeface": "Arial"}))
    properties.append(properties.makeelement(_a("buChar"), {"char": "•"}))


def _a(name: str) -> str:
    return f"{{http://schemas.openxmlformats.org/drawingml/2006/main}}{name}"


def _tab(made: Any, slide: Slide, room: Place, formats: Formats) -> None:
    """What is to be said on top, charts or a table below; or a list alone."""
    told = next((text for text in slide.texts if text.role in ("text", "bullets")), None)
    top = room.top
    if told is not None:
        alone = not slide.exhibits
        text = told if told.role == "bullets" else Text(told.key, "bullets", ("", *told.lines))
        needed = _list_height(text, room.width, SENTENCE)
        high = room.height if alone else min(needed, round(room.height * 0.3))
        _bullets(made, text, Place(room.left, top, room.width, high), most=SENTENCE)
        top += high
    gap = round(room.width * GAP)
    count = len(slide.exhibits)
    each = (room.width - gap * (count - 1)) // max(count, 1)
    for i, exhibit in enumerate(slide.exhibits):
        place = Place(room.left + i * (each + gap), top, each, room.top + room.height - top)
        if isinstance(exhibit, Plot):
            add_plot(made, exhibit, place, formats)
        else:
            _grid(made, exhibit, place)


# --- tables


def _grid(made: Any, grid: Grid, place: Place) -> None:
    """A table of the answer's first rows, below its title."""
    table = grid.table
    count = len(table.rows) + 1
    above = made.shapes.add_textbox(place.left, place.top, place.width, TITLE_ROOM)
    above.text_frame.text = plain(grid.title, LONGEST_CELL)
    above.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER  # as those of charts
    heading = above.text_frame.paragraphs[0].runs[0].font
    heading.size, heading.bold = Pt(13), True
    top, room = place.top + TITLE_ROOM, place.height - TITLE_ROOM
    high = min(room, Pt(24) * count)
    shape = made.shapes.add_table(count, len(table.head), place.left, top, place.width, high)
    shape._element.graphic.graphicData.tbl.tblPr.find(_a("tableStyleId")).text = LINES_ALONE
    shape.name = name_of(grid.key, [plain(text, LONGEST_CELL) for text in grid.content])
    shape._element._nvXxPr.cNvPr.set("descr", plain(grid.title))
    for row, cells in enumerate((table.head, *table.rows)):
        for column, (text, is_number) in enumerate(cells):
            target = shape.table.cell(row, column)
            target.text_frame.text = plain(text, LONGEST_CELL)
            target.margin_top = target.margin_bottom = Pt(2)
            paragraph = target.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
            for run in paragraph.runs:
                run.font.size = Pt(11)


# --- texts


def _fill(frame: Any, lines: Sequence[str]) -> None:
    """One paragraph a line."""
    frame.text = "\n".join(lines)


def fitting(lines: Sequence[str], width: int, height: int, most: int, least: int) -> int:
    """The largest size of letters, in points, at which the lines fit into a rectangle, as far as can be told without
    measuring; `least` where none does."""
    wide, high = width / Pt(1), height / Pt(1)
    for points in range(most, least, -1):
        letters = max(1, int(wide / (points * LETTER)))
        rows = sum(max(1, -(-len(line) // letters)) for line in lines)
        if rows * points * LINE <= high:
            return points
    return least
