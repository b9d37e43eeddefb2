"""What the buttons of the quality page change in the TOML of a data set that was added in the browser. A button sends
the name of a change; its values come from the data set itself."""

from __future__ import annotations

from pathlib import Path

from analytics.calendar import ONE_DAY
from analytics.doubts import alike_names
from analytics.engines import open_engine
from analytics.engines.base import Engine
from analytics.errors import DataError
from analytics.language import N_
from analytics.loading.spec import Rule, Spec
from analytics.loading.written.toml_text import listed, quoted
from dashboard.uploads.edits import with_value

MOST_NAMES = 200  # that one press takes as one
_CLEANING = {
    "drop_copies": ("exact_duplicates", "drop"),
    "keep_copies": ("exact_duplicates", "keep"),
    "drop_invalid": ("invalid_rows", "drop"),
    "as_refunds": ("non_positive", "refund"),
    "as_returns": ("non_positive", "return"),
    "as_corrections": ("non_positive", "correction"),
    "as_sales": ("non_positive", "sale"),
    "drop_refunds": ("non_positive", "drop"),
    "no_outliers": ("outliers", "off"),
}
_OTHER = {"count_all_days", "end_before", "other_dates", "one_name"}
NAMES = frozenset(_CLEANING) | _OTHER


def fixed(toml: str, spec: Spec, store: Path, fix: str, field: str) -> str:
    """The TOML of a data set after a change; `field` is the one whose names are taken as one. DataError where it cannot
    be changed so."""
    if fix in _CLEANING:
        key, value = _CLEANING[fix]
        return with_value(toml, f"cleaning.{key}", quoted(value))
    if fix == "count_all_days":
        return with_value(toml, "data_until", "")
    if fix == "other_dates":
        return with_value(toml, "fields.ordered_at", _exchanged(spec.fields["ordered_at"]))
    engine = open_engine(store, spec.name)
    if fix == "end_before":
        return with_value(toml, "data_until", quoted(str(engine.bounds.end - 2 * ONE_DAY)))
    return with_value(toml, f"fields.{field}", _as_one(spec, engine, field))


def _exchanged(rule: Rule) -> str:
    """The rule of dates with day and month exchanged in its formats."""
    formats = [text.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m") for text in rule.formats]
    if len(rule.columns) != 1 or not rule.formats or rule.formats[0][:2] not in ("%d", "%m"):
        raise DataError(N_("the dates have no format that starts with day or month."), where="fields.ordered_at")
    return f"{{ column = {quoted(rule.columns[0])}, format = {listed(list(map(quoted, formats)))} }}"


def _as_one(spec: Spec, engine: Engine, field: str) -> str:
    """The rule of a field that replaces names by the commoner one that they look like."""
    rule = spec.fields.get(field)
    if field not in engine.schema or rule is None or rule != Rule(columns=rule.columns, map=rule.map):
        raise DataError(N_("the values of this field do not come from a single column."), where=f"fields.{field}")
    found = alike_names(engine, field).head(MOST_NAMES)
    if found.empty:
        raise DataError(N_("no names look alike."), where=f"fields.{field}")
    names = dict(zip(found["name"], found["common"], strict=True))
    pairs = {**{old: names.get(new, new) for old, new in rule.map}, **names}
    texts = ", ".join(f"{quoted(old)} = {quoted(new)}" for old, new in pairs.items())
    return f"{{ columns = [{', '.join(map(quoted, rule.columns))}], map = {{ {texts} }} }}"
