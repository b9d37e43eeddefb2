"""Which column of uploaded files is which field, why, and how sure that is; and the same with other columns.

What is shown comes from the TOML that the files are read by and from their first rows, so it is true however the TOML
was made. A column that a viewer chooses must be among those of the files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError, capital
from analytics.language import N_, _
from analytics.loading.guessing import evidence
from analytics.loading.guessing.appearance import alike, appearance
from analytics.loading.guessing.inspection import study
from analytics.loading.guessing.known_files import known_files
from analytics.loading.guessing.synonyms import named
from analytics.loading.lines.values import as_text
from analytics.loading.reading import sources as reading
from analytics.loading.reading.rows import Rows
from analytics.loading.rules.dimensions import is_taken
from analytics.loading.spec import Rule, Source, Spec
from analytics.loading.written import dates
from analytics.loading.written.toml_text import UNCERTAIN, quoted, source_lines
from analytics.quality import Quality
from analytics.schema import FIELDS, Field
from dashboard.text.moments import day_of
from dashboard.uploads.edits import with_value
from dashboard.uploads.names import name_of
from dashboard.uploads.pieces import CHOSEN, MADE, ONE, asked_price, with_pieces

MOST_COLUMNS = 300  # that can be chosen
EXAMPLES = 3  # values of a column
LONGEST_VALUE = 40
LONGEST_LABEL = 40  # of a field of one's own
MOST_SEEN = 5000  # texts in which the formats of dates are looked for
SETTINGS = ("currency", "time_zone", "ledger.tax")
ABSENT: Mapping[str, str] = {  # what a required field is where no column holds it
    "order_id": "{ row = true }",
    "product": '{ constant = "All products" }',
    "quantity": ONE,
}
SIGNS = {"*": "×", "-": "−", "/": "÷"}
_TERM = re.compile(r"\[(?P<column>[^]]+)\]\??|\b(?P<name>[a-z_]+)\b|(?<= )[-*/](?= )")  # of a formula
_KNOWN_PLATFORM = re.compile(r"^# (?P<title>.+): \d+ of \d+ columns known\.$", re.MULTILINE)
_FIELD_LINE = re.compile(
    r"""^(?P<name>[a-z_]+) \s* = (?P<value> (?: [^"'\#\n] | "(?:\\.|[^"\\])*" | '[^']*' )*) (?:\#\s*(?P<note>.*))? $""",
    re.VERBOSE | re.MULTILINE,
)


@dataclass(frozen=True)
class Mapped:
    """A field and where its values come from. `column`: the column; "" where there is none, "=" where the field is made
    in another way, which `made` tells. `sure`: "sure", "likely", "check" or "chosen". `formats`: the formats that the
    dates may have, with what the first date is by each."""

    field: str
    label: str
    column: str
    made: str
    why: str
    sure: str
    optional: bool
    formats: list[tuple[str, str]]
    format: str


@dataclass(frozen=True)
class Choice:
    """What a viewer chose: by field a column of the files, or "" for none; a format of dates; by label the columns of
    fields of one's own; and settings, by their place in the TOML."""

    columns: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> list[str]:
        """The fields that are changed."""
        return list(dict.fromkeys((*self.columns, *self.formats)))


@dataclass(frozen=True)
class FirstRows:
    """The first rows of the order lines' files, as they are written, and those of joined files by the join's name."""

    rows: Rows
    joined: Mapping[str, Rows] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The columns as fields name them: "City", and "customers.City" of a joined file."""
        others = [f"{join}.{name}" for join, rows in self.joined.items() for name in rows.table.column_names]
        return [*self.rows.table.column_names, *(name for name in others if name not in self.rows.table.column_names)]

    def texts(self, name: str) -> pa.ChunkedArray:
        """The values of a column."""
        if name in self.rows.table.column_names:
            return as_text(self.rows.table.column(name))
        join, _, column = name.partition(".")
        return as_text(self.joined[join].table.column(column))


def first_rows(spec: Spec) -> FirstRows:
    """The first rows of the files of a data set."""
    return FirstRows(_first(spec, spec.source), {join.name: _first(spec, join.source) for join in spec.joins})


def _first(spec: Spec, source: Source) -> Rows:
    folder = spec.path.parent
    with closing(reading.blocks(source, folder, folder, Quality())) as blocks:  # type: ignore[type-var]
        return next(blocks)


def shown(spec: Spec, toml: str, rows: FirstRows) -> dict[str, Any]:
    """The mapping for the page: `fields`, `columns` (each a name and some values), why it cannot be changed, and the
    column that looks like the price of one piece while the pieces are not known (`price`)."""
    platform = _KNOWN_PLATFORM.search(toml)
    notes = {m["name"]: m["note"] or "" for m in _FIELD_LINE.finditer(_fields_of(toml))}
    fields = [
        _mapped(known, spec.fields.get(name), notes.get(name, ""), platform["title"] if platform else "", rows)
        for name, known in _fields(spec).items()
    ]
    columns = [[name, _values(rows, name)] for name in rows.names[:MOST_COLUMNS]]
    price = asked_price(spec, toml, rows.rows)
    return {"fields": [asdict(f) for f in fields], "columns": columns, "fixed": _fixed(spec), "price": price}


def _fields(spec: Spec) -> dict[str, Field]:
    """The fields that can be mapped, by name: the canonical ones and the data set's own."""
    return {known.name: known for known in (*FIELDS.values(), *spec.profile.dimensions) if not known.derived}


def _fixed(spec: Spec) -> str:
    """Why columns cannot be chosen; "" where they can."""
    if spec.others:
        return _("The files are of several kinds, each with its own columns.")
    if spec.source.shape.pivot:
        return _("Each amount has its own row in these files, so a field is not a single column.")
    return ""


def _fields_of(toml: str) -> str:
    """The text of [fields]."""
    found = re.search(r"^\[fields\][^\n]*\n(?P<body>.*?)(?=^\[|\Z)", toml, re.MULTILINE | re.DOTALL)
    return found["body"] if found else ""


def _values(rows: FirstRows, name: str) -> str:
    """The first values of a column, for somebody who must recognise it."""
    texts = pc.unique(rows.texts(name).slice(0, 200)).to_pylist()
    return ", ".join(text[:LONGEST_VALUE] for text in [t for t in texts if t][:EXAMPLES])


def _mapped(known: Field, rule: Rule | None, note: str, platform: str, rows: FirstRows) -> Mapped:
    column = _column(rule)
    found = _formats(rows, column) if known.kind == "time" and column in rows.names else []
    chosen = rule.formats[0] if rule and rule.formats else ""
    if not chosen and len(found) == 1:
        found = []
    why, sure = _judged(known, rule, column, note, platform)
    if len(found) > 1:
        why, sure = (note, sure) if chosen else (_("The dates can be read in several ways."), "check")
    optional = known.name in ABSENT or not known.required
    made = _made(rule)
    if column not in ("", MADE, *rows.names):
        column, made = MADE, column
    return Mapped(known.name, _(known.label), column, made, why, sure, optional, found, chosen)


def _column(rule: Rule | None) -> str:
    if rule is None:
        return ""
    plain = len(rule.columns) == 1 and not (rule.regex or rule.order or rule.map or rule.times)
    return rule.columns[0] if plain else MADE


def _made(rule: Rule | None) -> str:
    """How a field is made that is not simply a column."""
    if rule is None or _column(rule) != MADE:
        return ""
    if rule.constant is not None:
        return _("always {value}", value=str(rule.constant))
    if rule.row:
        return _("each row is one")
    if rule.from_file:
        return _("the name of the file")
    if rule.order:
        of = [*rule.columns, *([rule.compute.text] if rule.compute else [])]
        return _("{column} of the order, shared among its lines", column=of[0])
    if rule.compute:
        return formula_in_words(rule.compute.text)
    if rule.first:
        return _("the first of these that is not empty: {columns}", columns=", ".join(rule.columns))
    if rule.sum:
        return _("the sum of {columns}", columns=", ".join(rule.columns))
    parts = [" + ".join(rule.columns), *([_("a part of it")] if rule.regex else [])]
    return ", ".join([*parts, *([_("some values replaced")] if rule.map else [])])


def formula_in_words(text: str) -> str:
    """A formula as people read it: "quantity * list_price = [Subtotal]" as "Quantity × List price = “Subtotal”"."""

    def said(found: re.Match[str]) -> str:
        column, name = found["column"], found["name"]
        if column:
            return f"“{column}”"
        return _(FIELDS[name].label) if name in FIELDS else SIGNS.get(found[0], found[0])

    return _TERM.sub(said, text)


def _judged(known: Field, rule: Rule | None, column: str, note: str, platform: str) -> tuple[str, str]:
    """Why a field is what it is, and how sure that is."""
    if rule is None:
        return "", "sure"
    if note == CHOSEN:
        return _("You chose it."), "chosen"
    said = capital(note.partition("  # ")[0].removeprefix(UNCERTAIN))
    if note.startswith(UNCERTAIN) or rule.row or rule.constant is not None:
        return said or _("No column has it."), "check"
    if platform:
        return said or _("As in every export of this kind: {platform}.", platform=platform), "sure"
    if named(known.name, [column, *rule.columns, *(c.rpartition(".")[2] for c in rule.columns)]):
        return said or _("By the name of the column."), "sure"
    return said or _("By its values."), "likely"


def _formats(rows: FirstRows, column: str) -> list[tuple[str, str]]:
    """The formats that fit a column's first values, and what the first of them that shows the difference is by each."""
    texts = [text for text in pc.unique(rows.texts(column)).to_pylist() if text]
    texts = texts[:: len(texts) // MOST_SEEN + 1]
    found = dates.fitting(texts)
    if len(found) < 2:
        return [(f, "") for f in found]
    read = [dates.parse(texts, [f], "UTC") for f in found]
    differs = next(i for i in range(len(texts)) if len({str(times[i]) for times in read}) > 1)
    return [
        (f, _("{text} is {day}", text=texts[differs], day=day_of(str(times[differs])[:10])))
        for f, times in zip(found, read, strict=True)
    ]


def changed(toml: str, spec: Spec, rows: FirstRows, choice: Choice) -> str:
    """The TOML with the columns, formats of dates and own fields that a viewer chose. DataError for a field or column
    that does not exist, and where the TOML cannot be changed so."""
    known, own = _fields(spec), {each.name for each in spec.profile.dimensions}
    for name in choice.fields:
        if name not in known:
            raise DataError(N_("there is no field “{name}”.", name=name[:40]))
        rule = spec.fields.get(name)
        column = choice.columns.get(name, _column(rule))
        if column in ("", MADE):
            said = f"  # {CHOSEN}" if (name, column) == ("quantity", MADE) else ""
            toml = with_value(toml, f"fields.{name}", ABSENT.get(name, "") + said)
            toml = with_value(toml, f"dimensions.{name}", "") if name in own else toml
            continue
        value = _rule_text(known[name], _there(rows, column, name), choice.formats.get(name, ""), rows, spec)
        toml = with_value(toml, f"fields.{name}", f"{value}  # {CHOSEN}")
    if "quantity" in choice.columns:
        toml = with_pieces(toml, spec, rows.rows, choice.columns)
    for label, column in choice.own.items():
        label = " ".join(label.split())
        if not label or len(label) > LONGEST_LABEL or not label.isprintable():
            raise DataError(
                N_("a field needs a name of at most {most} characters, such as “Store”.", most=LONGEST_LABEL)
            )
        name = name_of(label, own)
        if is_taken(name):
            name = name_of(f"my {name}", own)
        own.add(name)
        toml = with_value(toml, f"dimensions.{name}", quoted(label))
        toml = with_value(toml, f"fields.{name}", f"{quoted(_there(rows, column, label))}  # {CHOSEN}")
    for place, value in choice.settings.items():
        if re.fullmatch(r"rates\.[A-Z]{3}", place):
            toml = with_value(toml, place, repr(_rate(value)))
        elif place in SETTINGS:
            toml = with_value(toml, place, quoted(value))
        else:
            raise DataError(f"there is no setting {place[:40]!r}.")
    return toml


def _rate(text: str) -> float:
    """What one unit of a currency is worth. DataError for what is no number above zero."""
    if not re.fullmatch(r"\d{1,9}([.,]\d{1,9})?", text.strip()) or not float(text.replace(",", ".")):
        raise DataError(N_("enter what one unit of the currency is worth, such as 0.92."))
    return float(text.replace(",", "."))


def _there(rows: FirstRows, column: str, name: str) -> str:
    """A column that the files have. DataError for any other."""
    if column not in rows.names:
        raise DataError(N_("the files have no column “{column}”.", column=column[:80]), where=name)
    return column


def _rule_text(known: Field, column: str, fmt: str, rows: FirstRows, spec: Spec) -> str:
    """How a field comes from a column, as TOML."""
    if fmt:
        if fmt not in (f for f, _ in _formats(rows, column)):
            raise DataError(N_("the dates do not have the format “{format}”.", format=fmt[:40]), where=known.name)
        return f"{{ column = {quoted(column)}, format = {quoted(fmt)} }}"
    if known.kind == "money" and _is_of_order(rows, column, spec):
        by = ', by = "quantity"' if known.name == "amount" else ""
        return f"{{ order = {quoted(column)}{by} }}"
    return quoted(column)


def _is_of_order(rows: FirstRows, column: str, spec: Spec) -> bool:
    """Whether a number is that of the whole order, so that its lines must share it."""
    order = spec.fields["order_id"].columns
    if column not in rows.rows.table.column_names:
        join = next(join for join in spec.joins if join.name == column.partition(".")[0])
        return tuple(ours for ours, _ in join.on) == order
    known = len(order) == 1 and order[0] in rows.rows.table.column_names
    return known and evidence.is_of_order(rows.rows, column, order[0])


def bare(paths: Sequence[Path], folder: Path) -> str:
    """A TOML for files that nobody understands, in which the columns of the required fields are still to be chosen; ""
    for a report of a platform that has no order lines. Columns that are named like a field are taken."""
    files = [appearance(path) for path in paths]
    if known_files(files, folder, (), "./").refused:
        return ""
    look = study(alike(files)[0], folder, "./")
    names = list(look.columns)
    lines = [
        'title = "Orders"',
        'currency = "USD"  # not in the files',
        "",
        "[source]",
        source_lines(look.source),
        "[fields]",
    ]
    for name, known in FIELDS.items():
        found = named(name, names)
        if found:
            lines.append(f"{name} = {quoted(found[0])}")
            names.remove(found[0])
        elif known.required:
            value = ABSENT.get(name, quoted(next(iter(look.columns))))
            lines.append(f"{name} = {value}  # {UNCERTAIN}{_('no column looks like it: choose one')}")
    return "\n".join([*lines, "", "[cleaning]", 'invalid_rows = "drop"', ""])
