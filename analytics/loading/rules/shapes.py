"""What a TOML says of the shape of a source's rows: footer, groups, filling, [rows], [explode] and [pivot]."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from analytics.keys import Keys
from analytics.language import N_
from analytics.loading.spec import Explode, First, Pivot, Shape, Touches

MOST_COLUMNS = 200
LONGEST_NAME = 200
RE2 = N_("RE2 syntax: no look-around, no back-references.")


def read_shape(source: Keys, tables: Keys) -> Shape:
    """The shape that a source declares by its own keys and by the tables [rows], [explode] and [pivot] of `tables`."""
    rows, explode, pivot = (tables.table(name) for name in ("rows", "explode", "pivot"))
    first = rows.table("first")
    shape = Shape(
        _pattern(source, "footer"),
        source.text("groups", longest=LONGEST_NAME),
        source.texts("fill_down", longest=LONGEST_NAME, most=MOST_COLUMNS),
        read_values(rows.table("keep")),
        read_values(rows.table("drop")),
        tuple(found for table in rows.tables("drop_where", most=20) if (found := read_values(table))),
        _first(first) if first.data else None,
        _explode(explode) if "explode" in tables else None,
        _pivot(pivot) if "pivot" in tables else None,
    )
    rows.finish()
    if shape.explode and shape.pivot:
        tables.fail("pivot", N_("cannot stand with explode."), N_("Write one of the two."))
    return shape


def read_values(table: Keys) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Columns and the values that are looked for in them; "" is an empty cell, and "*" any other."""
    found = []
    for column, _ in table.items():
        values = table.texts(column, longest=LONGEST_NAME, empty=True)
        found.append((column, values))
    return tuple(found)


def _first(keys: Keys) -> First:
    rule = First(keys.texts("by", longest=LONGEST_NAME, most=20), keys.text("at", longest=LONGEST_NAME))
    for key, value in (("by", rule.by), ("at", rule.at)):
        if not value:
            keys.fail(
                key,
                N_("is missing."),
                N_("For example {example}.", example='first = { by = ["order", "event"], at = "time" }'),
            )
    keys.finish()
    return rule


def read_touches(keys: Keys) -> Touches:
    """What makes paths of rows. CatalogError names the key that is wrong."""
    names = {key: keys.text(key, longest=LONGEST_NAME) for key in ("by", "at", "channel", "goal_id", "value")}
    goal = read_values(keys.table("goal"))
    for key, value in (*names.items(), ("goal", goal)):
        if not value and key not in ("goal_id", "value"):
            keys.fail(
                key,
                N_("is missing."),
                N_("For example {example}.", example='by = "visitor", at = "time", channel = "source"'),
            )
    missing = keys.text("missing", Touches.missing, longest=LONGEST_NAME)
    keys.finish()
    return Touches(names["by"], names["at"], names["channel"], goal, names["goal_id"], names["value"], missing)


def _explode(keys: Keys) -> Explode:
    one, several = keys.texts("column", longest=LONGEST_NAME, most=1), keys.texts("columns", longest=LONGEST_NAME)
    columns = one or several
    if not columns:
        keys.fail(
            "column",
            N_("is missing."),
            N_("Name the column whose cells hold several things: {example}.", example='column = "Products"'),
        )
    rule = Explode(columns, _pattern(keys, "regex"), keys.text("separator", longest=20), _pattern(keys, "begins"))
    if not rule.regex:
        keys.fail(
            "regex",
            N_("is missing."),
            N_("Name what a part holds: {example}.", example="regex = '(?P<pieces>\\d+)× (?P<item>.+)'"),
        )
    if rule.separator and rule.begins:
        keys.fail("begins", N_("cannot stand with separator."), N_("Say how parts are separated, or how each begins."))
    if not [f.name for f in pc.extract_regex(pa.array([""], pa.string()), rule.regex).type]:
        keys.fail("regex", N_("has no named group."), N_("Name what you want: {example}.", example="(?P<item>…)"))
    keys.finish()
    return rule


def _pivot(keys: Keys) -> Pivot:
    rule = Pivot(
        keys.texts("by", longest=LONGEST_NAME, most=20),
        keys.texts("name", longest=LONGEST_NAME, most=5),
        keys.text("value", longest=LONGEST_NAME),
    )
    for key, value in (("by", rule.by), ("name", rule.name), ("value", rule.value)):
        if not value:
            keys.fail(
                key,
                N_("is missing."),
                N_(
                    "For example {example}.", example='by = ["order-id"], name = "amount-description", value = "amount"'
                ),
            )
    keys.finish()
    return rule


def _pattern(keys: Keys, key: str) -> str:
    """A pattern that can be used; "" where there is none."""
    pattern = keys.text(key, longest=500)
    try:
        pc.match_substring_regex(pa.array([""], pa.string()), pattern)
    except pa.ArrowInvalid as fault:
        keys.fail(key, N_("cannot be used: {fault}.", fault=str(fault)), RE2)
    return pattern
