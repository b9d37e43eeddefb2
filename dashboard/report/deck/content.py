"""What stands on the slides: the report's summary and sheets as texts, native charts and tables, each with a key by
which a later refresh finds it, and a receipt for the notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from analytics.language import _, several
from dashboard.answers.side_by_side import Seen
from dashboard.chart import Chart
from dashboard.page.tables import column_label, column_unit
from dashboard.report.cards import Insight
from dashboard.report.content import Report
from dashboard.report.deck.native import Native, native
from dashboard.report.plain import Table
from dashboard.report.sheets import Sheet
from dashboard.text.formats import formats_of

MOST_CHARTS = 2  # of a slide
MOST_ROWS = 10
MOST_COLUMNS, MOST_COLUMNS_OF_TWO = 6, 4
SHOWN_TILES = 4
NOTHING = "\u200b"  # what stands where there is nothing to say now, so that its format stays for a later refresh

Role = Literal["title", "subtitle", "text", "bullets", "tile", "foot"]


@dataclass(frozen=True)
class Text:
    """A text: its paragraphs. `tones`: "better" or "worse" for each paragraph that is good or bad news."""

    key: str
    role: Role
    lines: tuple[str, ...]
    tone: str = ""

    @property
    def content(self) -> tuple[str, ...]:
        """What its digest is made of."""
        return self.lines


@dataclass(frozen=True)
class Plot:
    """A native chart with its title."""

    key: str
    title: str
    native: Native


@dataclass(frozen=True)
class Grid:
    """A table with its title."""

    key: str
    title: str
    table: Table

    @property
    def content(self) -> tuple[str, ...]:
        """What its digest is made of: the cells, row by row."""
        return tuple(text for row in (self.table.head, *self.table.rows) for text, _ in row)


Part = Text | Plot | Grid


@dataclass(frozen=True)
class Slide:
    """`parts` in reading order, the title first; `receipt`: what the notes say about the figures, line by line."""

    key: str
    kind: Literal["cover", "summary", "tab", "about"]
    parts: tuple[Part, ...]
    receipt: tuple[str, ...]

    @property
    def texts(self) -> list[Text]:
        """Its texts."""
        return [part for part in self.parts if isinstance(part, Text)]

    @property
    def exhibits(self) -> list[Plot | Grid]:
        """Its charts and tables."""
        return [part for part in self.parts if not isinstance(part, Text)]


def slides_of(report: Report, base: str = "") -> tuple[Slide, ...]:
    """The slides of a report. `base`: where the application is reached, for links in the notes; "" for addresses
    without a host."""
    return (_cover(report, base), _summary(report, base), *_tabs(report, base), _about(report, base))


def _cover(report: Report, base: str) -> Slide:
    compared = _("compared with {span}", span=report.compared) if report.compared else ""
    lines = [report.span, compared, report.filters]
    parts = (
        Text("cover.title", "title", (report.title,)),
        Text("cover.subtitle", "subtitle", tuple(filter(None, lines))),
    )
    return Slide("cover", "cover", parts, _receipt(report, f"{base}{report.address}"))


def _summary(report: Report, base: str) -> Slide:
    told = report.summary
    tiles = tuple(
        Text(
            f"summary.figure.{i}",
            "tile",
            (tile.label, tile.value, " · ".join(filter(None, [tile.change, tile.target])) or NOTHING),
            tile.tone,
        )
        for i, tile in enumerate(told.tiles[:SHOWN_TILES], 1)
    )
    stories = tuple(story.sentence for story in told.stories)
    actions = tuple(f"{action.sentence} {action.recommendation}".strip() for action in told.actions)
    parts = (
        Text("summary.title", "title", (told.headline or report.title,)),
        _foot(report),
        *tiles,
        *([Text("summary.stories", "bullets", (_("What happened"), *stories))] if stories else []),
        *([Text("summary.actions", "bullets", (_("Needs action"), *actions))] if actions else []),
    )
    formulas = [
        _("{name}: {value}", name=label, value=formula)
        for label, formula in report.metrics
        if label in {t.label for t in told.tiles}
    ]
    why = [f"{i.sentence} {i.why} {i.caveat}".strip() for i in (*told.stories, *told.actions) if i.why or i.caveat]
    return Slide("summary", "summary", parts, _receipt(report, f"{base}{report.address}", *formulas, *why, told.rate))


def _tabs(report: Report, base: str) -> Iterator[Slide]:
    for sheet in report.sheets:
        exhibits = tuple(_exhibits(report, sheet))
        if not exhibits:
            continue
        said = tuple(i.sentence for i in sheet.sentences)
        key = key_of(sheet.tab.ident)
        parts = (
            Text(f"{key}.title", "title", (sheet.title,)),
            _foot(report),
            *([Text(f"{key}.told", "text", said)] if said else []),
            *(exhibit for exhibit, _seen in exhibits),
        )
        address = f"{base}{sheet.tab.path}?{report.view.requested.to_query()}"
        defined = [
            _("{name}: {value}", name=seen.chart.title, value=seen.chart.explanation.text)
            for _exhibit, seen in exhibits
        ]
        told = {seen.chart.name: card.notes for seen, card in zip(sheet.seen, sheet.cards_in_order, strict=True)}
        notes = [note for _exhibit, seen in exhibits for note in told[seen.chart.name]]
        yield Slide(key, "tab", parts, _receipt(report, address, *defined, *notes, *_limits(sheet.sentences)))


def _limits(insights: tuple[Insight, ...]) -> Iterator[str]:
    for insight in insights:
        yield " ".join(filter(None, [insight.why, insight.recommendation, insight.caveat]))


def _exhibits(report: Report, sheet: Sheet) -> Iterator[tuple[Plot | Grid, Seen]]:
    """The first of a sheet's charts that PowerPoint has too, after a table that stands before them; where there is
    neither, the numbers behind its first figure."""
    told: list[tuple[Plot | Grid, Seen]] = []
    for seen, card in zip(sheet.seen, sheet.cards_in_order, strict=True):
        found = native(seen)
        if found is not None:
            told.append((Plot(_key(sheet, seen), _title(seen.chart, found, report), found), seen))
        elif card.table is not None and not told:  # it is what the tab is about
            told.append((Grid(_key(sheet, seen), str(seen.chart.title), card.table), seen))
    if not told:
        told = [(Grid(_key(sheet, seen), str(seen.chart.title), table_of(seen)), seen) for seen in sheet.seen[:1]]
    few = told[:MOST_CHARTS]
    for part, seen in few:
        yield (part if isinstance(part, Plot) else replace(part, table=_few_columns(part.table, len(few)))), seen


def _key(sheet: Sheet, seen: Seen) -> str:
    return key_of(f"{sheet.tab.ident}.{seen.chart.name}")


def _title(chart: Chart, found: Native, report: Report) -> str:
    """The chart's title, which says how many of how many are shown."""
    if not found.of:
        return str(chart.title)
    number = formats_of(report.view.engine.profile).number
    shown = {"shown": number(len(found.categories)), "all": number(found.of)}
    return _("{title} ({shown} of {all})", title=chart.title, **shown)


