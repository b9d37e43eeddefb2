"""The [fields] of a TOML: how each field comes from columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import did_you_mean
from analytics.keys import Keys
from analytics.loading import formula
from analytics.loading.spec import Rule, kind_of
from analytics.schema import Kind

WAYS = ("column", "columns", "constant", "compute", "row")


def read_fields(table: Keys, allowed: Iterable[str], required: Iterable[str], joins: set[str]) -> dict[str, Rule]:
    known = list(allowed)
    rules: dict[str, Rule] = {}
    for name, value in table.items():
        if name not in known:
            table.fail(name[:80], "no such field.", did_you_mean(name, known))
        if isinstance(value, str):
            if not value:
                table.fail(name, "names no column.")
            rules[name] = Rule(columns=(value,))
        elif isinstance(value, dict):
            rules[name] = _rule(name, table.table(name))
        else:
            table.fail(
                name,
                "expected a column's name or a table.",
                f'For example {name} = "Column" or {name} = {{ column = "Column" }}.',
            )
    for name in required:
        if name not in rules:
            table.fail(
                name,
                "is missing; it is required.",
                f'Say which column it is: {name} = "…", or {name} = {{ constant = "…" }}.',
            )
    return rules


def _rule(name: str, keys: Keys) -> Rule:
    kind = kind_of(name)
    columns = keys.texts("column", longest=200, most=1) or keys.texts("columns", longest=200, most=20)
    constant = _scalar(keys, "constant", kind)
    text = keys.text("compute", longest=formula.LONGEST)
    row = keys.flag("row", False)
    ways = [k for k in WAYS if k in keys]
    if len(ways) != 1 or ("row" in ways and not row):
        keys.fail("", f"says {' and '.join(ways) or 'nothing'}.", f"Exactly one of {', '.join(WAYS)} is needed.")
    if row and kind != "id":
        keys.fail("row", f"{name} is not an identity.", "Only order_id, line_id and customer can be the row.")
    compute = _formula(keys, text) if "compute" in keys else None
    if compute and kind not in ("money", "number"):
        keys.fail("compute", f"{name} is not a number.", "Arithmetic makes numbers only.")
    formats = keys.texts("format", longest=60, most=10)
    if formats and kind != "time":
        keys.fail("format", f"{name} is not a time.")
    for fmt in formats:
        _check_format(keys, fmt)
    regex, group = keys.text("regex", longest=300), keys.text("group", longest=40)
    if regex:
        group = _checked_group(keys, regex, group, name)
    elif group:
        keys.fail("group", "has no regex beside it.")
    mapping = keys.table("map")
    pairs = tuple((value, mapping.text(value)) for value, _ in mapping.items())
    case = keys.choice("case", ("", "upper", "lower", "title", "capitalize"), "")
    default = _scalar(keys, "default", kind)
    separator = keys.text("separator", " ", longest=10)
    if compute and (regex or pairs or case):
        keys.fail("compute", "cannot stand with regex, map or case.")
    keys.finish()
    return Rule(columns, separator, constant, compute, formats, regex, group, pairs, case, default, row)


def _check_format(keys: Keys, fmt: str) -> None:
    """Refuse a date format that pandas cannot parse dates by."""
    if "%" not in fmt:
        keys.fail("format", f"{fmt!r} has no % code.", 'For example: "%d/%m/%Y %H:%M".')
    try:
        pd.to_datetime(["2024-02-29"], format=fmt, errors="coerce", utc="%z" in fmt)
    except (ValueError, TypeError, re.error) as fault:
        keys.fail("format", f"{fmt!r} cannot be used: {fault}.", 'For example: "%d/%m/%Y %H:%M".')


def _scalar(keys: Keys, key: str, kind: Kind) -> str | None:
    """A constant or default as text; a number where the field is one."""
    if key not in keys:
        return None
    if kind in ("money", "number"):
        value = keys.number(key, 0.0)
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(keys.data[key], int) and not isinstance(keys.data[key], bool):
        return str(int(keys.number(key, 0.0)))
    return keys.text(key)


def _formula(keys: Keys, text: str) -> formula.Formula:
    try:
        return formula.parse(text)
    except ValueError as fault:
        keys.fail("compute", f"{fault}.", "Use + - * / ( ), numbers, fields and [columns].")


def _checked_group(keys: Keys, regex: str, group: str, name: str) -> str:
    """The named group that holds the value: that asked for, else the one called like the field, else the only one."""
    try:
        found = pc.extract_regex(pa.array([""], pa.string()), regex)
    except pa.ArrowInvalid as fault:
        keys.fail(
            "regex",
            f"cannot be used: {fault}.",
            "RE2 syntax: no look-around, no back-references; groups are named (?P<name>…).",
        )
    groups = [f.name for f in found.type]
    if not groups:
        keys.fail("regex", "has no named group.", f"Name what you want: (?P<{name}>…).")
    wanted = group or (name if name in groups else groups[0] if len(groups) == 1 else "")
    if wanted not in groups:
        keys.fail(
            "group", f"no such group {wanted!r}." if wanted else "several groups: which?", did_you_mean(wanted, groups)
        )
    return wanted
