"""Newer lines in the codes, levels and scales of stored ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analytics.store.additions.joined import Joined, NotAdditive
from analytics.store.dataset import StoredDataset
from analytics.store.layout import Columns, StoredField
from analytics.store.numbers import CHUNK, LARGEST_SUM, SECOND, code_type, narrow

LEVELS = ("customer", "order", "line")  # the coarsest first
KEYS = ("order_id", "ordered_at", "customer")


def aligned(base: StoredDataset, newer: Columns, joined: Mapping[str, Joined]) -> Columns:
    """The newer columns, which `coding.coded` made of the newer lines alone, as they continue those of `base`; days are
    counted from the newer lines' first. Fields of customers are those of all customers.

    NotAdditive where a stored column would have to be kept at another level or scale."""
    _check(base, newer)
    facts = replace(newer.facts, all_sale=base.facts.all_sale, customers=base.facts.customers)
    if "customer" in joined:
        facts = replace(facts, customers=len(joined["customer"].dictionary) - 1)
    found = Columns({}, {n: j.dictionary for n, j in joined.items()}, dict(base.fields), facts)
    found.lines["order"] = newer.lines["order"]
    if not base.facts.all_sale:
        sold = np.ones(newer.facts.lines, bool)
        found.lines["sale"] = sold if newer.facts.all_sale else newer.lines["sale"]
    for name in ("day", "hour", "start"):
        found.orders[name] = newer.orders[name]
    found.orders["at"] = _times(base, newer)
    if "customer" in joined:
        found.orders["customer"] = joined["customer"].of_new[newer.orders["customer"]]
    for name, about in base.fields.items():
        if name not in KEYS:
            values = _values(name, about, base, newer, joined)
            if about.level == "customer":
                values = _of_all_customers(name, values, base, newer, joined)
            found.at_level(about.level)[name] = values
    return found


def _check(base: StoredDataset, newer: Columns) -> None:
    facts = newer.facts
    if newer.fields.keys() not in (base.fields.keys(), base.fields.keys() - {"posted_at"}):
        raise NotAdditive("the newer lines have other fields")
    if not base.facts.lines or not facts.lines:
        raise NotAdditive("there are no lines")
    if base.facts.all_sale and not facts.all_sale:
        raise NotAdditive("the first refunds")
    if newer.order_times(slice(0, 1))[0] < base.order_times(slice(-1, None))[0]:
        raise NotAdditive("an order is earlier than the last one stored")


def _times(base: StoredDataset, newer: Columns) -> np.ndarray:
    """The times of the newer orders in the unit of the stored ones."""
    stored = newer.orders["at"]
    if base.orders["at"].dtype == stored.dtype:
        return np.asarray(stored)
    if base.orders["at"].dtype == np.uint32:
        raise NotAdditive("times are of parts of seconds")
    return np.asarray(stored.astype("int64") * SECOND)


def _values(
    name: str, about: StoredField, base: StoredDataset, newer: Columns, joined: Mapping[str, Joined]
) -> np.ndarray:
    """A field of the newer lines at the level at which it is stored."""
    if name not in newer.fields:  # only posted_at is made of the lines' own dates, where these differ
        return newer.order_times(newer.lines["order"])
    own = newer.fields[name]
    if LEVELS.index(own.level) > LEVELS.index(about.level):
        raise NotAdditive(f"{name} varies within its {about.level}")
    if own.parts != about.parts:
        raise NotAdditive("places have other parts")
    values = newer.values(name)
    if own.level == "customer" != about.level:
        values = values[newer.orders["customer"]]
    if own.level != "line" and about.level == "line":
        values = values[newer.lines["order"]]
    if name in joined:
        return np.asarray(joined[name].of_new[values], code_type(len(joined[name].dictionary)))
    return values if about.scale is None else _scaled(name, values, own, about, base)


def _scaled(name: str, values: np.ndarray, own: StoredField, about: StoredField, base: StoredDataset) -> np.ndarray:
    """Numbers as multiples of the stored scale."""
    scale, stored = own.scale or 0, about.scale or 0
    if not scale or scale > stored:
        raise NotAdditive(f"{name} has no number of digits, or more of them")
    units = narrow(values.astype("float64") * (stored // scale))
    if _most(base.values(name)) + _most(units) >= LARGEST_SUM:
        raise NotAdditive(f"the sum of {name} is no longer exact")
    return units


def _most(values: np.ndarray) -> float:
    """What a sum of some of the values is at most; of small ones without reading them."""
    if values.dtype.itemsize <= 2:
        return float(len(values) << (8 * values.dtype.itemsize - 1))
    parts = (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
    return sum(
        float(np.nansum(np.abs(part.astype("int64" if part.dtype.kind == "i" else "float64")))) for part in parts
    )


def _of_all_customers(
    name: str, values: np.ndarray, base: StoredDataset, newer: Columns, joined: Mapping[str, Joined]
) -> np.ndarray:
    """A field of customers with those of the newer lines, whose values must be those that are stored."""
    people = joined["customer"]
    old = base.customers[name]
    old = joined[name].old_codes(old) if name in joined else old
    kind = values.dtype if name in joined else np.result_type(old, values)
    found = np.zeros(len(people.dictionary), kind)
    places = slice(0, len(old)) if people.of_old is None else people.of_old
    ordered = np.zeros(len(old), bool)
    ordered[base.orders["customer"]] = True
    found[places] = np.where(ordered, old, 0) if old.dtype.kind != "M" else old
    came = np.zeros(len(people.of_new), bool)
    came[newer.orders["customer"]] = True
    stored = np.zeros(len(found), bool)
    stored[places] = ordered
    again = came & stored[people.of_new]
    mine = people.of_new[again]
    same = found[mine] == values[again]
    blank = np.isnan(values[again]) if values.dtype.kind == "f" else np.zeros(len(mine), bool)
    if not (same | (blank & (found[mine] != found[mine]))).all():
        raise NotAdditive(f"{name} varies within a customer")
    first = came & ~stored[people.of_new]
    found[people.of_new[first]] = values[first]
    return found
