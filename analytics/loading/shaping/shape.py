"""All that brings rows into the shape of one row for each line, in one order, as a TOML declares it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from analytics.loading.reading.rows import Rows
from analytics.loading.shaping.exploding import exploded
from analytics.loading.shaping.filling import FillDown, Groups
from analytics.loading.shaping.filters import Footer, first_rows, kept
from analytics.loading.shaping.gathering import Key, gathered, newest
from analytics.loading.shaping.pivoting import Pivoting
from analytics.loading.spec import Shape
from analytics.quality import Quality

Step = Callable[[Rows, Quality], Rows]


@dataclass(frozen=True)
class Asked:
    """What shaping needs to know besides the shape itself.

    `where` names the source in messages, `strict` says whether a cell that cannot be taken apart is an error. `order`
    are the columns of the order's number, for `fill_down`. `key` gives the order of each row; blocks hold whole orders
    where `whole_orders` asks for it or a later file replaces orders of an earlier one. `wanted` are the columns that
    fields use.
    """

    where: str
    strict: bool = True
    order: tuple[str, ...] = ()
    key: Key | None = None
    whole_orders: bool = False
    replace: bool = False
    wanted: Collection[str] = field(default_factory=frozenset)
    folder: Path | None = None


def shaped(blocks: Iterator[Rows], shape: Shape, asked: Asked, quality: Quality) -> Iterator[Rows]:
    """The blocks of one source in file order, shaped. The order of rows changes only where orders are made whole."""
    blocks = _through(blocks, _in_file_order(shape, asked), quality)
    key = asked.key
    if shape.pivot is not None:
        key = partial(_first_of, shape.pivot.by) if key is None else key
    if key is not None and (asked.whole_orders or asked.replace or shape.pivot is not None):
        blocks = gathered(blocks, key, asked.folder)
    first = shape.first
    if first is not None:
        where = f"{asked.where}.rows"
        blocks = _through(blocks, [lambda rows, quality: first_rows(rows, first, quality, where)], quality)
    if key is not None and asked.replace:
        blocks = _through(blocks, [lambda rows, quality: newest(rows, key(rows), quality)], quality)
    return blocks


def last_step(shape: Shape, asked: Asked) -> Pivoting | None:
    """What makes one row of several, after exact copies were looked for: a copy must not be added up."""
    return Pivoting(shape.pivot, asked.wanted, f"{asked.where}.pivot") if shape.pivot else None


def _in_file_order(shape: Shape, asked: Asked) -> list[Step]:
    """The steps that see the rows as they stand in their files."""
    steps: list[Step] = []
    if shape.footer:
        steps.append(Footer(shape.footer))
    if shape.groups:
        steps.append(Groups(shape.groups, f"{asked.where}.groups"))
    if shape.fill_down:
        steps.append(FillDown(shape.fill_down, asked.order, f"{asked.where}.fill_down"))
    if shape.keep or shape.drop or shape.drop_where:
        steps.append(lambda rows, quality: kept(rows, shape, quality, f"{asked.where}.rows"))
    rule = shape.explode
    if rule is not None:
        steps.append(lambda rows, quality: exploded(rows, rule, asked.strict, quality, f"{asked.where}.explode"))
    return steps


def _through(blocks: Iterator[Rows], steps: list[Step], quality: Quality) -> Iterator[Rows]:
    for rows in blocks:
        for step in steps:
            rows = step(rows, quality)
        yield rows


def _first_of(columns: tuple[str, ...], rows: Rows) -> pa.Array:
    return rows.column(columns[0], "pivot.by")
