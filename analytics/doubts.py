"""What loaded lines themselves give reason to doubt: names that look alike, days without orders, a last day that is not
whole, and channels or stores whose data end early. Each is a finding like those of the quality report, with the
selection that opens the lines of each example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.calendar import ONE_DAY, TimeRange
from analytics.engines.base import Engine
from analytics.language import N_
from analytics.quality import MOST_EXAMPLES, Finding
from analytics.selection import Clause, Resolved, Selection

NAMES = ("product", "product_name", "category", "brand", "city", "region", "country", "channel", "payment_method",
         "segment", "status")  # fmt: skip
MOST_NAMES = 300_000  # of a field, above which they are not compared
MOST_ENDING = 60  # values of a field whose ends are compared
USUAL = 0.9  # share of the days of a weekday that have orders, for one without to be worth telling
LEAST_WEEKS = 8  # of which there must be that many
LEAST_LINES = 12  # on a usual day, for the last one to be called short
SHORT = 1 / 3  # of the usual lines, below which the last day is short
LOOK_BACK = 60  # days before an end
GAP_DAYS = 14  # between the end of a channel and of all data, for it to be worth telling


@dataclass(frozen=True)
class _Example:
    text: str
    opens: str  # a query string


def doubts(engine: Engine) -> list[Finding]:
    """All that applies to a data set, over all its days. `rows` counts lines, days or values, as the label says."""
    now = engine.resolve(Selection(data=engine.name, range="all"))
    days = _lines_by_day(engine, now)
    found = [*_alike_names(engine, now), *_quiet_days(days), *_short_last_day(engine, days), *_ends_early(engine, now)]
    findings = []
    for reason, label, rows, shown in found:
        few = shown[:MOST_EXAMPLES]
        findings.append(Finding(reason, label, "noticed", rows, [e.text for e in few], [e.opens for e in few]))
    return findings


_Found = tuple[str, str, int, list[_Example]]


def alike(texts: pd.Series) -> pd.Series:
    """For each text the form in which texts that differ only in case, accents, blanks, dashes and underscores are
    equal."""
    plain = pc.utf8_normalize(pc.utf8_lower(pa.array(texts, pa.string())), form="NFKD")
    if not pc.all(pc.string_is_ascii(plain)).as_py():  # compiling this pattern takes longer than all else, of few texts
        plain = pc.replace_substring_regex(plain, r"\p{Mn}+", "")
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r"[\s_\-\x{2010}-\x{2015}]+", " "))
    return pd.Series(plain.to_numpy(zero_copy_only=False), index=texts.index)


def alike_names(engine: Engine, field: str, now: Resolved | None = None) -> pd.DataFrame:
    """The values of a field that look like a commoner one. Columns: name, lines, common (the commonest of its like),
    common_lines; most lines first."""
    now = now or engine.resolve(Selection(data=engine.name, range="all"))
    frame = engine.aggregate([field], ["lines"], now)
    frame = pd.DataFrame({"name": frame[field].astype(str), "lines": frame["lines"].astype(int)})
    frame = frame[frame["name"] != ""]
    if len(frame) > MOST_NAMES:
        return pd.DataFrame(columns=["name", "lines", "common", "common_lines"])
    frame = frame.sort_values(["lines", "name"], ascending=[False, True], ignore_index=True)
    form = alike(frame["name"])
    frame["common"] = frame.groupby(form)["name"].transform("first")
    frame["common_lines"] = frame.groupby(form)["lines"].transform("first")
    return frame[frame["name"] != frame["common"]].reset_index(drop=True)


def _alike_names(engine: Engine, now: Resolved) -> Iterator[_Found]:
    for field in (*NAMES, *(f.name for f in engine.schema.own)):
        if field not in engine.schema:
            continue
        found = alike_names(engine, field, now)
        label = engine.schema[field].label.lower()
        shown = [
            _Example(
                f"“{row.name}” ({row.lines:,}) and “{row.common}” ({row.common_lines:,})",
                _query(None, Clause(field, (str(row.name), str(row.common)))),
            )
            for row in found.head(MOST_EXAMPLES).itertuples(index=False)
        ]
        if shown:
            told = N_(
                "lines whose {field} is spelled like a more frequent one except for case, accents or spaces",
                field=label,
            )
            yield f"names_alike_{field}", told, int(found["lines"].sum()), shown


def _lines_by_day(engine: Engine, now: Resolved) -> pd.Series:
    """The lines of each day, from the first with one to the last with one."""
    frame = engine.aggregate(["period"], ["lines"], now.by("day"))
    counts = pd.Series(frame["lines"].to_numpy(), index=pd.DatetimeIndex(frame["period"]))
    sold = np.flatnonzero(counts.to_numpy() > 0)
    return counts.iloc[sold[0] : sold[-1] + 1] if len(sold) else counts.iloc[:0]


def _quiet_days(days: pd.Series) -> Iterator[_Found]:
    """Days without a line, of weekdays that nearly always have some."""
    weekday = pd.DatetimeIndex(days.index).day_of_week.to_numpy()
    has = (days > 0).to_numpy()
    usual = [w for w in range(7) if (weekday == w).sum() >= LEAST_WEEKS and has[weekday == w].mean() >= USUAL]
    quiet = days.index[~has & np.isin(weekday, usual)].to_numpy().astype("datetime64[D]")
    if not len(quiet):
        return
    starts = np.flatnonzero(np.append(True, np.diff(quiet) > ONE_DAY))
    runs = sorted(((len(r), r[0], r[-1]) for r in np.split(quiet, starts[1:])), key=lambda run: (-run[0], run[1]))
    shown = []
    for _, first, last in runs:
        around = TimeRange(first - 3 * ONE_DAY, last + 4 * ONE_DAY)
        shown.append(_Example(str(first) if first == last else f"{first} to {last}", _query(around)))
    yield "days_without_orders", N_("days without orders on weekdays that nearly always have some"), len(quiet), shown


def _short_last_day(engine: Engine, days: pd.Series) -> Iterator[_Found]:
    """A last day with far fewer lines than such days have."""
    if not len(days):
        return
    last = np.datetime64(days.index[-1], "D")
    before = days[:-1]
    like = before[pd.DatetimeIndex(before.index).day_of_week == days.index[-1].day_of_week].tail(LEAST_WEEKS)
    usual = float(like.median()) if len(like) == LEAST_WEEKS else 0.0
    if usual < LEAST_LINES or days.iloc[-1] >= SHORT * usual or engine.bounds.complete.end <= last:
        return
    count = int(days.iloc[-1])
    text = f"{last}: {count:,}, usually about {usual:,.0f}"
    label = N_("lines on the last day, far fewer than usual: it may be incomplete")
    yield "last_day_short", label, count, [_Example(text, _query(TimeRange(last, last + ONE_DAY)))]


def _ends_early(engine: Engine, now: Resolved) -> Iterator[_Found]:
    """Channels and the like that sold on most days, and end long before the others."""
    for field in ("channel", *(f.name for f in engine.schema.own)):
        if field not in engine.schema or engine.values(field, "", now, 0)[1] > MOST_ENDING:
            continue
        frame = engine.aggregate(["period", field], ["lines"], now.by("day"))
        end = frame["period"].max()
        shown = []
        for value, sold in frame[frame[field].astype(str) != ""].groupby(frame[field].astype(str))["period"]:
            days = np.sort(sold.to_numpy().astype("datetime64[D]"))
            gap = int((np.datetime64(end, "D") - days[-1]) / ONE_DAY)
            recent = days[days > days[-1] - LOOK_BACK * ONE_DAY]
            pauses = np.diff(recent) / ONE_DAY
            if gap >= GAP_DAYS and len(recent) >= LOOK_BACK / 2 and gap > 3 * pauses.max():
                window = TimeRange(days[-1] - 6 * ONE_DAY, days[-1] + 7 * ONE_DAY)
                text = f"“{value}” ends on {days[-1]}, {gap} days before the others"
                shown.append(_Example(text, _query(window, Clause(field, (str(value),)))))
        if shown:
            told = N_("{things} that sold on most days and end before the others", things=engine.schema[field].plural)
            yield f"ends_early_{field}", told, len(shown), shown


def _query(span: TimeRange | None, *clauses: Clause) -> str:
    """The query string of a selection without its data set."""
    return Selection(range="all" if span is None else str(span), clauses=clauses).to_query()
