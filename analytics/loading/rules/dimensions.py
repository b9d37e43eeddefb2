"""The [dimensions] of a TOML: fields of the data set's own, besides the canonical ones."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.errors import did_you_mean
from analytics.keys import Keys
from analytics.language import N_
from analytics.loading.rules.names import check_name
from analytics.loading.spec import TABLE_COLUMNS
from analytics.measures import MEASURES, STATISTICS
from analytics.metrics import METRICS
from analytics.schema import EXTRA_TABLES, FIELDS, MOST_OWN, RESERVED, Field, Level

LEVELS: tuple[Level, ...] = ("line", "order", "customer")  # from fine to coarse


def read_dimensions(table: Keys) -> tuple[Field, ...]:
    """The fields that the data set declares itself. CatalogError for a name that means something else already, and for
    a parent that leads nowhere."""
    named = dict(table.items())
    if len(named) > MOST_OWN:
        table.fail("", N_("{count} dimensions; at most {most} are allowed.", count=len(named), most=MOST_OWN))
    for name in named:
        check_name(table, name)
        if is_taken(name):
            table.fail(
                name,
                N_("this name means something else already."),
                N_("For example {example}.", example=f"my_{name[:30]}"),
            )
    return tuple(_dimension(table, name, named) for name in named)


def check_mapped(table: Keys, own: Iterable[Field], mapped: Iterable[str]) -> None:
    """CatalogError for a dimension, or the parent of one, that [fields] does not map."""
    known = set(mapped)
    for field in own:
        for name in (field.name, field.parent):
            if name and name not in known:
                table.fail(
                    field.name,
                    N_("the field {name} is not in [fields].", name=repr(name)),
                    N_("Say which column: {example}.", example=f'{name} = "…"'),
                )


def is_taken(name: str) -> bool:
    """Whether a name means something else in addresses, answers or stored files."""
    taken = (FIELDS, METRICS, MEASURES, EXTRA_TABLES, TABLE_COLUMNS, RESERVED)
    first = name.partition("_")[0]
    return any(name in names for names in taken) or first in (*STATISTICS, "base", "with")


def _dimension(table: Keys, name: str, named: dict[str, object]) -> Field:
    usual = name.replace("_", " ").capitalize()
    if isinstance(named[name], str):
        label = table.text(name, longest=40)
        if not label.strip():
            table.fail(name, N_("the label is empty."), N_("For example {example}.", example=f'{name} = "{usual}"'))
        return Field(name, "category", "line", label)
    keys = table.table(name)
    parent = _parent(keys, name, named)
    above = _level_of(table, parent, named)
    level = next(known for known in LEVELS if known == keys.choice("level", LEVELS, above))
    if parent and LEVELS.index(level) > LEVELS.index(above):
        keys.fail(
            "level",
            N_(
                "{level} is coarser than {above}, the level of its parent {parent}.",
                level=repr(level),
                above=repr(above),
                parent=repr(parent),
            ),
        )
    label = keys.text("label", usual, longest=40)
    plural = keys.text("plural", longest=40).lower()
    keys.finish()
    if not label.strip():
        keys.fail("label", N_("is empty."), N_("For example {example}.", example=f'label = "{usual}"'))
    return Field(name, "category", level, label, plural, parent=parent)


def _parent(keys: Keys, name: str, named: dict[str, object]) -> str:
    """The next coarser field; it is a dimension, and no own field is above itself."""
    parent = keys.text("parent", longest=40)
    if not parent:
        return ""
    stored = [f.name for f in FIELDS.values() if f.kind == "category" and not f.derived]
    if parent not in named and parent not in stored:
        keys.fail(
            "parent", N_("no such dimension {name}.", name=repr(parent[:40])), did_you_mean(parent, [*named, *stored])
        )
    seen = [name]
    above = parent
    while above in named:
        if above in seen:
            keys.fail("parent", N_("{name} is above itself.", name=repr(name)), N_("Remove one of the parents."))
        seen.append(above)
        above = _declared(named[above], "parent")
    return parent


def _level_of(table: Keys, name: str, named: dict[str, object]) -> Level:
    """The level of a field that is a parent; "line" where there is none."""
    if name in FIELDS:
        return FIELDS[name].level
    if name not in named:
        return "line"
    given = _declared(named[name], "level")
    above = _level_of(table, _declared(named[name], "parent"), named)
    return next((level for level in LEVELS if level == given), above)


def _declared(about: object, key: str) -> str:
    """A text of another dimension's table, which is checked where that one is read."""
    value = about.get(key) if isinstance(about, dict) else None
    return value if isinstance(value, str) else ""
