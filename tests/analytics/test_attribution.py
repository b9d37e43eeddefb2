"""Attribution: the peer's figures on 10,000 paths, hand-made paths, invariants and hostile input."""

from __future__ import annotations

from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, NotEnoughData, TooLarge, UnknownName
from analytics.methods.commerce import attribution
from analytics.methods.commerce.attribution import (
    COLUMNS,
    MODELS,
    attribute,
    ranking_flips,
    read_paths,
    removal_effects,
)

PUBLISHED = {  # first, last, linear, removal effect, Markov conversions
    "alpha": (6308, 8447, 7574.719, 0.5580, 5344.95),
    "iota": (4606, 3355, 3857.096, 0.4060, 3884.62),
    "eta": (3164, 4167, 3539.951, 0.349, 3340.85),
    "beta": (2831, 989, 2083.500, 0.264, 2527.35),
    "theta": (1606, 653, 1022.801, 0.206, 1971.91),
    "lambda": (902, 1207, 1035.258, 0.134, 1282.85),
}


def journeys(*rows: tuple) -> pd.DataFrame:
    """Rows of path, conversions, nulls; a conversion is worth 10."""
    table = pd.DataFrame(rows, columns=["path", "conversions", "nulls"])
    return table.assign(value=table["conversions"] * 10.0)


def credit(table: pd.DataFrame, model: str, **options) -> dict[str, float]:
    frame = attribute(table, [model], **options).credit
    return {channel: n for channel, n in zip(frame["channel"], frame["conversions"], strict=True) if n}


@pytest.fixture(scope="module")
def paths(sources: Path) -> pd.DataFrame:
    table = pd.read_csv(sources / "attribution" / "channelattribution_data.csv.gz")
    return table.rename(
        columns={"total_conversions": "conversions", "total_conversion_value": "value", "total_null": "nulls"}
    )


@pytest.fixture(scope="module")
def expected(sources: Path) -> pd.DataFrame:
    return pd.read_csv(sources / "attribution" / "attribution_expected.csv", index_col=0)


@pytest.fixture(scope="module")
def found(paths):
    return attribute(paths)


def by_channel(found, model: str, column: str = "conversions") -> pd.Series:
    return found.credit[found.credit["model"] == model].set_index("channel")[column]


# ---- the published data


def test_the_data_are_those_of_the_reference(paths):
    assert len(paths) == 10_000
    assert paths["conversions"].sum() == 19_785
    assert paths["value"].sum() == pytest.approx(74_802.97, abs=0.005)
    assert paths["nulls"].sum() == 68_602


def test_published_figures(found):
    removal = found.removal.set_index("channel")["effect"] / 100
    for channel, (first, last, linear, effect, markov) in PUBLISHED.items():
        assert by_channel(found, "first")[channel] == pytest.approx(first, abs=1e-6)
        assert by_channel(found, "last")[channel] == pytest.approx(last, abs=1e-6)
        assert by_channel(found, "linear")[channel] == pytest.approx(linear, abs=1e-3)
        assert removal[channel] == pytest.approx(effect, abs=1e-3)
        assert by_channel(found, "markov")[channel] == pytest.approx(markov, abs=0.5)


@pytest.mark.parametrize(
    ("model", "column"),
    [("first", "first"), ("last", "last"), ("linear", "linear"), ("position", "pos40"), ("decay", "decay")],
)
def test_every_channel_and_value_of_the_heuristics(found, expected, model, column):
    for measure, name in (("conversions", column), ("value", f"{column}_v")):
        ours = by_channel(found, model, measure).reindex(expected.index)
        np.testing.assert_allclose(ours, expected[name], atol=1e-3)


def test_every_channel_of_markov(found, expected, paths):
    def compare(result, conversions: str, effect: str | None) -> None:
        ours = by_channel(result, "markov").reindex(expected.index)
        np.testing.assert_allclose(ours, expected[conversions], atol=1e-3)
        if effect:
            removal = result.removal.set_index("channel")["effect"].reindex(expected.index)
            np.testing.assert_allclose(removal / 100, expected[effect], atol=1e-6)

    compare(found, "markov", "removal")
    compare(attribute(paths.drop(columns="nulls"), ["markov"]), "markov_nonull", "removal_nonull")
    touches = paths["path"].str.split(" > ")
    collapsed = [[c for i, c in enumerate(t) if i == 0 or t[i - 1] != c] for t in touches]
    compare(attribute(paths.assign(path=collapsed), ["markov"]), "markov_collapse", "removal")


