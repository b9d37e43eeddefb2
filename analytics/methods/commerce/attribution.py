"""Which channel earns the sale? Several conventional answers over one table of channel paths, side by side.

All models describe what was observed; none shows what a channel caused. Every model hands out exactly the conversions
and value of the paths that have at least one touch.

Sources: Anderl, Becker, von Wangenheim & Schumann 2016 (Markov chains and removal effects); Zhao, Mahboobi & Bagheri
2018 (set Shapley in closed form).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import DataError, NotEnoughData, TooLarge, UnknownName
from analytics.language import N_

Floats = NDArray[np.float64]

SEPARATOR = " > "
MODELS = ("first", "last", "last_non_direct", "linear", "position", "decay", "markov", "shapley")
COLUMNS = ("model", "channel", "conversions", "value", "share", "rank")
DIRECT = frozenset({"direct"})
MOST_PATHS = 2_000_000
MOST_TOUCHES = 20_000_000
MOST_TOUCHES_A_PATH = 2_000
MOST_CHANNELS = 300
LONGEST_NAME = 120


@dataclass(frozen=True)
class Journeys:
    """Paths with at least one touch, coded: path i holds touches[starts[i] : starts[i + 1]]."""

    channels: list[str]
    touches: NDArray[np.int64]
    starts: NDArray[np.int64]
    conversions: Floats
    value: Floats
    nulls: Floats
    notes: list[str] = field(default_factory=list)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of touches of each path."""
        return np.diff(self.starts)

    @property
    def path(self) -> NDArray[np.int64]:
        """The path of each touch."""
        return np.repeat(np.arange(self.conversions.size), self.lengths)


@dataclass(frozen=True)
class Attribution:
    """`credit`: a row a model and channel. `removal`: a row a channel. `notes`: what the reader must know."""

    credit: pd.DataFrame
    removal: pd.DataFrame
    notes: list[str]


def attribute(
    paths: pd.DataFrame,
    models: Sequence[str] = MODELS,
    *,
    direct: Collection[str] = DIRECT,
    half_life: float = 1.0,
    separator: str = SEPARATOR,
) -> Attribution:
    """How much of the conversions and their value does each model give to each channel?

    `paths`: one row per path; columns path (text split by `separator`, or a list of channels, first touch first),
    conversions, optionally value (money) and nulls (journeys along this path that did not convert); missing numbers =
    0.
    `credit`: one row per model and channel: conversions, value, share (0–100, of conversions), rank (1 = most; equal
    credit shares a rank); models in the order asked for, best channel first. `removal`: channel, effect (0–100).

    first, last: all to that touch. last_non_direct: to the last touch not in `direct` (compared without case); a path
    of only such touches keeps its last. linear: equal over touches. position: 40 % first, 40 % last, 20 % shared
    between; one touch 100 %, two 50/50. decay: halves every `half_life` touches back from the conversion. markov: in
    proportion to removal effects (see `removal_effects`), its value by the same shares. shapley: equal over a path's
    distinct channels.

    Conversions whose path is empty cannot be given to anybody: they are left out and counted in `notes`.
    Raises NotEnoughData when no path with a touch converted; DataError for missing columns, negative or non-finite
    counts; TooLarge beyond the bounds of this module; UnknownName for an unknown model.
    """
    for name in models:
        if name not in MODELS:
            raise UnknownName("attribution model", name, MODELS, where="attribute")
    if not half_life > 0:
        raise DataError(f"expected a half-life above 0 touches, got {half_life}.", where="half_life")
    journeys = read_paths(paths, separator)
    if not journeys.conversions.sum() > 0:
        raise NotEnoughData(N_("No journey with a channel ended in a sale, so there is nothing to attribute."))
    removal = removal_effects(journeys)
    avoided = {name.casefold() for name in direct}
    is_direct = np.array([channel.casefold() in avoided for channel in journeys.channels], dtype=bool)
    weights: dict[str, Callable[[], Floats]] = {
        "first": lambda: _at(journeys, journeys.starts[:-1]),
        "last": lambda: _at(journeys, journeys.starts[1:] - 1),
        "last_non_direct": lambda: _at(journeys, _last_other(journeys, is_direct)),
        "linear": lambda: np.ones(journeys.touches.size),
        "position": lambda: _position(journeys),
        "decay": lambda: 0.5 ** (_steps_to_end(journeys) / half_life),
        "shapley": lambda: _distinct(journeys),
    }
    frames = []
    for name in models:
        if name == "markov":
            effect = removal["effect"].to_numpy()
            conversions = journeys.conversions.sum() * effect / effect.sum()
            value = journeys.value.sum() * effect / effect.sum()
        else:
            conversions, value = _hand_out(journeys, weights[name]())
        frames.append(_ranked(name, journeys.channels, conversions, value))
    credit = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
    notes: list[str] = [N_("Credit follows what was observed: it does not show what a channel caused.")]
    if not journeys.nulls.any():
        notes.append(N_("Journeys without a sale are not in the data, so removing a channel is judged by the others."))
    return Attribution(credit, removal, notes + journeys.notes)


