"""Which product, place, channel or group moved otherwise than the company did, or which pair of them.

A part of the company is judged by its excess: what it brought beyond its revenue of the comparison times the company's
growth. Something that fell as everything fell is no mover. Of parts that tell the same story — a city that is all of
its country, a product that is most of its category's fall — one is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.insights.claim import Claim, Proof, Value, change, count, money, percent, text
from analytics.insights.company import Company
from analytics.insights.days import ComparedDays
from analytics.insights.proofs import side_by_side
from analytics.insights.significance import FEWEST, LEVEL, MATERIAL, SHOWN_A_SIDE, adjusted, totals_differ
from analytics.language import N_
from analytics.schema import MISSING
from analytics.selection import Clause, Resolved

SIMPLE = (  # dimensions whose values may move
    "product",
    "category",
    "brand",
    "country",
    "region",
    "place",
    "channel",
    "payment_method",
    "segment",
    "age_group",
    "gender",
    "deal_size",
)
THINGS = ("category", "product")  # of each, the first that the data have makes the pairs
PLACES = ("country", "region", "place")
WAYS = ("channel", "segment")
MOST_VALUES = 60  # of a dimension in a pair
PAIRS = 0.25  # of the error rate
TRIED_A_SIDE = 3  # parts of a dimension whose days are looked at: the largest excesses
COMPARED = 8  # parts, the largest, that are looked at for telling the same story
MOST_OF_IT = 0.7  # share of a part's excess that a narrower part holds, for that to be the story
STILL_MOVED = 0.5  # share of a part's excess that must be left without the parts told before
NARROWER = 0.6  # share of a part's base up to which a part of it says more than the whole
ALIKE = 0.02  # share of a part that may lie outside another of which it is a part
WITH_UNITS = ("product", "category", "brand")


@dataclass(frozen=True)
class Part:
    """The lines that have these values, in the range and in the comparison. `excess`: revenue beyond the company's
    growth."""

    about: tuple[tuple[str, str], ...]
    revenue: float
    base: float
    orders: float
    orders_base: float
    share: float  # of the company's revenue in the comparison, 0–1
    excess: float
    p: float = 1.0
    q: float = 1.0

    @property
    def fields(self) -> tuple[str, ...]:
        """The dimensions that name it."""
        return tuple(field for field, _ in self.about)


def movers(company: Company) -> list[Claim]:
    """What rose and fell most beyond what the company as a whole did?"""
    if company.now.base is None or not company.revenue > 0:
        return []
    days = ComparedDays.of(company.now, company.now.span, company.now.base)
    totals = _Totals.of(company)
    if not totals.base > 0:
        return []
    tried = [part for fields in _dimensions(company) for part in _tested(company, days, totals, fields)]
    if not tried:
        return []
    q = adjusted(np.minimum([part.p for part in tried] / _weights(tried), 1.0))
    sure = [replace(part, q=float(value)) for part, value in zip(tried, q, strict=True) if value <= LEVEL]
    told = _stories(company, totals, sorted(sure, key=_largest)[:COMPARED])
    sides = [[part for part in told if part.excess * side > 0][:SHOWN_A_SIDE] for side in (1, -1)]
    return [_claim(company, totals, part) for part in sorted((*sides[0], *sides[1]), key=_largest)]


@dataclass(frozen=True)
class _Totals:
    """Revenue of the range and the comparison."""

    now: float
    base: float

    @classmethod
    def of(cls, company: Company) -> _Totals:
        before = company.aggregate([], ["revenue"], company.now.before)["revenue"].iloc[0]
        return cls(company.revenue, float(before))

    def excess(self, now: float, base: float) -> float:
        """What a part brought beyond its base at the company's growth."""
        return now - base * self.now / self.base


def _weights(tried: Sequence[Part]) -> np.ndarray:
    """Weights of tests, 1 on average (Genovese, Roeder & Wasserman 2006): the many pairs share as much as PAIRS of the
    error rate, so that they do not hide the few single dimensions."""
    pair = np.array([len(part.about) > 1 for part in tried], dtype=bool)
    shares = np.where(pair, PAIRS / max(pair.sum(), 1), (1 - PAIRS) / max((~pair).sum(), 1))
    return np.asarray(shares / shares.mean())


def _largest(part: Part) -> tuple[float, int]:
    """Order of parts: the largest excess first, of two halves that mirror each other the smaller half."""
    return -abs(part.excess) * (1 - part.share), len(part.about)


def _dimensions(company: Company) -> list[tuple[str, ...]]:
    """The dimensions and pairs of interest whose values are worth comparing, those with few words first."""
    names = (*SIMPLE, *(field.name for field in company.fields.own))
    finer = "city" in company  # without cities a place is a region or country
    sizes = {name: len(company.groups(name)) for name in names if name in company and (finer or name != "place")}
    simple = [field for field, size in sizes.items() if size > 1]
    few = [field for field in simple if sizes[field] <= MOST_VALUES]
    things, places = (next((f for f in of if f in few), None) for of in (THINGS, PLACES))
    ways = [field for field in WAYS if field in few]
    pairs = [(things, places), *((thing, way) for way in ways for thing in (things, places))]
    return [*((field,) for field in simple), *((a, b) for a, b in pairs if a and b)]


