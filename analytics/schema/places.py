"""What the places of one data set are called: as shortly as no other of its places is called the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from analytics.gazetteer import country_name, state_name
from analytics.schema.values import MISSING_LABEL, place_parts

Parts = tuple[str, ...]


@dataclass(frozen=True)
class PlaceNames:
    """`shared`: names that several of the data's places have, none of which lies in the other; None where the places
    are not known, so that every name may be shared. `regions`: the name of each region that the data write as a code
    ("OR"), where that is one name in all their countries. `domestic`: all lie in one country, its name is left out."""

    shared: frozenset[str] | None = None
    regions: Mapping[str, str] = field(default_factory=dict)
    domestic: bool = False

    @classmethod
    def of(cls, paths: Iterable[str], levels: tuple[str, ...]) -> PlaceNames:
        """Those of places by their paths. `levels`: which of country, region and city each path names.

        US/OR/Portland and US/ME/Portland share "Portland"; Germany/Berlin and Germany/Berlin/Berlin share nothing."""
        places = {parts[:n] for parts in map(place_parts, paths) for n in range(1, len(parts) + 1)}
        owners: dict[str, list[Parts]] = {}
        for place in sorted(p for p in places if p[-1]):
            owners.setdefault(_named(place)[-1], []).append(place)
        shared = frozenset(name for name, own in owners.items() if any(_apart(a, b) for a, b in product(own, own)))
        called: dict[str, set[str]] = {}
        for place in places if levels[:2] == ("country", "region") else ():
            if len(place) == 2 and all(place):
                called.setdefault(place[1], set()).add(_named(place)[1])
        regions = {code: min(names) for code, names in called.items() if len(names) == 1}
        return cls(shared, regions, levels[:1] == ("country",) and len({p[0] for p in places} - {""}) == 1)

    def label(self, path: str, country: Callable[[str], str] = country_name) -> str:
        """'Portland (Oregon)' for 'US/OR/Portland' where there is another Portland, else 'Portland'; 'Oregon' for
        'US/OR'. The first part of the path is a country, which `country` names."""
        first, *finer = _named(place_parts(path))
        named = "" if self.domestic and finer else country(first)
        names = [n for n in (named, *finer) if n]
        if not names:
            return str(MISSING_LABEL)
        around = next((n for n in names[-2::-1] if n != names[-1]), "")
        alone = self.shared is not None and names[-1] not in self.shared
        return names[-1] if alone or not around else f"{names[-1]} ({around})"


def _named(place: Parts) -> Parts:
    """The parts of a path with the region by its name, where the data write it as a code."""
    if len(place) < 2:
        return place
    country, region, *finer = place
    return (country, _region_name(country, region), *finer)


@lru_cache(maxsize=4096)
def _region_name(country: str, region: str) -> str:
    return state_name(country, region) or region


def _apart(one: Parts, other: Parts) -> bool:
    """Whether neither of two places lies in the other."""
    common = min(len(one), len(other))
    return one[:common] != other[:common]