def removal_effects(journeys: Journeys) -> pd.DataFrame:
    """What share of conversions would be lost if journeys ended, unconverted, on reaching a channel?

    A first-order Markov chain over start, channels, conversion and no conversion, its transitions counted from the
    paths, solved exactly: one inverse of (I − Q) gives for each channel the chance of ever reaching it times the
    chance of converting from it, against the chance of converting at all. Repeating a touch changes nothing.
    Grain: one row per channel, in the order of `channels`; effect 0–100, NaN where nothing converts.
    """
    n = len(journeys.channels)
    weight = journeys.conversions + journeys.nulls
    first = journeys.touches[journeys.starts[:-1]]
    last = journeys.touches[journeys.starts[1:] - 1]
    follows = np.ones(max(journeys.touches.size - 1, 0), dtype=bool)
    follows[journeys.starts[1:-1] - 1] = False
    before = journeys.touches[:-1][follows]
    after = journeys.touches[1:][follows]
    moves = np.bincount(before * n + after, weights=weight[journeys.path[:-1][follows]], minlength=n * n).reshape(n, n)
    converted = np.bincount(last, weights=journeys.conversions, minlength=n)
    leaving = moves.sum(axis=1) + np.bincount(last, weights=weight, minlength=n)
    visited = np.where(leaving > 0, leaving, 1.0)
    reach = np.linalg.inv(np.eye(n) - moves / visited[:, None])
    start = np.bincount(first, weights=weight, minlength=n) / max(weight.sum(), 1e-300)
    converting = reach @ (converted / visited)
    total = float(start @ converting)
    ever = (start @ reach) / np.diag(reach)
    effect = 100 * ever * converting / total if total > 0 else np.full(n, np.nan)
    return pd.DataFrame({"channel": journeys.channels, "effect": effect})


def ranking_flips(credit: pd.DataFrame, model: str, other: str) -> pd.DataFrame:
    """Which two channels change places when the model does? Where they do, a budget depends on the model chosen.

    Grain: one row per pair whose strict order under `model` is reversed under `other`. Columns: ahead, behind (under
    `model`), and the gap in conversions under each; largest gaps first. No flips give no rows. Raises UnknownName for
    a model that `credit` does not hold.
    """
    known = credit["model"].unique().tolist()
    for name in (model, other):
        if name not in known:
            raise UnknownName("attribution model", name, known, where="ranking_flips")
    one, two = (credit[credit["model"] == name].set_index("channel")["conversions"] for name in (model, other))
    ours = one.to_numpy(dtype=np.float64)
    others = two.reindex(one.index).to_numpy(dtype=np.float64)
    gap = np.subtract.outer(ours, ours)
    other_gap = np.subtract.outer(others, others)
    ahead, behind = np.nonzero((gap > 0) & (other_gap < 0))
    names = one.index.to_numpy()
    flips = pd.DataFrame(
        {
            "ahead": names[ahead],
            "behind": names[behind],
            "gap": gap[ahead, behind],
            "other_gap": other_gap[ahead, behind],
        }
    )
    order = np.argsort(-np.minimum(gap[ahead, behind], -other_gap[ahead, behind]), kind="stable")
    return flips.iloc[order].reset_index(drop=True)


def read_paths(paths: pd.DataFrame, separator: str = SEPARATOR) -> Journeys:
    """The table of paths, checked and coded. White space round a name and empty touches are dropped; channels are
    sorted."""
    missing = [c for c in ("path", "conversions") if c not in paths.columns]
    if missing:
        raise DataError(f"expected columns path and conversions; missing: {', '.join(missing)}.", where="paths")
    if len(paths) > MOST_PATHS:
        raise TooLarge(f"expected at most {MOST_PATHS:,} paths, got {len(paths):,}.", where="paths")
    conversions, value, nulls = (_amounts(paths, column) for column in ("conversions", "value", "nulls"))
    codes: dict[str, int] = {}
    touches: list[int] = []
    lengths = np.zeros(len(paths), dtype=np.int64)
    for row, path in enumerate(paths["path"]):
        names = _names(path, separator, row)
        for name in names:
            touches.append(codes.setdefault(name, len(codes)))
        lengths[row] = len(names)
        if len(codes) > MOST_CHANNELS:
            raise TooLarge(
                f"more than {MOST_CHANNELS} different channels by row {row + 1}.",
                where="paths",
                hint="Is the separator right? Group the small channels at ingest.",
            )
        if len(touches) > MOST_TOUCHES:
            raise TooLarge(f"more than {MOST_TOUCHES:,} touches by row {row + 1}.", where="paths")
    channels = sorted(codes)
    place = np.empty(len(codes), dtype=np.int64)
    for rank, channel in enumerate(channels):
        place[codes[channel]] = rank
    touched = lengths > 0
    notes: list[str] = []
    lost = float(conversions[~touched].sum())
    if lost:
        notes.append(N_("{lost:conversion has|conversions have} no path and count for no channel.", lost=round(lost)))
    return Journeys(
        channels=channels,
        touches=place[np.array(touches, dtype=np.int64)],
        starts=np.concatenate([[0], np.cumsum(lengths[touched])]).astype(np.int64),
        conversions=conversions[touched],
        value=value[touched],
        nulls=nulls[touched],
        notes=notes,
    )