def test_set_shapley(found):
    assert by_channel(found, "shapley")[["alpha", "iota", "eta"]].tolist() == pytest.approx(
        [7627.94, 3505.04, 3613.66], abs=5e-3
    )


def test_every_model_hands_out_everything(found):
    totals = found.credit.groupby("model")[["conversions", "value", "share"]].sum()
    assert set(totals.index) == set(MODELS)
    assert totals["conversions"].tolist() == pytest.approx([19_785] * len(MODELS), abs=1e-6)
    assert totals["value"].tolist() == pytest.approx([74_802.97] * len(MODELS), abs=0.005)
    assert totals["share"].tolist() == pytest.approx([100] * len(MODELS))


def test_the_chain_converts_as_often_as_the_paths(paths):
    share = 19_785 / (19_785 + 68_602)
    assert share == pytest.approx(0.2238451, abs=5e-8)
    read = read_paths(paths)
    chain = slow_chain(read)
    assert chain[0] == pytest.approx(share, abs=1e-12)
    effects = removal_effects(read).set_index("channel")["effect"]
    for channel in ("alpha", "mi"):
        assert effects[channel] == pytest.approx(100 * (1 - chain[1][channel] / chain[0]), rel=1e-9)


def slow_chain(read) -> tuple[float, dict[str, float]]:
    """Chance of converting, and again with each channel's arrivals redirected to "no conversion": a solve apiece."""
    n = len(read.channels)
    conversion, null = n + 1, n + 2
    counts = np.zeros((n + 3, n + 3))
    for i in range(read.conversions.size):
        states = [n, *read.touches[read.starts[i] : read.starts[i + 1]]]
        for one, two in pairwise(states):
            counts[one, two] += read.conversions[i] + read.nulls[i]
        counts[states[-1], conversion] += read.conversions[i]
        counts[states[-1], null] += read.nulls[i]
    chances = counts[: n + 1] / counts[: n + 1].sum(axis=1, keepdims=True)

    def converts(table: np.ndarray) -> float:
        return np.linalg.solve(np.eye(n + 1) - table[:, : n + 1], table[:, conversion])[n]

    removed = {}
    for place, channel in enumerate(read.channels):
        table = chances.copy()
        table[:, null] += table[:, place]
        table[:, place] = 0
        removed[channel] = converts(table)
    return converts(chances), removed


def test_the_ranking_flips_between_last_and_first(found):
    flips = ranking_flips(found.credit, "last", "first")
    assert ("eta", "iota") in set(zip(flips["ahead"], flips["behind"], strict=True))
    row = flips[(flips["ahead"] == "eta") & (flips["behind"] == "iota")].iloc[0]
    assert (row.gap, row.other_gap) == pytest.approx((4167 - 3355, 3164 - 4606))
    assert ranking_flips(found.credit, "last", "last").empty
    with pytest.raises(UnknownName, match="'last'"):
        ranking_flips(found.credit, "lats", "first")


# ---- by hand


PATH = journeys(("mail > ads > mail > social", 1, 0))


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        ("first", {"mail": 1}),
        ("last", {"social": 1}),
        ("linear", {"mail": 0.5, "ads": 0.25, "social": 0.25}),
        ("position", {"mail": 0.5, "ads": 0.1, "social": 0.4}),
        ("decay", {"mail": (1 + 4) / 15, "ads": 2 / 15, "social": 8 / 15}),
        ("shapley", {"mail": 1 / 3, "ads": 1 / 3, "social": 1 / 3}),
        ("markov", {"mail": 1 / 2.5, "ads": 0.5 / 2.5, "social": 1 / 2.5}),  # half of mail's next touches are ads
    ],
)
def test_one_path_by_hand(model, shares):
    assert credit(PATH, model) == pytest.approx(shares)


def test_position_of_one_and_two_touches():
    assert credit(journeys(("a", 3, 0)), "position") == {"a": 3}
    assert credit(journeys(("a > b", 3, 0)), "position") == {"a": 1.5, "b": 1.5}


def test_last_non_direct_skips_direct_unless_there_is_nothing_else():
    table = journeys(("mail > ads > Direct > direct", 5, 0), ("direct > direct", 2, 0), ("direct > mail", 1, 0))
    assert credit(table, "last_non_direct") == {"ads": 5, "direct": 2, "mail": 1}
    assert credit(table, "last") == {"direct": 7, "mail": 1}
    assert credit(table, "last_non_direct", direct=["ads", "direct"]) == {"mail": 6, "direct": 2}


def test_a_slower_decay_comes_near_linear():
    assert credit(PATH, "decay", half_life=1e9) == pytest.approx(credit(PATH, "linear"))
    with pytest.raises(DataError, match="above 0"):
        credit(PATH, "decay", half_life=0)


