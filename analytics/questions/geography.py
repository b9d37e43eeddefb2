"""Where the business is: what places bring, what an order is worth there, how they grow and how satisfied people are.

A place is a path of the levels that the data have, `US/OR/Portland`; a path cut short, `US/OR`, means everything below
it. Names alone are not enough: there is a Portland in Oregon and one in Maine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.errors import NotInData
from analytics.gazetteer import continent_of, country_shape, state_shape
from analytics.language import N_
from analytics.metrics import available, metric
from analytics.questions.overview import ranked
from analytics.schema import Schema, place_parts, place_path
from analytics.selection import Resolved

MAP_METRICS = ("revenue", "orders", "customers", "aov")
MOST_NAMED = 4  # places named in a note
MOST_WORRIES = 8
AUTO_LEAST = (30, 10, 3)  # orders that a row of aov_by should have, where half of the rows have them
QUADRANTS = ("high sales, high rating", "high sales, low rating", "low sales, high rating", "low sales, low rating")


# --- the map
@dataclass(frozen=True)
class MapKind:
    """How the data can be drawn: marks are the shapes of countries or U.S. states, or bubbles at coordinates."""

    level: str  # country, region or city
    marks: str  # countries, states or bubbles
    note: str = ""


def revenue_map(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Where does the money come from? Grain: one row per country, region or city, most first.

    Options: `metric`; `level`, the finest level that is wanted (country). All in the United States: its states; all in
    one other country, with coordinates: its cities. Regions elsewhere and cities are bubbles where the data have
    coordinates; where they have none, the map stays a level higher and a note says so. Columns: place (the path down to
    the level), the metrics, share (% of the total, for metrics that add up), then shape (id of the outline, "" where
    the name matches none) or latitude and longitude (medians of the place's lines). What is not on the map is counted
    and named in the notes. more["map"]: level, marks and scope (usa, a continent or world). NotInData where the data
    have neither countries nor U.S. states nor coordinates. An empty selection gives no rows.
    """
    lead = options.get("metric") or MAP_METRICS[0]
    known = available(engine.schema)
    names = [lead, *(m for m in MAP_METRICS if m != lead and m in known)]
    kind = _map_kind(engine, selection, options.get("level") or "country")
    by = list(engine.schema.place_levels(kind.level))
    coordinates = ["median_latitude", "median_longitude"] if kind.marks == "bubbles" else []
    grouped = engine.aggregate(by, [*names, *coordinates], selection, order=lead)
    if kind.marks == "states" and "country" in by:
        grouped = grouped[grouped["country"].map(lambda n: country_shape(str(n)) in ("US", ""))].reset_index(drop=True)
    frame = _with_share(_keyed(grouped, by), lead, len(names))
    if kind.marks == "bubbles":
        frame = frame.rename(columns={"median_latitude": "latitude", "median_longitude": "longitude"})
        shown = frame["latitude"].between(-90, 90) & frame["longitude"].between(-180, 180)
    else:
        shape_of = state_shape if kind.marks == "states" else country_shape
        frame["shape"] = np.array([shape_of(str(n)) for n in grouped[by[-1]]], dtype=object)
        shown = frame["shape"] != ""
    about = pd.DataFrame({"level": [kind.level], "marks": [kind.marks], "scope": [_scope(engine, frame, kind)]})
    notes = (*((kind.note,) if kind.note else ()), *_not_on_the_map(frame, shown, lead, engine.schema))
    return Answer(frame, notes, {"map": about})


def _map_kind(engine: Engine, selection: Resolved, asked: str) -> MapKind:
    """How the requested level can be drawn, or else the nearest higher level that can be."""
    schema = engine.schema
    located = "latitude" in schema and "longitude" in schema
    countries = _shapes(engine, selection)
    american = countries == {"US"}
    one_country_abroad = len(countries) == 1 and not american
    by_country = "country" in schema and asked == "country"
    if by_country and not american and not (located and one_country_abroad):
        return MapKind("country", "countries")
    wants_cities = asked == "city" or (asked == "country" and one_country_abroad)
    if wants_cities and located:
        return MapKind("city", "bubbles")
    title = engine.profile.title
    lacking = N_("{title} has no coordinates: regions outside the United States are not on the map.", title=title)
    if wants_cities:
        lacking = N_("{title} has no coordinates: cities are not on the map.", title=title)
    if "region" in schema and (american or ("country" not in schema and _has_states(engine, selection))):
        return MapKind("region", "states", lacking if asked == "city" else "")
    if located:
        return MapKind("region" if asked == "region" and "region" in schema else "city", "bubbles")
    if "country" in schema:
        return MapKind("country", "countries", lacking if asked != "country" else "")
    raise NotInData(
        N_("A map needs countries, U.S. states or coordinates, which {title} does not have.", title=title),
        where="revenue_map",
    )


