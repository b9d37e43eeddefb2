"""The [fields] of a TOML: how each field comes from columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import did_you_mean
from analytics.keys import Keys
from analytics.language import N_, either, listed
from analytics.loading import formula
from analytics.loading.rules.shapes import RE2
from analytics.loading.spec import Rule, kind_of
from analytics.loading.written.date_texts import zone_named
from analytics.loading.written.dates import COUNTED
from analytics.schema import Kind

WAYS = ("column", "columns", "first", "sum", "constant", "compute", "row", "from_file", "order")  # a rule has one
CASES = ("", "upper", "lower", "title", "capitalize")
NUMERIC = ("money", "number")


def read_fields(table: Keys, allowed: Iterable[str], required: Iterable[str]) -> dict[str, Rule]:
    """The rule of each field. CatalogError where a field is unknown, or a required one is missing."""
    known = list(allowed)
    rules: dict[str, Rule] = {}
    for name, value in table.items():
        if name not in known:
            hint = N_(
                "{meant} A dimension of your own is declared under [dimensions].", meant=did_you_mean(name, known)
            )
            table.fail(name[:80], N_("no such field."), hint)
        if isinstance(value, str):
            if not value:
                table.fail(name, N_("names no column."))
            rules[name] = Rule(columns=(value,))
        elif isinstance(value, dict):
            rules[name] = _rule(name, table.table(name))
        else:
            table.fail(
                name,
                N_("expected a column's name or a table."),
                N_(
                    "For example {example}.",
                    example=either([f'{name} = "Column"', f'{name} = {{ column = "Column" }}']),
                ),
            )
    for name in required:
        if name not in rules:
            table.fail(
                name,
                N_("is missing; it is required."),
                N_(
                    "Name its column: {example}, or a constant: {constant}.",
                    example=f'{name} = "…"',
                    constant=f'{name} = {{ constant = "…" }}',
                ),
            )
    return rules


def _rule(name: str, keys: Keys) -> Rule:
    """One field that is declared as a table."""
    return read_rule(name, keys, kind_of(name))


def read_rule(name: str, keys: Keys, kind: Kind) -> Rule:
    """How one value of this kind comes from a row, declared as a table. CatalogError names the key that is wrong."""
    columns = keys.texts("column", longest=200, most=1)
    for several in ("columns", "first", "sum"):
        columns = columns or keys.texts(several, longest=200, most=20)
    row = keys.flag("row", False)
    from_file = keys.flag("from_file", False)
    ways = [way for way in WAYS if way in keys]
    if len(ways) != 1 or ("row" in ways and not row) or ("from_file" in ways and not from_file):
        keys.fail(
            "",
            N_("says {ways}.", ways=listed(ways)) if ways else N_("says nothing."),
            N_("Exactly one of {ways} is needed.", ways=", ".join(WAYS)),
        )
    if row and kind != "id":
        keys.fail(
            "row",
            N_("{name} is not an identity.", name=name),
            N_("Only order_id, line_id and customer can be the row."),
        )
    if from_file and kind in (*NUMERIC, "time"):
        keys.fail("from_file", N_("{name} is no text.", name=name), N_("Use it for channel, country and the like."))
    of_order = keys.text("order", longest=formula.LONGEST)
    by_formula = "[" in of_order
    if of_order and not by_formula:
        columns = (of_order,)
    zone = keys.text("zone", longest=200)
    local_to = zone_named(zone)
    regex, group = _regex(keys, name)
    mapping = keys.table("map")
    rule = Rule(
        columns,
        keys.text("separator", " ", longest=10),
        _scalar(keys, "constant", kind),
        _formula(keys, "order" if by_formula else "compute", name, kind),
        _formats(keys, name, kind),
        regex,
        group,
        tuple((value, mapping.text(value)) for value, _ in mapping.items()),
        keys.choice("case", CASES, ""),
        _scalar(keys, "default", kind),
        row,
        from_file,
        "" if local_to else zone,
        bool(of_order),
        _formula(keys, "by", name, kind),
        local_to,
        "first" in keys,
        "sum" in keys,
        keys.text("prefix", longest=100),
        keys.flag("every", False),
        _times(keys, name, kind),
        _replacements(keys.table("replace")),
    )
    _check_together(keys, name, kind, rule)
    keys.finish()
    return rule


def _check_together(keys: Keys, name: str, kind: Kind, rule: Rule) -> None:
    """CatalogError where keys stand together that mean nothing together."""
    if (rule.compute or rule.order) and (rule.regex or rule.map or rule.case):
        keys.fail("order" if rule.order else "compute", N_("cannot stand with regex, map or case."))
    if rule.sum and (kind not in NUMERIC or rule.regex or rule.map or rule.case):
        keys.fail("sum", N_("{name} is not a number, or the sum stands with regex, map or case.", name=name))
    if rule.replace and (rule.compute or rule.order or rule.sum):
        keys.fail("replace", N_("cannot stand with compute, order or sum."))
    if rule.prefix and kind in (*NUMERIC, "time"):
        keys.fail(
            "prefix",
            N_("{name} is no text.", name=name),
            N_("It stands before order_id, customer, category and the like."),
        )
    if rule.every and (not rule.regex or rule.map or rule.case or kind not in NUMERIC):
        keys.fail(
            "every",
            N_("adds up what a regex finds in a number's cells."),
            N_("Write it with column and regex, without map and case."),
        )
    if (rule.zone or rule.local_to) and kind != "time":
        keys.fail("zone", N_("{name} is not a time.", name=name))
    if rule.order and kind not in NUMERIC:
        keys.fail(
            "order",
            N_("{name} is not a number.", name=name),
            N_("Only money and numbers can be shared by the lines of an order."),
        )
    if rule.by and not rule.order:
        keys.fail(
            "by", N_("there is no order's value to share."), N_("Name its column: {example}.", example='order = "…"')
        )
    if rule.order and not rule.by and name == "amount":
        keys.fail(
            "by",
            N_("is missing: the amount cannot be shared by itself."),
            N_("For example {example}.", example='by = "quantity * unit_price"'),
        )


def read_formula(keys: Keys, key: str) -> formula.Formula | None:
    """The formula under a key; None where there is none."""
    return _formula(keys, key, key, "number")


def _formula(keys: Keys, key: str, name: str, kind: Kind) -> formula.Formula | None:
    text = keys.text(key, longest=formula.LONGEST)
    if key not in keys:
        return None
    try:
        found = formula.parse(text)
    except ValueError as fault:
        keys.fail(key, N_("{fault}.", fault=fault.args[0]), N_("Use + - * / ( ), numbers, fields and [columns]."))
    if kind not in NUMERIC:
        keys.fail(key, N_("{name} is not a number.", name=name), N_("Arithmetic makes numbers only."))
    return found


def _times(keys: Keys, name: str, kind: Kind) -> formula.Formula | None:
    """What a number is multiplied by: a number or a formula; None where nothing."""
    if isinstance(keys.data.get("times"), str):
        return _formula(keys, "times", name, kind)
    factor = keys.number("times", 1.0)
    if "times" in keys and kind not in NUMERIC:
        keys.fail("times", N_("{name} is not a number.", name=name))
    return formula.parse(f"{factor:.12f}") if factor != 1 else None


def _formats(keys: Keys, name: str, kind: Kind) -> tuple[str, ...]:
    """The declared date formats, each of which pandas can parse dates by."""
    formats = keys.texts("format", longest=60, most=10)
    if formats and kind != "time":
        keys.fail("format", N_("{name} is not a time.", name=name))
    for fmt in formats:
        if fmt in COUNTED:
            continue
        if "%" not in fmt:
            known = ", ".join(COUNTED)
            keys.fail(
                "format",
                N_("{format} has no % code and is none of {known}.", format=repr(fmt), known=known),
                N_("For example {example}.", example='"%d/%m/%Y %H:%M"'),
            )
        try:
            pd.to_datetime(["2024-02-29"], format=fmt, errors="coerce", utc="%z" in fmt)
        except (ValueError, TypeError, re.error) as fault:
            keys.fail(
                "format",
                N_("{format} cannot be used: {fault}.", format=repr(fmt), fault=str(fault)),
                N_("For example {example}.", example='"%d/%m/%Y %H:%M"'),
            )
    return formats


def _regex(keys: Keys, name: str) -> tuple[str, str]:
    """A pattern and the named group that holds the value: the one declared, or the one called like the field, or the
    only one. Two empty texts where there is no pattern."""
    regex = keys.text("regex", longest=300)
    group = keys.text("group", longest=40)
    if not regex:
        if group:
            keys.fail("group", N_("there is no regex that it could belong to."))
        return "", ""
    try:
        found = pc.extract_regex(pa.array([""], pa.string()), regex)
    except pa.ArrowInvalid as fault:
        keys.fail(
            "regex",
            N_("cannot be used: {fault}.", fault=str(fault)),
            N_("RE2 syntax: no look-around, no back-references; groups are named {example}.", example="(?P<name>…)"),
        )
    groups = [f.name for f in found.type]
    if not groups:
        keys.fail("regex", N_("has no named group."), N_("Name what you want: {example}.", example=f"(?P<{name}>…)"))
    if not group and name in groups:
        group = name
    if not group and len(groups) == 1:
        group = groups[0]
    if group not in groups:
        problem = N_("no such group {name}.", name=repr(group)) if group else N_("several groups: which?")
        keys.fail("group", problem, did_you_mean(group, groups))
    return regex, group


def _replacements(table: Keys) -> tuple[tuple[str, str], ...]:
    """Patterns, and what stands in the place of what they match."""
    found = tuple((pattern, table.text(pattern)) for pattern, _ in table.items())
    for pattern, text in found:
        try:
            pc.replace_substring_regex(pa.array([""], pa.string()), pattern, text)
        except pa.ArrowInvalid as fault:
            table.fail(pattern, N_("cannot be used: {fault}.", fault=str(fault)), RE2)
    return found


def _scalar(keys: Keys, key: str, kind: Kind) -> str | None:
    """A constant or default as text; it must be a number where the field is one."""
    if key not in keys:
        return None
    if kind in NUMERIC:
        value = keys.number(key, 0.0)
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(keys.data[key], int) and not isinstance(keys.data[key], bool):
        return str(int(keys.number(key, 0.0)))
    return keys.text(key)
