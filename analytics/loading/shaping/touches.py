"""What people did, row by row, to paths: the channels that somebody met before a conversion, or without one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from analytics.language import N_
from analytics.loading.lines.values import as_coded, as_numbers, ranks
from analytics.loading.reading.columns import coded
from analytics.loading.reading.rows import Rows
from analytics.loading.shaping.filling import is_blank
from analytics.loading.shaping.filters import matching
from analytics.loading.spec import PATH_COLUMNS, Touches
from analytics.quality import Quality

BETWEEN = " > "
MOST_TOUCHES = 100  # of a path: the last ones count


@dataclass
class _Path:
    """One path: its first row, and how often it led somewhere, what that brought, and how often it led nowhere."""

    row: int
    conversions: int = 0
    value: float = 0.0
    nulls: int = 0


@dataclass
class _Paths:
    """Paths by their text, as the rows of one person after another give them."""

    found: dict[str, _Path] = field(default_factory=dict)
    goals: dict[str, int] = field(default_factory=dict)  # by id: when it was
    again: list[int] = field(default_factory=list)  # rows of conversions that were told before

    def path(self, channels: list[str], row: int) -> _Path:
        """The path of these channels."""
        return self.found.setdefault(BETWEEN.join(channels[-MOST_TOUCHES:]), _Path(row))

    def convert(self, channels: list[str], row: int, goal: str, at: int, value: float) -> bool:
        """Count a conversion; whether it is a new one, and not a further row of one or the same told again later."""
        if goal and goal in self.goals:
            if self.goals[goal] != at:
                self.again.append(row)
            return False
        path = self.path(channels, row)
        path.conversions += 1
        path.value += value
        self.goals[goal] = at
        return True


def paths_of(rows: Rows, rule: Touches, where: str, quality: Quality) -> Rows:
    """One row a path, with the columns of PATH_COLUMNS. A path is the channels of somebody's rows in order of time, up
    to a row that is a goal; what follows the last goal led nowhere. A goal without any row before it is a path of its
    own channel. Rows without a person are left out and counted.

        who  when  channel  what           path         conversions  conversion_value  null_paths
        A    1     ads      visit          ads > mail             1             20.00           0
        A    2     mail     visit     →    mail                   0              0.00           1
        A    3              purchase 20
        B    4     mail     visit
    """
    nobody = is_blank(as_coded(rows.column(rule.by, f"{where}.by")))
    rows = rows.left_out(nobody, "touch_of_nobody", N_("rows without {column}", column=rule.by), quality)
    paths = _Paths()
    for row, steps in _people(rows, rule, where):
        channels: list[str] = []
        for row, channel, is_goal, goal, at, value in steps:
            if not is_goal:
                channels.append(channel)
            elif paths.convert(channels or [channel], row, goal, at, value):
                channels = []
        if channels:
            paths.path(channels, row).nulls += 1
    label = N_("conversions whose {column} came before", column=rule.goal_id)
    again = np.array(paths.again, dtype="int64")
    quality.add("goal_again", label, "left out", len(again), rows.examples(again))
    return _as_rows(rows, paths.found)


Step = tuple[int, str, bool, str, int, float]  # row, channel, whether a goal, its id, when, what it brought


def _people(rows: Rows, rule: Touches, where: str) -> Iterator[tuple[int, list[Step]]]:
    """For each person the rows in order of time, after the position of the first of them."""
    who = as_coded(rows.column(rule.by, f"{where}.by"))
    person = np.asarray(who.dictionary.dictionary_encode().indices)[np.asarray(who.indices)]
    at = ranks(rows.column(rule.at, f"{where}.at"))
    channels = [text.replace(BETWEEN, " ") for text in _texts(rows, rule.channel, f"{where}.channel")]
    goals = np.ones(len(rows), bool)
    for column, values in rule.goal:
        goals &= matching(rows, column, values, f"{where}.goal")
    ids = _texts(rows, rule.goal_id, f"{where}.goal_id") if rule.goal_id else [""] * len(rows)
    worth = _values(rows, rule.value, f"{where}.value") if rule.value else np.zeros(len(rows))
    order = np.lexsort((np.arange(len(rows)), goals, at, person))
    starts = np.flatnonzero(np.diff(person[order], prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        steps = [
            (int(row), channels[row] or rule.missing, bool(goals[row]), ids[row], int(at[row]), float(worth[row]))
            for row in order[start:end]
        ]
        yield steps[0][0], steps


def _texts(rows: Rows, column: str, where: str) -> list[str]:
    return [str(text) for text in as_coded(rows.column(column, where)).to_pylist()]


def _values(rows: Rows, name: str, where: str) -> np.ndarray:
    column = rows.column(name, where)
    values, wrong = as_numbers(column, rows.source.decimal, rows.source.thousands)
    if wrong.any():
        bad = np.flatnonzero(wrong)
        raise rows.error(
            N_("{column} is not a number on {rows:row|rows}", column=repr(name), rows=len(bad)),
            bad,
            where,
            N_("Correct the file."),
            column,
        )
    return np.asarray(np.nan_to_num(values))


def _as_rows(rows: Rows, found: dict[str, _Path]) -> Rows:
    first = np.array([path.row for path in found.values()], dtype="int64")
    columns = (
        coded(pa.array(list(found), pa.string())),
        pa.array([path.conversions for path in found.values()], pa.float64()),
        pa.array([round(path.value, 6) for path in found.values()], pa.float64()),
        pa.array([path.nulls for path in found.values()], pa.float64()),
    )
    taken = rows.take(first)
    table = pa.table(dict(zip(PATH_COLUMNS, columns, strict=True)))
    return Rows(table, taken.files, taken.file, taken.number, taken.source)
