"""What stands beside the order lines: [join], the extra [tables], [rates] and [cleaning]."""

from __future__ import annotations

import re

from analytics.errors import did_you_mean
from analytics.keys import Keys
from analytics.language import N_, either
from analytics.loading.rules.fields import read_fields
from analytics.loading.rules.shapes import read_touches
from analytics.loading.rules.sources import read_source
from analytics.loading.spec import OPTIONAL_COLUMNS, Cleaning, Join, Table
from analytics.profile import Profile
from analytics.schema import EXTRA_TABLES


def read_join(name: str, keys: Keys) -> Join:
    """A file joined to the order lines. CatalogError names the key that is wrong."""
    source = read_source(keys, alone=False)
    on: list[tuple[str, str]]
    if isinstance(keys.data.get("on"), dict):
        table = keys.table("on")
        on = [(ours, table.text(ours, longest=100)) for ours, _ in table.items()]
    else:
        on = [(column, column) for column in keys.texts("on", longest=100, most=10)]
    if not on:
        keys.fail(
            "on",
            N_("is missing."),
            N_(
                "Name the key column, for example {example}.",
                example=either(['on = "product_code"', 'on = { product = "code" }']),
            ),
        )
    repeated = keys.choice("repeated_keys", ("error", "first", "last", "sum", "each"), "error")
    copies = keys.choice("exact_duplicates", ("", "keep", "drop", "overlap"), "")
    keys.finish()
    return Join(name, source, tuple(on), repeated, copies)


def read_extra_table(name: str, keys: Keys, profile: Profile) -> Table:
    """An extra table, with fields that it may have. CatalogError names the key that is wrong."""
    if name not in EXTRA_TABLES:
        keys.fail("", N_("no such table."), did_you_mean(name, EXTRA_TABLES))
    source = read_source(keys, alone=False)
    needed = EXTRA_TABLES[name]
    dimensions = [n for n, f in profile.fields.items() if f.dimension and not f.derived]
    touches = keys.table("touches")
    fields = read_fields(keys.table("fields"), [*needed, *OPTIONAL_COLUMNS.get(name, ()), *dimensions], needed)
    keys.finish()
    return Table(name, source, fields, read_touches(touches) if touches.data else None)


def read_rates(table: Keys) -> dict[str, tuple[tuple[str, float], ...]]:
    """The rates of each currency, with the day from which each holds, "" where it always does."""
    rates = {}
    for code, value in table.items():
        if not re.fullmatch("[A-Z]{3}", code):
            table.fail(code[:10], N_("expected a currency code."), N_("For example {example}.", example="USD = 75.0"))
        if isinstance(value, dict):
            dated = table.table(code)
            steps = [
                (Keys({"from": day}, table.file, f"rates.{code}").day("from"), dated.as_number(day, rate, least=1e-9))
                for day, rate in dated.items()
            ]
            if not steps:
                table.fail(code, N_("has no rate."))
            rates[code] = tuple(sorted(steps))
        else:
            rates[code] = (("", table.as_number(code, value, least=1e-9)),)
    return rates


def read_cleaning(keys: Keys) -> Cleaning:
    """What is done with rows that are empty, repeated, invalid or refunds."""
    chosen = Cleaning(
        trim=keys.flag("trim", True),
        blank_rows=keys.choice("blank_rows", ("drop", "keep"), "drop"),
        repeated_headers=keys.choice("repeated_headers", ("drop", "keep"), "drop"),
        exact_duplicates=keys.choice("exact_duplicates", ("keep", "drop", "overlap"), "keep"),
        invalid_rows=keys.choice("invalid_rows", ("error", "drop"), "error"),
        non_positive=keys.choice("non_positive", ("refund", "return", "correction", "drop", "sale"), "refund"),
        outliers=keys.choice("outliers", ("unit_price", "amount", "off"), "unit_price"),
        outlier_threshold=keys.number("outlier_threshold", 6.0, least=1, most=1000),
        missing=keys.texts("missing", longest=40, most=50),
    )
    keys.finish()
    return chosen
