"""Which known differences between two ways of counting make up the difference between two totals.

Each cause has an amount by which it changes the total. Some exclude each other (a day that begins in another time zone)
and are given as ways of counting, with the amounts of the other causes under each. Searched is the smallest set of
causes that gives the other total exactly; no cause is ever adjusted to fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

EXACT = 0.004  # less than half of the smallest unit of money
MOST_CAUSES = 3  # in more, a set that fits by chance is likely


@dataclass(frozen=True)
class Way:
    """One way of counting: the causes that it stands for, what each of them changes (in this order), and what every
    other cause would change under it."""

    causes: tuple[tuple[str, float], ...]
    others: Mapping[str, float]

    @property
    def change(self) -> float:
        """What the way itself changes."""
        return sum(amount for _, amount in self.causes)


@dataclass(frozen=True)
class Split:
    """The causes that make up a difference, with what each contributes, and how many other sets of as few causes do so
    too. What they leave is below EXACT, or `rounding`; without causes nothing is explained."""

    causes: tuple[tuple[str, float], ...]
    others: int = 0
    rounding: float = 0.0


def split(difference: float, ways: Sequence[Way], rounding: float = 0.0) -> Split:
    """The smallest set of causes whose amounts add up to the difference.

    `rounding`: how much may be left over where no set is exact, by one cause or none: with more causes a set that comes
    so near by chance is likely. No causes where the difference is 0, or where no set of at most three fits. For
    example, 14.95 of shipping 9.95, tips 5.00 and taxes 7.00 is shipping and tips.
    """
    if abs(difference) <= EXACT:
        return Split(())
    for tolerance, sizes in ((EXACT, range(1, MOST_CAUSES + 1)), (rounding, range(2))):
        for size in sizes:
            found = _of_size(difference, ways, size, tolerance)
            if found:
                best = min(found, key=lambda causes: abs(difference - _total(causes)))
                left = difference - _total(best)
                return Split(best, len(found) - 1, left if abs(left) > EXACT else 0.0)
    return Split(())


def _total(causes: Sequence[tuple[str, float]]) -> float:
    return sum(amount for _, amount in causes)


def _of_size(
    difference: float, ways: Sequence[Way], size: int, tolerance: float
) -> list[tuple[tuple[str, float], ...]]:
    """All sets of this number of causes that come within the tolerance."""
    found = []
    for way in ways:
        more = size - len(way.causes)
        if more < 0:
            continue
        given = [(cause, amount) for cause, amount in way.others.items() if abs(amount) > EXACT]
        for chosen in combinations(given, more):
            if abs(difference - way.change - _total(chosen)) <= tolerance:
                found.append((*way.causes, *chosen))
    return found