def _few_columns(table: Table, tables: int) -> Table:
    """As much of a table as a slide has room for, where so many share it."""
    most = MOST_COLUMNS if tables == 1 else MOST_COLUMNS_OF_TWO
    return Table(table.head[:most], tuple(row[:most] for row in table.rows[:MOST_ROWS]))


def table_of(seen: Seen) -> Table:
    """The first rows and columns of an answer, written as the page writes them."""
    chart, answer, context = seen.chart, seen.answer, seen.context
    frame = answer.frame.head(MOST_ROWS)
    columns = list(frame.columns[:MOST_COLUMNS])
    units = {name: column_unit(name, chart) for name in columns}
    head = tuple((column_label(name, context.schema), bool(units[name])) for name in columns)
    rows = tuple(
        tuple(
            (
                context.formats.unit(units[name], value) if units[name] else context.schema.label(name, value),
                bool(units[name]),
            )
            for name, value in zip(columns, row, strict=True)
        )
        for row in frame[columns].itertuples(index=False)
    )
    return Table(head, rows)


def _about(report: Report, base: str) -> Slide:
    shown = ("Time range", "Compared with", "Filters", "Data through", "Loaded", "Time zone", "Currency")
    labels = {tile.label for tile in report.summary.tiles[:SHOWN_TILES]}
    lines = [_("{name}: {value}", name=label, value=text) for label, text in report.about if label in shown and text]
    lines += [_("{name}: {value}", name=label, value=formula) for label, formula in report.metrics if label in labels]
    lines.append(_("Changes compare equally long times; rates change in percentage points (pp)."))
    parts = (
        Text("about.title", "title", (_("About these figures"),)),
        _foot(report),
        Text("about.text", "bullets", ("", *lines)),
    )
    return Slide("about", "about", parts, _receipt(report, f"{base}{report.address}"))


def _foot(report: Report) -> Text:
    return Text("foot", "foot", (report.head,))


def _receipt(report: Report, link: str, *defined: str) -> tuple[str, ...]:
    facts = dict(report.about)
    named = ("Data set", "Time range", "Compared with", "Filters")
    selection = several(_("{name}: {value}", name=label, value=text) for label, text in report.about if label in named)
    version = _(
        "Data version {version}, loaded {loaded}, data through {day}.",
        version=facts["Data version"],
        loaded=facts["Loaded"],
        day=facts["Data through"],
    )
    return (*filter(None, defined), f"{selection}.", version, _("The same in Storesight: {address}", address=link))


def key_of(text: str) -> str:
    """A key that may stand in the name of a shape."""
    return re.sub(r"[^a-z0-9_.-]+", "-", text.lower())[:90]