def _shapes(engine: Engine, selection: Resolved) -> set[str]:
    """Countries of the selection that have a shape."""
    if "country" not in engine.schema:
        return set()
    names = engine.aggregate(["country"], ["lines"], selection)["country"]
    return {country_shape(str(n)) for n in names} - {""}


def _has_states(engine: Engine, selection: Resolved) -> bool:
    names = engine.aggregate(["region"], ["lines"], selection)["region"]
    return any(state_shape(str(n)) for n in names)


def _scope(engine: Engine, frame: pd.DataFrame, kind: MapKind) -> str:
    """usa, the continent that holds every country of the frame, or the world."""
    if kind.marks == "states":
        return "usa"
    if "country" not in engine.schema:
        return "world"
    shapes = {country_shape(place_parts(str(p))[0]) for p in frame["place"]} - {""}
    return "usa" if shapes == {"US"} and kind.marks == "bubbles" else continent_of(shapes) or "world"


def _keyed(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The path of the levels `by` in one column in place of them; "" where none of them is given."""
    rows = frame[list(by)].astype(str).itertuples(index=False, name=None)
    paths = [place_path(row) if any(row) else "" for row in rows]
    rest = frame.drop(columns=list(by))
    rest.insert(0, "place", np.array(paths, dtype=object))
    return rest


def _with_share(frame: pd.DataFrame, lead: str, at: int) -> pd.DataFrame:
    """`share` of the column `lead` after the first `at` metrics, if it adds up over places."""
    if "line" in metric(lead).additive:
        total = frame[lead].sum()
        frame.insert(at + 1, "share", frame[lead] / total * 100 if total > 0 else np.nan)
    return frame


def _not_on_the_map(frame: pd.DataFrame, shown: pd.Series, lead: str, schema: Schema) -> tuple[str, ...]:
    """How many rows the map cannot show, what they come to, and the first of them by name."""
    lost = frame[~shown]
    if lost.empty:
        return ()
    names = _first([schema.places().label(str(p), str) for p in lost["place"]])
    counted = {"lost": len(lost), "places": len(frame), "names": names}
    if "share" in lost and lost["share"].notna().all():
        share, of = round(float(lost["share"].sum()), 1), metric(lead).label.lower()
        said = N_(
            "{lost} of {places:place|places} {lost:?is|are} not on the map ({share}% of {of}): {names}.",
            share=share,
            of=of,
            **counted,
        )
        return (said,)
    return (N_("{lost} of {places:place|places} {lost:?is|are} not on the map: {names}.", **counted),)


def _first(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of some names, and how many more there are."""
    shown = ", ".join(names[:most])
    return N_("{names} and {more} more", names=shown, more=len(names) - most) if len(names) > most else shown


# --- rankings
def revenue_by(engine: Engine, selection: Resolved, options: Options, *, level: str) -> Answer:
    """Which cities, or regions, bring the most? Grain: one row per place by its path down to `level`, most first.

    With the option `by` = city or region the row is a name instead: then every Portland is one row. Columns and order
    as `overview.ranked`. Names that several cities share, and regions that hold whole countries, are noted.
    """
    by = options.get("by") or "place"
    answer = ranked(engine, selection, {**options, "level": level}, by=by)
    if by != "place":
        return answer
    frame = answer.frame
    frame["place"] = frame["place"].map(lambda p: p if any(place_parts(p)) else "")
    notes = _namesakes(frame["place"]) if level == "city" else _groups_of_countries(frame["place"])
    return Answer(frame, notes, answer.more)


def _groups_of_countries(places: pd.Series) -> tuple[str, ...]:
    """A note for regions that are sales territories of whole countries."""
    parts = [place_parts(str(p)) for p in places if p]
    countries = {p[0] for p in parts}
    regions = {p[-1] for p in parts}
    if all(len(p) == 2 for p in parts) and len(regions) < len(countries):
        counted = {"regions": len(regions), "countries": len(countries)}
        return (N_("Regions here are sales territories: {regions} for {countries} countries.", **counted),)
    return ()


def _namesakes(places: pd.Series) -> tuple[str, ...]:
    counts = Counter(place_parts(str(p))[-1] for p in places if p)
    several = [f"{name} ({n})" for name, n in counts.items() if n > 1 and name]
    if not several:
        return ()
    return (N_("Same-named cities shown separately: {names}.", names=_first(several)),)


# --- what an order is worth
def aov_by(engine: Engine, selection: Resolved, options: Options, *, level: str) -> Answer:
    """Where is an order worth more than elsewhere? Grain: one row per place by its path down to `level`, highest first.

    Columns: place (or the field that the option `by` names: city, region), aov, difference (aov less the average),
    difference_percent (the same as % of the average), revenue, orders. The average is that of the selection, its
    revenue / its orders, not a mean of the rows; more["average"] has it. The option `least` is the smallest number of
    orders of a row; without it, the largest of 30, 10 and 3 that half of the rows reach, else 1. Rows left out are
    counted in the notes. Differences are blank where the average is blank or zero. An empty selection gives no rows.
    """
    field = options.get("by") or "place"
    by = [field] if field != "place" else list(engine.schema.place_levels(level))
    frame = engine.aggregate(by, ["aov", "revenue", "orders"], selection, order="aov")
    frame = _keyed(frame, by) if field == "place" else frame
    average = float(engine.aggregate([], ["aov"], selection)["aov"].iloc[0])
    least = int(options.get("least") or _usual_least(frame["orders"]))
    kept = frame[frame["orders"] >= least].reset_index(drop=True)
    difference = kept["aov"] - average
    kept.insert(2, "difference", difference)
    kept.insert(3, "difference_percent", difference / average * 100 if average else np.nan)
    left = len(frame) - len(kept)
    few = N_(
        "{left:place|places} with fewer than {least:order|orders} {left:?is|are} left out.", left=left, least=least
    )
    notes = (few,) if left else ()
    return Answer(kept, notes, {"average": pd.DataFrame({"average": [average]})})


def _usual_least(orders: pd.Series) -> int:
    return next((n for n in AUTO_LEAST if len(orders) and (orders >= n).mean() >= 0.5), 1)


# --- growth
def place_growth(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Where did business grow, where did it shrink? Grain: one row per place with lines in the range or in the
    comparison's, largest gain first.

    Options: `level` (city: the full path; region or country: the path down to there; where the data lack it, the
    finest they have) and `metric`. Columns: place, the metric, base_<metric>, gain (the difference, in the metric's
    unit), growth (% of the base; blank where that is not positive). Both spans are equally long. An empty selection
    gives no rows. Raises NotEnoughData where there is nothing to compare with.
    """
    name = options.get("metric") or "revenue"
    by = list(engine.schema.place_levels(options.get("level") or "city"))
    earlier = selection.compared
    now = _keyed(engine.aggregate(by, [name], selection), by).set_index("place")[name]
    before = _keyed(engine.aggregate(by, [name], earlier), by).set_index("place")[name]
    absent = 0.0 if metric(name).additive else np.nan  # sums and counts of nothing are zero
    both = pd.DataFrame({name: now, f"base_{name}": before}).astype("float64").fillna(absent)
    base = both[f"base_{name}"]
    both["gain"] = both[name] - base
    both["growth"] = both["gain"] / base.where(base > 0) * 100
    frame = both.sort_index().sort_values("gain", ascending=False, kind="stable").rename_axis("place").reset_index()
    new = int(((frame[f"base_{name}"] == 0) & (frame[name] > 0)).sum())
    said = N_("{new:place has|places have} no earlier sales to compare with, and no growth rate.", new=new)
    return Answer(frame, (said,) if new else ())


# --- sales against ratings
def sales_and_rating_by_city(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Where do we sell a lot to dissatisfied people? Grain: one row per place with at least `least` rated lines
    (an option, 30), most revenue first.

    Columns: place, revenue, rating (mean of its rated lines), orders, rated_lines, quadrant. Sales are high from the
    median revenue of these places upwards; a rating is low below the mean rating of all rated lines of the selection.
    more["middle"] has both. The notes list the places of high sales and low rating, worst first, and count the places
    left out. NotInData without ratings; an empty selection gives no rows. Source: the quadrants of report 4.
    """
    least = max(int(options.get("least") or 30), 1)
    every = engine.aggregate(["place"], ["revenue", "rating", "orders", "rated_lines"], selection, order="revenue")
    frame = every[(every["rated_lines"] >= least) & (every["place"] != "")].reset_index(drop=True)
    mean = float(engine.aggregate([], ["rating"], selection)["rating"].iloc[0])
    middle = float(frame["revenue"].median()) if len(frame) else float("nan")
    high = frame["revenue"] >= middle
    content = frame["rating"] >= mean
    frame["quadrant"] = np.select([high & content, high, content], QUADRANTS[:3], QUADRANTS[3]).astype(object)
    lost = len(every) - len(frame)
    few = N_(
        "{lost:place|places} with fewer than {least} rated order lines {lost:?is|are} left out.", lost=lost, least=least
    )
    left = (few,) if lost else ()
    worries = frame[frame["quadrant"] == QUADRANTS[1]].sort_values("rating", kind="stable")
    more = {"middle": pd.DataFrame({"revenue": [middle], "rating": [mean]})}
    return Answer(frame, (*_worries(worries, engine.schema), *left), more)


def _worries(worries: pd.DataFrame, schema: Schema) -> tuple[str, ...]:
    if worries.empty:
        return ()
    names = [f"{schema.places().label(str(r.place), str)} {r.rating:.2f}" for r in worries.itertuples()]
    return (N_("High sales, low rating: {names}.", names=_first(names, MOST_WORRIES)),)
