"""Order lines of shops whose customers answer to price in a known way: by them price effects are judged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

Floats = np.ndarray
DEPTHS = np.array([0.1, 0.2, 0.3])


def promotions(rng: np.random.Generator, products: int, weeks: int, chance: Floats | float = 0.25) -> Floats:
    """Product × week: the discount of a promotion (0–1), 0 without one."""
    depth = DEPTHS[rng.integers(0, len(DEPTHS), (products, weeks))]
    return np.where(rng.random((products, weeks)) < chance, depth, 0.0)


def lines_of(
    rng: np.random.Generator,
    effect: float,
    off: Floats,
    *,
    level: float = 10.0,
    season: Floats | float = 0.0,
    popularity: Floats | float = 0.0,
    coupons: float = 0.0,
    breaks: bool = False,
    stocking_up: bool = False,
) -> pd.DataFrame:
    """A row per line (and order): product, week, quantity, rate (% off), amount and discount at a list price of 10.

    Orders are Poisson numbers of mean `level` · exp(popularity + season) · price^effect. `coupons`: share of orders
    with another 10 % off; `breaks`: 10 % off from 5 units on, 20 % from 10 on; `stocking_up`: more units where cheaper.
    """
    mean = level * np.exp(popularity + season + rng.normal(0, 0.15, off.shape)) * (1 - off) ** effect
    orders = rng.poisson(mean)
    product, week = (np.repeat(index.ravel(), orders.ravel()) for index in np.indices(off.shape))
    rate = off[product, week]
    quantity = 1.0 + rng.poisson(0.3 + (6 * rate if stocking_up else 0.0), len(product))
    if breaks:
        quantity = 1.0 + rng.poisson(rng.choice([0.5, 4.0, 9.0], len(product), p=[0.6, 0.25, 0.15]))
        rate = np.select([quantity >= 10, quantity >= 5], [0.2, 0.1], 0.0)
    rate = np.where(rng.random(len(product)) < coupons, 1 - (1 - rate) * 0.9, rate)
    return pd.DataFrame(
        {
            "product": [f"p{i}" for i in range(len(off))],
        }
    ).iloc[product].reset_index(drop=True).assign(
        week=week, quantity=quantity, rate=100 * rate, amount=10 * quantity * (1 - rate), discount=10 * quantity * rate
    )  # fmt: skip


def cells_of(lines: pd.DataFrame) -> pd.DataFrame:
    """As an engine adds them up: product, week, orders, price (% of the list price)."""
    sums = lines.groupby(["product", "week"]).agg(
        orders=("amount", "size"), amount=("amount", "sum"), discount=("discount", "sum")
    )
    return sums.assign(price=100 * sums["amount"] / (sums["amount"] + sums["discount"])).reset_index()


def _plain(rng: np.random.Generator, effect: float, **more: object) -> pd.DataFrame:
    return lines_of(rng, effect, promotions(rng, 60, 52), **more)  # type: ignore[arg-type]


def _seasonal(rng: np.random.Generator, effect: float) -> pd.DataFrame:
    """Popular products and busy weeks are discounted more often."""
    popularity = rng.normal(0, 0.6, 60)[:, None]
    season = (0.6 * np.sin(2 * np.pi * np.arange(52) / 52) + rng.normal(0, 0.2, 52))[None]
    off = promotions(rng, 60, 52, 1 / (1 + np.exp(1.5 - popularity - 2 * season)))
    return lines_of(rng, effect, off, popularity=popularity, season=season)


def _few_levels(rng: np.random.Generator, effect: float) -> pd.DataFrame:
    """One depth of discount a product, in a few weeks."""
    off = np.where(rng.random((60, 52)) < 0.12, rng.choice(DEPTHS, 60)[:, None], 0.0)
    return lines_of(rng, effect, off)


def _common_weeks(rng: np.random.Generator, effect: float) -> pd.DataFrame:
    """Promotions of nearly everything in the same weeks, which are busy for other reasons too; depths differ."""
    promoted = np.isin(np.arange(52), rng.choice(52, 10, replace=False))
    off = promotions(rng, 60, 52, np.where(promoted, 0.9, 0.0)[None])
    return lines_of(rng, effect, off, season=0.5 * promoted[None])


KINDS: dict[str, Callable[[np.random.Generator, float], pd.DataFrame]] = {
    "plain": _plain,
    "seasonal": _seasonal,
    "discounts on whole baskets": lambda rng, effect: _plain(rng, effect, coupons=0.2),
    "few price levels": _few_levels,
    "promotions in the same weeks": _common_weeks,
    "few orders": lambda rng, effect: _plain(rng, effect, level=1.5),
    "more units where cheaper": lambda rng, effect: _plain(rng, effect, stocking_up=True),
}


def quantity_breaks(rng: np.random.Generator, effect: float) -> pd.DataFrame:
    """Lines of more units are cheaper, in promotions or not: nothing can be told."""
    return _plain(rng, effect, breaks=True)


def coupons_alone(rng: np.random.Generator, effect: float) -> pd.DataFrame:
    """No price ever moves; three orders of ten come with a coupon. Nothing can be told either."""
    return lines_of(rng, effect, np.zeros((60, 52)), coupons=0.3)


REFUSED = {"quantity breaks": quantity_breaks, "coupons alone": coupons_alone}