def test_set_shapley_is_the_shapley_value_of_the_coalitions():
    table = journeys(("a > b > a", 6, 1), ("b", 4, 0), ("c > a > b", 3, 9), ("c", 0, 5))
    worth = {frozenset("ab"): 6.0, frozenset("b"): 4.0, frozenset("abc"): 3.0}

    def value(coalition: frozenset) -> float:
        return sum(n for channels, n in worth.items() if channels <= coalition)

    slow = dict.fromkeys("abc", 0.0)
    for order in permutations("abc"):
        for i, channel in enumerate(order):
            slow[channel] += (value(frozenset(order[: i + 1])) - value(frozenset(order[:i]))) / 6
    assert credit(table, "shapley") == pytest.approx(slow)


def test_markov_by_hand_two_channels_and_failures():
    # Of 4 journeys from a, 2 go on to b and convert, 1 converts at once: P = 3/4; without b only 1/4.
    table = journeys(("a > b", 2, 0), ("a", 1, 1))
    effects = attribute(table).removal.set_index("channel")["effect"]
    assert effects["a"] == pytest.approx(100)
    assert effects["b"] == pytest.approx(100 * (1 - 0.25 / 0.75))


def test_lists_non_ascii_names_and_stray_spaces():
    table = journeys((["Büro", "日本"], 1, 0), (" Büro >  > 日本 ", 1, 0), (("日本",), 1, 0))
    assert credit(table, "linear") == {"日本": 2, "Büro": 1}


def test_equal_credit_shares_a_rank():
    frame = attribute(journeys(("a > b > c > c", 4, 0)), ["linear"]).credit
    assert frame[["channel", "rank"]].values.tolist() == [["c", 1], ["a", 2], ["b", 2]]
    assert list(frame.columns) == list(COLUMNS)


def test_conversions_without_a_path_are_said_and_missing_nulls_too():
    found = attribute(journeys(("a", 5, 0), (None, 7, 0), ("  ", 1, 0)))
    assert by_channel(found, "last").tolist() == [5]
    assert "8 conversions have no path and count for no channel." in found.notes
    assert any("without a sale are not in the data" in note for note in found.notes)
    assert found.notes[0].startswith("Credit follows what was observed")


def test_channels_seen_only_in_worthless_paths_get_nothing():
    found = attribute(journeys(("a > b", 5, 2), ("ghost > a", 0, 0)))
    for model in MODELS:
        assert by_channel(found, model)["ghost"] == 0


def test_refunded_value_is_handed_out_too():
    table = journeys(("a > b", 2, 0)).assign(value=-30.0)
    assert by_channel(attribute(table), "linear", "value").tolist() == [-15, -15]


# ---- refusals


@pytest.mark.parametrize("table", [journeys(), journeys(("a > b", 0, 5)), journeys((None, 3, 0))])
def test_nothing_to_attribute(table):
    with pytest.raises(NotEnoughData, match="nothing to attribute"):
        attribute(table)


def test_bad_tables_are_named():
    with pytest.raises(DataError, match="missing: conversions"):
        attribute(PATH.drop(columns="conversions"))
    with pytest.raises(DataError, match=r"paths.nulls, row 1: expected a number of 0 or more, got -1"):
        attribute(PATH.assign(nulls=-1))
    with pytest.raises(DataError, match="conversions"):
        attribute(PATH.assign(conversions=np.inf))
    with pytest.raises(DataError, match="text or a list of channels, got 17"):
        attribute(journeys((17, 1, 0)))
    with pytest.raises(UnknownName, match="'markov'"):
        attribute(PATH, ["markow"])


def test_untrusted_paths_are_bounded(monkeypatch):
    with pytest.raises(TooLarge, match=r"row 1: expected at most 2,000 touches"):
        attribute(journeys((" > ".join("a" * 2001), 1, 0)))
    with pytest.raises(TooLarge, match="at most 120 characters"):
        attribute(journeys(("x" * 121, 1, 0)))
    with pytest.raises(TooLarge, match="characters"):
        attribute(journeys(("x" * 1_000_000, 1, 0)))
    with pytest.raises(TooLarge, match="more than 300 different channels by row 301"):
        attribute(journeys(*((f"c{i}", 1, 0) for i in range(400))))
    monkeypatch.setattr(attribution, "MOST_PATHS", 2)
    with pytest.raises(TooLarge, match="at most 2 paths, got 3"):
        attribute(journeys(*[("a", 1, 0)] * 3))