def _names(path: Any, separator: str, row: int) -> list[str]:
    if isinstance(path, str):
        if len(path) > MOST_TOUCHES_A_PATH * (LONGEST_NAME + len(separator)):
            raise TooLarge(f"the path has {len(path):,} characters.", where=f"paths, row {row + 1}")
        parts: Sequence[Any] = path.split(separator)
    elif isinstance(path, list | tuple | np.ndarray):
        parts = list(path)
    elif pd.isna(path):
        parts = []
    else:
        raise DataError(f"expected text or a list of channels, got {path!r}.", where=f"paths, row {row + 1}")
    if len(parts) > MOST_TOUCHES_A_PATH:
        raise TooLarge(
            f"expected at most {MOST_TOUCHES_A_PATH:,} touches, got {len(parts):,}.", where=f"paths, row {row + 1}"
        )
    names = [str(part).strip() for part in parts if part is not None]
    for name in names:
        if len(name) > LONGEST_NAME:
            raise TooLarge(
                f"expected channel names of at most {LONGEST_NAME} characters, got {name[:40]!r}…",
                where=f"paths, row {row + 1}",
                hint=f"Is the separator {separator!r}?",
            )
    return [name for name in names if name]


def _amounts(paths: pd.DataFrame, column: str) -> Floats:
    if column not in paths.columns:
        return np.zeros(len(paths))
    amounts = np.nan_to_num(np.asarray(paths[column], dtype=np.float64), posinf=np.inf, neginf=-np.inf)
    wrong = ~np.isfinite(amounts) | ((amounts < 0) & (column != "value"))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(f"expected a number of 0 or more, got {amounts[row]}.", where=f"paths.{column}, row {row + 1}")
    return amounts


def _hand_out(journeys: Journeys, weight: Floats) -> tuple[Floats, Floats]:
    path = journeys.path
    share = weight / np.add.reduceat(weight, journeys.starts[:-1])[path]
    conversions = np.zeros(len(journeys.channels))
    value = np.zeros(len(journeys.channels))
    np.add.at(conversions, journeys.touches, share * journeys.conversions[path])
    np.add.at(value, journeys.touches, share * journeys.value[path])
    return conversions, value


def _at(journeys: Journeys, touch: NDArray[np.int64]) -> Floats:
    weight = np.zeros(journeys.touches.size)
    weight[touch] = 1.0
    return weight


def _last_other(journeys: Journeys, is_direct: NDArray[np.bool_]) -> NDArray[np.int64]:
    place = np.where(is_direct[journeys.touches], -1, np.arange(journeys.touches.size))
    found: NDArray[np.int64] = np.maximum.reduceat(place, journeys.starts[:-1])
    return np.where(found >= 0, found, journeys.starts[1:] - 1)


def _steps_to_end(journeys: Journeys) -> NDArray[np.int64]:
    steps: NDArray[np.int64] = journeys.starts[1:][journeys.path] - 1 - np.arange(journeys.touches.size)
    return steps


def _position(journeys: Journeys) -> Floats:
    length = journeys.lengths[journeys.path]
    weight = np.where(length > 2, 0.2 / np.maximum(length - 2, 1), 0.0)
    weight[journeys.starts[:-1]] = 0.4
    weight[journeys.starts[1:] - 1] = 0.4
    return weight


def _distinct(journeys: Journeys) -> Floats:
    first_of_its_kind = np.unique(journeys.path * len(journeys.channels) + journeys.touches, return_index=True)[1]
    return _at(journeys, first_of_its_kind)


def _ranked(model: str, channels: list[str], conversions: Floats, value: Floats) -> pd.DataFrame:
    frame = pd.DataFrame({"model": model, "channel": channels, "conversions": conversions, "value": value})
    frame["share"] = 100 * conversions / conversions.sum()
    frame["rank"] = frame["conversions"].rank(method="min", ascending=False).astype(np.int64)
    return frame.sort_values(["rank", "channel"], ignore_index=True)
