"""What changed in one place only: a product that rose or fell in one place or channel, a group of customers that turned
to other things."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, change, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.kinds.changes.season import came_then, year_ago
from analytics.insights.significance import LEVEL, adjusted
from analytics.methods.inference.interaction import local_changes

PLACES = (("place", "region", "country"), ("channel",))  # the finest that has few enough values
THINGS = ("product", "category")
GROUPS = ("segment", "age_group", "gender", "new_or_returning")
MOST_CELLS = 4_000
LEAST_SHARE = 0.005  # of revenue: a smaller gap is no news
TOLD = 2

Say = Callable[[Company, str, str, pd.Series, float], Claim]


def one_place_only(company: Company) -> list[Claim]:
    """Which products rose or fell in one place or channel, and not elsewhere?"""
    found: list[tuple[str, str, pd.DataFrame]] = []
    tried: list[float] = []
    own = tuple((f.name,) for f in company.fields.own if f.level == "order")  # such as stores
    for columns in (*PLACES, *own):
        tables = ((row, column) for column in columns for row in THINGS)
        row, column = next((t for t in tables if _cells(company, *t) is not None), ("", ""))
        if row:
            table = _judged(company, row, column)
            tried += list(table["p"])
            found.append((row, column, table))
    return _told(company, found, tried, _place)


def mix_shift(company: Company) -> list[Claim]:
    """Which group of customers turned to other things than before, while the other groups did not?"""
    found: list[tuple[str, str, pd.DataFrame]] = []
    tried: list[float] = []
    for column in (*GROUPS, *(f.name for f in company.fields.own if f.level == "customer")):
        row = next((t for t in reversed(THINGS) if _cells(company, t, column) is not None), "")
        if row:
            table = _judged(company, row, column)
            tried += list(table["p"])
            found.append((row, column, table))
    return _told(company, found, tried, _shift)


def _cells(company: Company, row: str, column: str) -> pd.DataFrame | None:
    """Orders and revenue by both fields, now and before; None where the data lack one, or have too many values."""
    return company.once(("cells", row, column), lambda: _asked(company, row, column))


def _asked(company: Company, row: str, column: str) -> pd.DataFrame | None:
    if company.now.before is None or row not in company or column not in company:
        return None
    sizes = [len(company.groups(field)) for field in (row, column)]
    if min(sizes) < 2 or sizes[0] * sizes[1] > MOST_CELLS:
        return None
    times = []
    for name, selection in (("now", company.now), ("base", company.now.before)):
        frame = company.aggregate([row, column], ["orders", "revenue"], selection)
        times.append(frame.rename(columns={"orders": f"n_{name}", "revenue": f"amount_{name}"}))
    both = (
        times[0]
        .merge(times[1], on=[row, column], how="outer")
        .fillna(dict.fromkeys(("n_now", "n_base", "amount_now", "amount_base"), 0.0))
    )
    both = both.rename(columns={row: "row", column: "column"})
    known = (both["row"].astype(str) != "") & (both["column"].astype(str) != "")
    return both[known].astype({"row": str, "column": str}).reset_index(drop=True)


def _each_year(company: Company, row: str, column: str, cell: pd.Series) -> bool:
    """Whether the cell did so in the same range a year ago too."""
    then = year_ago(company)
    cells = None if then is None else _asked(then, row, column)
    if cells is None or cells.empty:
        return False
    table = local_changes(cells)
    own = table[(table["row"] == cell["row"]) & (table["column"] == cell["column"])]
    return any(came_then(_effect(cell), _effect(o), float(o["p"])) for _, o in own.iterrows())


def _effect(cell: pd.Series) -> float:
    return float(np.log((float(cell["n_now"]) + 0.5) / (float(cell["expected"]) + 0.5)))


def _judged(company: Company, row: str, column: str) -> pd.DataFrame:
    cells = _cells(company, row, column)
    if cells is None or cells.empty:
        return pd.DataFrame({"p": []})
    return local_changes(cells)


def _told(company: Company, found: list[tuple[str, str, pd.DataFrame]], tried: list[float], say: Say) -> list[Claim]:
    """`tried`: the p of every row of the tables that were found, in their order."""
    places = [(row, column, table, place) for row, column, table in found for place in range(len(table))]
    unlikely = [
        (row, column, table.iloc[place], float(rate))
        for (row, column, table, place), rate in zip(places, adjusted(tried), strict=True)
        if rate <= LEVEL
    ]
    news = [
        each
        for each in unlikely
        if abs(each[2]["gap"]) >= LEAST_SHARE * company.revenue and (say is _shift or _alone(each[2]))
    ]
    news.sort(key=lambda each: -abs(each[2]["gap"]))
    told: list[Claim] = []
    things: set[str] = set()
    for row, column, cell, rate in news:
        about = cell["row"] if say is _place else cell["column"]
        if about not in things and not _each_year(company, row, column, cell):  # a city and its region tell one thing
            things.add(about)
            told.append(say(company, row, column, cell, rate))
    return told[:TOLD]


def _common(company: Company, row: str, column: str, cell: pd.Series, q: float) -> dict[str, Value]:
    return {
        "thing": text(company.label(row, cell["row"])),
        "name": text(company.label(column, cell["column"])),
        "what": text(company.fields[column].plural),
        "orders": count(cell["n_now"]),
        "orders_base": count(cell["n_base"]),
        "expected": count(round(float(cell["expected"]))),
        "change": change((float(cell["n_now"]) / float(cell["n_base"]) - 1) * 100 if cell["n_base"] else np.nan),
        "elsewhere": change((float(cell["elsewhere"]) - 1) * 100),
        "gap": money(abs(float(cell["gap"]))),
        "base_span": company.base_span,
        "q": Value(q, "p"),
    }


def _place(company: Company, row: str, column: str, cell: pd.Series, q: float) -> Claim:
    side = "up" if cell["gap"] > 0 else "down"
    return Claim(
        (f"one_place_only.{side}", "one_place_only.expected"),
        _common(company, row, column, cell, q),
        {row: cell["row"], column: cell["column"]},
        "gap",
        abs(float(cell["gap"])),
        company.proof("revenue_over_time", {row: (cell["row"],), column: (cell["column"],)}),
        f"one_place_only.{side}.do",
        (),
        float(cell["p"]),
        q,
    )


def _shift(company: Company, row: str, column: str, cell: pd.Series, q: float) -> Claim:
    cells = _cells(company, row, column)
    shares = {}
    if cells is not None:
        for time in ("now", "base"):
            amount = cells[f"amount_{time}"]
            own = cells["column"] == cell["column"]
            thing = cells["row"] == cell["row"]
            for name, part in (("own", own), ("others", ~own)):
                whole = float(amount[part].sum())
                shares[f"{name}_{time}"] = percent(100 * float(amount[part & thing].sum()) / whole if whole else np.nan)
    side = "up" if cell["gap"] > 0 else "down"
    return Claim(
        (f"mix_shift.{side}", "mix_shift.others"),
        _common(company, row, column, cell, q) | shares,
        {column: cell["column"], row: cell["row"]},
        "gap",
        abs(float(cell["gap"])),
        company.proof("revenue_by_category" if row == "category" else "top_products", {column: (cell["column"],)}),
        f"mix_shift.{side}.do",
        (),
        float(cell["p"]),
        q,
    )


def _alone(cell: pd.Series) -> bool:
    """Whether the cell itself moved the way its gap says, and at least twice as far as the same thing elsewhere."""
    own = np.log((float(cell["n_now"]) + 0.5) / (float(cell["n_base"]) + 0.5))
    elsewhere = np.log(float(cell["elsewhere"]))
    return bool(own * float(cell["gap"]) > 0 and elsewhere * np.sign(own) <= abs(own) / 2)