def _tested(company: Company, days: ComparedDays, totals: _Totals, fields: tuple[str, ...]) -> list[Part]:
    """Every part of a dimension or pair that sold enough; the largest with the p of their days, the others with 1."""
    parts = _parts(company, totals, fields)
    tried: list[Part] = []
    for side in (1, -1):
        tried += sorted((part for part in parts if part.excess * side > 0 and part.p <= LEVEL), key=_largest)[
            :TRIED_A_SIDE
        ]
    found = {part.about: part for part in _with_days(company, days, totals, tried)} if tried else {}
    return [found.get(part.about, replace(part, p=1.0)) for part in parts]


def _parts(company: Company, totals: _Totals, fields: tuple[str, ...]) -> list[Part]:
    """The parts that sold in the comparison, with the p that their orders alone would give."""
    n = "lines" if any(company.fields[field].level == "line" for field in fields) else "orders"
    now = _sums(company, fields, n, company.now)
    base = _sums(company, fields, n, company.now.before)
    names = [name for name in base if _known(name) and base[name][0] > 0]
    if not names:
        return []
    nothing = [0.0, 0.0, 0.0]
    later = np.array([now.get(name, nothing) for name in names])
    earlier = np.array([base[name] for name in names])
    expected = earlier[:, 0] * totals.now / totals.base
    n_now = np.maximum(later[:, 2], FEWEST / 4)  # what is gone is judged as if a few orders were left
    p = totals_differ(np.maximum(later[:, 0], 0), n_now, expected, earlier[:, 2], company.spread)
    small = np.abs(later[:, 0] / expected - 1) * 100 < MATERIAL
    return [
        Part(
            about=tuple(zip(fields, names[i], strict=True)),
            revenue=float(later[i, 0]),
            base=float(earlier[i, 0]),
            orders=float(later[i, 1]),
            orders_base=float(earlier[i, 1]),
            share=float(earlier[i, 0]) / totals.base,
            excess=float(later[i, 0] - expected[i]),
            p=1.0 if small[i] else float(p[i]),
        )
        for i in np.flatnonzero(np.maximum(later[:, 2], earlier[:, 2]) >= FEWEST)
    ]


def _sums(
    company: Company, fields: tuple[str, ...], n: str, selection: Resolved | None
) -> dict[tuple[str, ...], list[float]]:
    """Revenue, orders and `n` of each part."""
    columns = ["revenue", "orders", n]
    frame = company.aggregate(fields, list(dict.fromkeys(columns)), selection)
    names = zip(*(map(str, frame[field].tolist()) for field in fields), strict=True)
    return dict(zip(names, np.column_stack([frame[c].to_numpy(float) for c in columns]).tolist(), strict=True))


def _known(values: tuple[str, ...]) -> bool:
    return all(value != MISSING and not value.endswith("/") for value in values)


def _with_days(company: Company, days: ComparedDays, totals: _Totals, parts: Sequence[Part]) -> list[Part]:
    """The parts with the p of their days: whether the daily excess differs from the comparison's, where it is 0."""
    fields = parts[0].fields
    total = company.once(("daily", str(days.span)), lambda: company.history.daily(days.span))
    chosen = [Clause(field, tuple({dict(part.about)[field] for part in parts})) for field in fields]
    frame = company.aggregate([*fields, "period"], ["revenue"], _narrowed(company.now, chosen).at(days.span).by("day"))
    place = {part.about: row for row, part in enumerate(parts)}
    names = zip(*([(field, str(value)) for value in frame[field].tolist()] for field in fields), strict=True)
    rows = np.array([place.get(name, -1) for name in names], dtype=int)
    at = (np.array(frame["period"].tolist(), dtype="datetime64[D]") - days.span.start).astype(int)
    values = np.zeros((len(parts), days.span.days))
    values[rows[rows >= 0], at[rows >= 0]] = frame["revenue"].to_numpy(float)[rows >= 0]
    found = []
    for part, sold in zip(parts, values, strict=True):
        even = total * part.share
        p = days.change(sold - even, (np.abs(sold) + np.abs(even)) / 2).p
        found.append(replace(part, p=max(p, part.p)))
    return found


def _narrowed(selection: Resolved, clauses: Iterable[Clause]) -> Resolved:
    """The selection with these values chosen; values that it chose already hold theirs."""
    fields = {clause.field for clause in clauses}
    kept = [c for c in selection.clauses if c.field not in fields or c.whole_orders or c.exclude]
    return selection.only(*kept, *clauses)


