"""The slow, obvious engine, whose answers the real ones must equal: a plain frame of lines, filtered row by row and
counted with sets."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.measures import MEASURES, STATISTICS, Measure
from analytics.metrics import METRICS
from analytics.profile import Profile
from analytics.schema import FIELDS, HIERARCHIES, PARTS_OF_DAY, place_path
from analytics.selection import Bounds, Clause, Resolved

DAY = np.timedelta64(1, "D")

Line = dict[str, Any]  # of a field, its value


def _band(size: int) -> str:
    """The name of the band that an order's size is in."""
    if size < 1:
        return ""
    if size <= 10:
        return str(size)
    for last, name in ((20, "11–20"), (50, "21–50"), (100, "51–100"), (200, "101–200"), (500, "201–500")):
        if size <= last:
            return name
    return "501–1000" if size <= 1000 else "1,001 or more"


class Oracle:
    """All lines that a viewer may see, with every derived column that does not depend on a date."""

    def __init__(
        self, lines: pd.DataFrame, profile: Profile, sessions: pd.DataFrame | None = None, policy: Sequence[Clause] = ()
    ) -> None:
        self.profile = profile
        self.sessions = sessions
        self.policy = tuple(policy)
        rows = lines.reset_index(drop=True).copy()
        for name in rows:
            if name in FIELDS and FIELDS[name].kind in ("id", "category"):
                rows[name] = rows[name].astype(object)
        rows["appeared"] = rows["order_id"].map({o: i for i, o in enumerate(dict.fromkeys(rows["order_id"]))})
        rows["ordered_at"] = rows.groupby("order_id")["ordered_at"].transform("min")
        if "customer" in rows:
            first = {o: next((c for c in g["customer"] if c), "") for o, g in rows.groupby("order_id", sort=False)}
            rows["customer"] = rows["order_id"].map(first)
        rows = rows.sort_values(["ordered_at", "appeared"], kind="stable", ignore_index=True)
        parts = [n for n in HIERARCHIES["place"] if n in rows]
        if parts:
            rows["place"] = [place_path(p) if any(p) else "" for p in rows[parts].itertuples(index=False)]
        at = rows["ordered_at"].dt
        rows["weekday"], rows["month"], rows["hour"] = at.day_of_week, at.month, at.hour
        rows["quarter"] = (at.month - profile.fiscal_start) % 12 // 3 + 1
        rows["part_of_day"] = [PARTS_OF_DAY[h // 6] for h in rows["hour"]]
        rows["day"] = rows["ordered_at"].to_numpy("datetime64[D]")
        rows["line_kind"] = np.where(rows["sale"], "Sale", "Refund")
        if "posted_at" in rows:
            rows["posted_day"] = rows["posted_at"].fillna(rows["ordered_at"]).dt.strftime("%Y-%m-%d")
        for clause in self.policy:
            assert not clause.whole_orders
        self.rows = rows
        for clause in self.policy:
            self.rows = self.rows[self._keeps(self.rows, clause)]
        self.rows = self.rows.reset_index(drop=True)
        self._add_sizes()
        self._add_firsts()

    def _add_sizes(self) -> None:
        """The bands of each whole order's numbers of products and units."""
        orders = self.rows.groupby("order_id")
        products = orders["product"].agg(lambda p: len(set(p)))
        units = orders["quantity"].agg(lambda q: math.fsum(q))
        for name, sizes in (("order_products", products), ("order_units", units)):
            bands = {order: _band(math.ceil(round(size, 6))) for order, size in sizes.items()}
            bands |= dict.fromkeys(set(self.rows["order_id"]) - set(self.rows.loc[self.rows["sale"], "order_id"]), "")
            self.rows[name] = self.rows["order_id"].map(bands).astype(object)

    def _add_firsts(self) -> None:
        """What each customer's first order with a sale decides."""
        if "customer" not in self.rows:
            return
        firsts: dict[str, tuple] = {}
        for row in self.rows.itertuples():
            if row.sale and row.customer and row.customer not in firsts:
                firsts[row.customer] = (row.ordered_at, row.appeared)
        rows = self.rows
        rows["first_order_month"] = [f"{firsts[c][0]:%Y-%m}" if c in firsts else "" for c in rows["customer"]]
        new = {True: "New", False: "Returning"}
        rows["new_or_returning"] = [
            new[(at, n) <= firsts[c]] if c in firsts else ""
            for c, at, n in zip(rows["customer"], rows["ordered_at"], rows["appeared"], strict=True)
        ]

    def bounds(self) -> Bounds:
        """The days that the visible orders cover."""
        if self.rows.empty:
            return Bounds(*(np.datetime64(0, "D"),) * 3)
        start, end = (
            self.rows["day"].min().to_datetime64().astype("datetime64[D]"),
            self.rows["day"].max().to_datetime64().astype("datetime64[D]"),
        )
        return Bounds(start, end + DAY, end + DAY)

    def _tiers(self, rows: pd.DataFrame, as_of: np.datetime64) -> pd.Series:
        before = rows[rows["day"] < as_of]
        revenue = {c: round(math.fsum(g["amount"]), 6) for c, g in before.groupby("customer") if c and g["sale"].any()}
        limits = list(self.profile.value_tiers)
        if not limits:
            by_size = sorted(revenue.values(), reverse=True)
            fifth, half = (
                by_size[max(0, math.floor(round(n * len(by_size), 9)) - 1)] if by_size else 0.0 for n in (0.2, 0.5)
            )
            limits = [("High", fifth), ("Medium", half), ("Low", float("-inf"))]
        return rows["customer"].map(
            lambda c: next(n for n, least in limits if revenue[c] >= least) if c in revenue else ""
        )

    @staticmethod
    def _matches(rows: pd.DataFrame, clause: Clause) -> tuple[pd.Series, pd.Series]:
        text = rows[clause.field].astype(str)

        def among(values: Sequence[str]) -> pd.Series:
            if clause.field == "place":
                return text.map(lambda t: any(t == v or (v != "" and t.startswith(v + "/")) for v in values)).astype(
                    bool
                )
            return text.isin(values)

        return among(clause.include), among(clause.exclude)

    def _keeps(self, rows: pd.DataFrame, clause: Clause) -> pd.Series:
        wanted, unwanted = self._matches(rows, clause)
        if clause.whole_orders:
            wanted = rows["order_id"].isin(rows.loc[wanted, "order_id"])
            unwanted = rows["order_id"].isin(rows.loc[unwanted, "order_id"])
        if not clause:
            return pd.Series(False, index=rows.index)
        return (wanted if clause.include else True) & ~unwanted

    def selected(self, selection: Resolved) -> pd.DataFrame:
        """The selected lines, with their period."""
        rows = self.rows.copy()
        if "customer" in rows:
            rows["value_tier"] = self._tiers(rows, selection.span.end)
        keep = (rows["day"] >= selection.span.start) & (rows["day"] < selection.span.end)
        for clause in selection.clauses:
            keep &= self._keeps(rows, clause)
        found = rows[keep].copy()
        begins = selection.calendar.floor(found["day"].to_numpy("datetime64[D]"), selection.grain)
        found["period"] = [selection.calendar.name(b, selection.grain) for b in begins]
        if selection.grain == "hour":
            found["period"] = [f"{p}T{h:02d}" for p, h in zip(found["period"], found["hour"], strict=True)]
        return found

    def measures(self, lines: Sequence[Line], have: Collection[str]) -> dict[str, float]:
        """Every measure and statistic that the lines of one group can give by themselves."""
        found = {}
        for measure in MEASURES.values():
            if not measure.of_lines or not set(measure.needs) <= set(have):
                continue
            if measure.kind == "difference":
                first, second = (self._of_lines(MEASURES[part], lines) for part in measure.parts)
                found[measure.name] = first - second
            else:
                found[measure.name] = self._of_lines(measure, lines)
        for name in {"amount", "rating"} & set(have):
            values = [line[name] for line in lines if pd.notna(line[name])]
            for word, quarters in STATISTICS.items():
                found[f"{word}_{name}"] = np.quantile(values, quarters / 4) if values else math.nan
        return found

    @staticmethod
    def _of_lines(measure: Measure, lines: Sequence[Line]) -> float:
        """A sum or distinct count over the lines of a group, one by one."""
        if "sale" in measure.conditions:
            lines = [line for line in lines if line["sale"]]
        if "known_customer" in measure.conditions:
            lines = [line for line in lines if line["customer"] != ""]
        if measure.given:
            lines = [line for line in lines if pd.notna(line[measure.given])]
        if measure.kind == "distinct":
            orders: dict[Any, set[str]] = {}
            for line in lines:
                orders.setdefault(line[measure.column], set()).add(line["order_id"])
            return sum(len(ids) >= measure.least for ids in orders.values())
        if not measure.column:
            return len(lines)
        return math.fsum(line[measure.column] for line in lines if pd.notna(line[measure.column]))

    def _days(self, selection: Resolved) -> list[str]:
        """The period of each day that lies in the range and in the data; of hours, their day."""
        bounds = self.bounds()
        days = [d for d in np.arange(selection.span.start, selection.span.end) if bounds.start <= d < bounds.end]
        grain = "day" if selection.grain == "hour" else selection.grain
        begins = selection.calendar.floor(np.array(days, "datetime64[D]"), grain)
        return [selection.calendar.name(begin, grain) for begin in begins]

    def _sessions(self, selection: Resolved, by: Sequence[str]) -> list[Line] | None:
        """The visits that are selected; None where they cannot be told apart by what is asked for."""
        assert self.sessions is not None
        table = self.sessions.copy()
        day = table["date"].to_numpy("datetime64[D]")
        table["weekday"], table["month"] = table["date"].dt.day_of_week, table["date"].dt.month
        table["quarter"] = (table["month"] - self.profile.fiscal_start) % 12 // 3 + 1
        if selection.grain != "hour":
            table["period"] = [
                selection.calendar.name(b, selection.grain) for b in selection.calendar.floor(day, selection.grain)
            ]
        if not [n for n in ("country", "region") if n in self.rows] and "city" in self.rows:
            table["place"] = [place_path([c]) for c in table["city"]] if "city" in table else ""
        fields = [*(c.field for c in (*self.policy, *selection.clauses)), *by]
        if any(c.whole_orders for c in selection.clauses) or any(f not in table for f in fields):
            return None
        table = table[(day >= selection.span.start) & (day < selection.span.end)]
        for clause in (*self.policy, *selection.clauses):
            table = table[self._keeps(table, clause)] if len(table) else table
        return [dict(row) for row in table.to_dict("records")]

    def aggregate(self, by: Sequence[str], names: Sequence[str], selection: Resolved) -> dict[tuple, dict[str, float]]:
        """Numbers by group; metrics are computed from the measures of that very group."""
        rows = self.selected(selection)
        groups: dict[tuple, list[Line]] = {} if by else {(): []}
        if tuple(by) == ("period",):
            groups = {(period,): [] for period in self.periods(selection)}
        for line in rows.to_dict("records"):
            groups.setdefault(tuple(line[name] for name in by), []).append(line)
        if not groups:
            return {}
        days = self._days(selection)
        visits = None if self.sessions is None else self._sessions(selection, by)
        found = []
        for group, lines in groups.items():
            numbers = self.measures(lines, [*rows.columns])
            at = dict(zip(by, group, strict=True))
            numbers["days"] = len(days) if "period" not in at else days.count(at["period"].partition("T")[0])
            if self.sessions is not None:
                mine = [v["sessions"] for v in visits or () if all(v[name] == value for name, value in at.items())]
                numbers["sessions"] = math.nan if visits is None else float(sum(mine))
            found.append(numbers)
        measured = pd.DataFrame(found)
        every = {n: (METRICS[n].compute(measured) if n in METRICS else measured[n]).tolist() for n in names}
        return {group: {n: every[n][i] for n in names} for i, group in enumerate(groups)}

    @staticmethod
    def periods(selection: Resolved) -> list[str]:
        names = [
            selection.calendar.name(b, selection.grain)
            for b in selection.calendar.starts(selection.span, selection.grain)
        ]
        return [f"{n}T{h:02d}" for n in names for h in range(24)] if selection.grain == "hour" else names
