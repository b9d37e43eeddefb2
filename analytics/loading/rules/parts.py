"""The sources of order lines: each [[source]] with its [fields], [refunds], [checks] and shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analytics.keys import Keys
from analytics.language import N_, either
from analytics.loading.rules.fields import read_fields, read_formula, read_rule
from analytics.loading.rules.names import named_tables
from analytics.loading.rules.sources import read_source
from analytics.loading.spec import OF_ORDERS, REFUND_COLUMNS, SINGLE, Check, Join, Part, Refunds, Rule, mapped_columns
from analytics.schema import REQUIRED

MOST_SOURCES = 50


def read_parts(top: Keys, known: Sequence[str]) -> list[Part]:
    """The sources of order lines, with fields among `known`. With several, [fields], [refunds] and the tables of the
    shape are those of each that has none of its own; a field of its own stands in place of the one that all have."""
    tables = top.tables("source", most=MOST_SOURCES)
    if len(tables) == 1:
        source = read_source(tables[0], increments=True, lines=True, shape=top)
        fields = read_fields(top.table("fields"), known, REQUIRED)
        part = Part(source, fields, _refunds(top.table("refunds")), _checks(top.table("checks")))
        _check_part(part, tables[0])
        return [part]
    parts = []
    for keys in tables:
        shape = keys if any(table in keys for table in ("rows", "explode", "pivot")) else top
        source = read_source(keys, alone=False, lines=True, shape=shape)
        given = {**top.table("fields").data, **keys.table("fields").data}
        fields = read_fields(Keys(given, keys.file, f"{keys.path}.fields"), known, REQUIRED)
        refunds = _refunds((keys if "refunds" in keys else top).table("refunds"))
        checks = _checks((keys if "checks" in keys else top).table("checks"))
        keys.finish()
        parts.append(Part(source, fields, refunds, checks))
        _check_part(parts[-1], keys)
    for table in ("rows", "explode", "pivot"):
        top.table(table)  # known, though every source may have its own
    return parts


def check_repeated(part: Part, joins: Sequence[Join], top: Keys) -> None:
    """CatalogError where a field is made of a joined file of which each row counts: only a refund can be."""
    each = {join.name for join in joins if join.repeated_keys == "each"}
    for name, rule in part.rules.items():
        several = [c for c in mapped_columns({name: rule}) if c.partition(".")[0] in each and name not in SINGLE]
        if several:
            top.fail(
                name if "." in name else f"fields.{name}",
                N_(
                    "{column} may have several values, since each row of the joined file counts.",
                    column=repr(several[0]),
                ),
                N_(
                    "Only single_amount and single_at of [refunds] can be. Or add the rows up: {example}.",
                    example='repeated_keys = "sum"',
                ),
            )


def _check_part(part: Part, keys: Keys) -> None:
    """CatalogError where a source and its fields do not go together."""
    source, order = part.source, part.fields["order_id"]
    if source.replace_by and source.replace_by not in part.fields:
        keys.fail(
            "replace_by", N_("there is no field {name}.", name=repr(source.replace_by)), N_("Declare it in [fields].")
        )
    if source.high_water and any(rule.row for rule in part.fields.values()):
        keys.fail(
            "high_water",
            N_("a field is the row's number, which begins again with each load."),
            N_("Let the query give it."),
        )
    of_orders = [name for name, rule in part.rules.items() if rule.order]
    of_orders += [f"check {check.name}" for check in part.checks if check.of_order]
    of_orders += ["rows.first"] if source.shape.first else []
    if (of_orders or (source.replace_by and source.kind != "sql")) and not order.columns:
        what = N_("{name} is the order's", name=of_orders[0]) if of_orders else N_("orders replace each other")
        keys.fail(
            "", N_("{what}, but order_id names no column.", what=what), N_("Name the column of the order's number.")
        )
    pivot = source.shape.pivot
    if pivot and (source.replace_by or of_orders):
        order_value = N_("{name} as a value of the order", name=of_orders[0]) if of_orders else ""
        other = "replace_by" if source.replace_by else order_value
        keys.fail(
            "",
            N_("{what} cannot stand with pivot.", what=other),
            N_("An amount that stands on rows of its own is a name in pivot."),
        )


def _checks(table: Keys) -> tuple[Check, ...]:
    """Equations that the file must obey, by names of the author's own."""
    found = []
    for name, keys in named_tables(table):
        lines, order, line = (read_formula(keys, key) for key in ("lines", "order", "line"))
        equals = order or line
        if lines is None or equals is None or (order and line):
            keys.fail(
                "" if lines else "lines",
                N_("does not say what is compared."),
                N_(
                    "For example {example}, or line in place of order.",
                    example='{ lines = "amount", order = "[Subtotal]" }',
                ),
            )
        keys.finish()
        found.append(Check(name, lines, equals, order is not None))
    return tuple(found)


def _refunds(keys: Keys) -> Refunds:
    rules = []
    for name, kind in REFUND_COLUMNS.items():
        if name not in keys:
            keys.text(name)  # known
            continue
        if isinstance(keys.data[name], dict):
            rule = read_rule(name, keys.table(name), kind)
        else:
            rule = Rule(columns=keys.texts(name, longest=200, most=1))
        rules.append((name, replace(rule, order=name in OF_ORDERS)))
    found = Refunds(keys.text("column", longest=200), keys.texts("values"), tuple(rules))
    if "line_amount" in keys and "order_amount" in keys:
        keys.fail(
            "order_amount",
            N_("cannot stand with line_amount."),
            N_("Say what is refunded of the line, or of the order."),
        )
    if "at" in keys and not any(name in keys for name in ("order_amount", "line_amount", "line_quantity")):
        keys.fail(
            "at",
            N_("nothing says what was refunded."),
            N_("Name it: {names}.", names=either(["order_amount", "line_amount", "line_quantity"])),
        )
    if "single_at" in keys and "single_amount" not in keys:
        keys.fail("single_at", N_("nothing says what was refunded."), N_("Name it: {names}.", names="single_amount"))
    if bool(found.column) != bool(found.values):
        keys.fail(
            "values" if found.column else "column",
            N_("is missing."),
            N_("For example {example}.", example='column = "Type", values = ["Return"]'),
        )
    keys.finish()
    return found