def _stories(company: Company, totals: _Totals, parts: list[Part]) -> list[Part]:
    """Of parts, the largest first, those that tell different stories.

    A part gives way to a narrower one that holds most of its excess. Then each is judged against the company without
    the parts told before: what only moved with them, or stayed behind as they moved, is left out.
    """
    told: list[Part] = []
    for part in _narrowest(company, parts):
        now, base = part.revenue, part.base
        rest_now, rest_base = totals.now, totals.base
        for other in told:
            shared_now, shared_base = _shared(company, part, other)
            now -= shared_now
            base -= shared_base
            rest_now -= other.revenue
            rest_base -= other.base
        left = _Totals(rest_now, rest_base).excess(now, base) if rest_base > 0 and base > 0 else 0.0
        if left / part.excess >= STILL_MOVED and _rate_of(part, left / part.excess) <= LEVEL:
            told.append(part)
    return told


def _rate_of(part: Part, left: float) -> float:
    """The q of a part of whose excess so much is left."""
    from scipy.special import ndtr, ndtri

    p = max(part.p, 1e-300)
    return float(part.q / p * 2 * ndtr(ndtri(p / 2) * left))


def _narrowest(company: Company, parts: list[Part]) -> list[Part]:
    """The parts without those of which another part holds most of the excess on a smaller base."""

    def says_more(narrow: Part, wide: Part) -> bool:
        if narrow.excess / wide.excess < MOST_OF_IT or narrow.base > NARROWER * wide.base:
            return False
        return _shared(company, narrow, wide)[1] >= (1 - ALIKE) * narrow.base

    return [wide for wide in parts if not any(says_more(narrow, wide) for narrow in parts)]


def _shared(company: Company, one: Part, other: Part) -> tuple[float, float]:
    """Revenue, now and in the comparison, of the lines that two parts have in common."""
    if any(dict(one.about).get(field, value) != value for field, value in other.about):
        return 0.0, 0.0
    clauses = [Clause(field, (value,)) for field, value in dict((*one.about, *other.about)).items()]
    if len(clauses) == max(len(one.about), len(other.about)):
        narrow = max(one, other, key=lambda part: len(part.about))
        return narrow.revenue, narrow.base
    chosen = _narrowed(company.now, clauses)
    spans = (company.now.span, company.now.base)
    now, base = (
        float(company.aggregate([], ["revenue"], chosen.at(span))["revenue"].iloc[0]) for span in spans if span
    )
    return now, base


def _claim(company: Company, totals: _Totals, part: Part) -> Claim:
    own = (part.revenue / part.base - 1) * 100
    whole = (totals.now / totals.base - 1) * 100
    evidence = {
        "name": text(_name(company, part)),
        "revenue": money(part.revenue),
        "base": money(part.base),
        "change": change(own),
        "by": percent(abs(own)),
        "whole": percent(abs(whole)),
        "whole_change": change(whole),
        "excess": money(abs(part.excess)),
        "orders": count(part.orders),
        "orders_base": count(part.orders_base),
        "what": text(company.fields[part.fields[-1]].plural),
        "base_span": company.base_span,
        "q": Value(part.q, "p"),
    }
    side = "more" if part.excess > 0 else "less"
    says = "mover.gone" if _gone(part) else (_moved(own, part.excess), f"mover.{side}")
    return Claim(
        says,
        evidence,
        dict(part.about),
        "change",
        abs(part.excess),
        _proof(company, part),
        _advice(part),
        (),
        part.p,
        part.q,
    )


def _direction(moved: float) -> str:
    if abs(moved) < 0.05:
        return "level"
    return "rose" if moved > 0 else "fell"


def _moved(own: float, excess: float) -> str:
    """The sentence that says how a part moved, and whether that was little."""
    direction = _direction(own)
    only = "_only" if direction != "level" and (own > 0) != (excess > 0) else ""
    return f"mover.{direction}{only}"


def _gone(part: Part) -> bool:
    """Whether it is something that can be sold, and nobody bought it."""
    return part.fields[0] in WITH_UNITS and not part.orders and not part.revenue


def _advice(part: Part) -> str:
    if _gone(part):
        return "mover.gone.do"
    if part.fields[0] in WITH_UNITS:
        return "mover.stock.do" if part.excess > 0 else "mover.demand.do"
    return "mover.spread.do" if part.excess > 0 else "mover.missing.do"


def _name(company: Company, part: Part) -> str:
    """'iPhone', 'Channel Web', 'iPhone in Boston', 'iPhone (Web)'."""
    (field, value), *others = part.about
    name = company.label(field, value)
    if not others:
        return (
            name
            if field in (*WITH_UNITS, *PLACES)
            else N_("{field} {name}", field=company.fields[field].label, name=name)
        )
    ((other, second),) = others
    where = company.label(other, second)
    if other in PLACES:
        return N_("{name} in {place}", name=name, place=where)
    return N_("{name} ({where})", name=name, where=where)


def _proof(company: Company, part: Part) -> Proof:
    chosen = {field: (value,) for field, value in part.about}
    field, value = part.about[0]
    if len(part.about) == 1 and field == "product":
        return company.proof("product_movers", chosen)
    if len(part.about) == 1 and field == "place":
        return company.proof("place_growth", chosen)
    if len(part.about) == 1:
        return side_by_side(company, field, value)
    return company.proof("kpis", chosen)
