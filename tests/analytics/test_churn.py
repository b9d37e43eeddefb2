"""Likely to buy: the CDNOW holdout, without looking into it, and the refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, NotEnoughData
from analytics.methods.customers.churn import Calibration, likely_to_buy, rehearse
from analytics.methods.customers.clv import BgNbd, summary
from tests.analytics.pareto_nbd import ParetoNbd

CUT = pd.Timestamp("1997-09-30")


def auc(outcome: np.ndarray, score: np.ndarray) -> float:
    """Chance that a buyer scores above a non-buyer, ties counting half."""
    rank = pd.Series(score).rank().to_numpy()
    yes = int(outcome.sum())
    return float((rank[outcome].sum() - yes * (yes + 1) / 2) / (yes * (len(outcome) - yes)))


def brier(outcome: np.ndarray, probability: np.ndarray) -> float:
    return float(np.mean((probability - outcome) ** 2))


def test_the_measures_themselves() -> None:
    outcome = np.array([True, False, True, False])
    assert auc(outcome, np.array([0.9, 0.1, 0.5, 0.5])) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert brier(outcome, np.array([1.0, 0.0, 0.5, 0.5])) == pytest.approx(0.125)


@pytest.fixture(scope="module")
def known(purchases: pd.DataFrame) -> pd.DataFrame:
    return summary(purchases["customer"], purchases["date"], purchases["amount"], CUT)


@pytest.fixture(scope="module")
def came(purchases: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
    """Whether each customer bought in weeks 40–78."""
    return np.asarray(known.index.isin(purchases.loc[purchases["date"] > CUT, "customer"]))


def test_auc_of_every_score_on_the_holdout(known: pd.DataFrame, came: np.ndarray) -> None:
    history = known["x"], known["t_x"], known["T"]
    bg, pareto = BgNbd.fit(*history), ParetoNbd.fit(*history)
    assert came.mean() == pytest.approx(0.2902, abs=5e-5)
    assert brier(came, np.full(len(came), came.mean())) == pytest.approx(0.2060, abs=5e-5)
    assert auc(came, bg.alive(*history)) == pytest.approx(0.3158, abs=5e-4)
    assert auc(came, pareto.alive(*history)) == pytest.approx(0.7262, abs=5e-4)
    assert auc(came, known["x"].to_numpy()) == pytest.approx(0.7576, abs=5e-4)
    assert auc(came, (known["t_x"] - known["T"]).to_numpy()) == pytest.approx(0.7714, abs=5e-4)
    assert auc(came, bg.expected_purchases(*history, 39)) == pytest.approx(0.7725, abs=5e-4)
    assert auc(came, pareto.expected_purchases(*history, 39)) == pytest.approx(0.7787, abs=5e-4)


def test_holdout_foreseen_without_looking_into_it(purchases: pd.DataFrame, came: np.ndarray) -> None:
    lines = purchases["customer"], purchases["date"], purchases["amount"]
    got = likely_to_buy(*lines, end=CUT, weeks=39)
    probability = got["likely_to_buy"].to_numpy()
    assert auc(came, probability) >= 0.77
    assert probability.mean() == pytest.approx(came.mean(), abs=0.005)
    assert brier(came, probability) < 0.160  # a logistic fitted on the outcome itself has .1557, the base .2060
    np.testing.assert_allclose(got["churn_risk"], 1 - got["likely_to_buy"])
    before = purchases[purchases["date"] <= CUT]
    blind = likely_to_buy(before["customer"], before["date"], before["amount"], end=CUT, weeks=39)
    pd.testing.assert_frame_equal(got, blind)


def test_calibrated_by_decile(purchases: pd.DataFrame, came: np.ndarray) -> None:
    """What is said to happen with 15, 40 or 75 % happens so often, to some points."""
    lines = purchases["customer"], purchases["date"], purchases["amount"]
    probability = likely_to_buy(*lines, end=CUT, weeks=39)["likely_to_buy"].to_numpy()
    tenths = pd.qcut(pd.Series(probability).rank(method="first"), 10, labels=False)
    table = pd.DataFrame({"said": probability, "came": came}).groupby(tenths).mean()
    assert (table["said"] - table["came"]).abs().max() < 0.07
    assert table["came"].iloc[-1] > 5 * table["came"].iloc[0]


def test_five_folds_of_the_holdout(known: pd.DataFrame, came: np.ndarray) -> None:
    """The calibration alone, learnt on four fifths of the customers and applied to the fifth."""
    history = known["x"], known["t_x"], known["T"]
    expected = BgNbd.fit(*history).expected_purchases(*history, 39)
    fold = np.random.default_rng(0).integers(0, 5, len(known))
    probability = np.empty(len(known))
    for part in range(5):
        learnt = Calibration.fit(expected[fold != part], came[fold != part])
        probability[fold == part] = learnt.probability(expected[fold == part])
    assert auc(came, probability) >= 0.77
    assert probability.mean() == pytest.approx(came.mean(), abs=0.005)


def test_rehearsal_watches_only_those_known_before(purchases: pd.DataFrame) -> None:
    lines = purchases["customer"], purchases["date"], purchases["amount"]
    early = purchases[purchases["date"] <= CUT - pd.Timedelta(weeks=13)]
    window = purchases[(purchases["date"] > CUT - pd.Timedelta(weeks=13)) & (purchases["date"] <= CUT)]
    got = rehearse(*lines, end=CUT)
    assert got.customers == early["customer"].nunique()
    assert got.bought == len(set(early["customer"]) & set(window["customer"]))
    newcomers = pd.DataFrame({"customer": range(10**6, 10**6 + 500), "date": CUT, "amount": 9.0})
    more = pd.concat([purchases[["customer", "date", "amount"]], newcomers])
    assert rehearse(more["customer"], more["date"], more["amount"], end=CUT) == got


def test_calibration_equals_the_closed_form_of_two_groups() -> None:
    """With two distinct expectations the logistic curve goes through both observed shares."""
    expected = np.repeat([0.1, 1.0], 100)
    bought = np.r_[np.arange(100) < 20, np.arange(100) < 70]
    fitted = Calibration.fit(expected, bought)
    np.testing.assert_allclose(fitted.probability([0.1, 1.0]), [0.2, 0.7], atol=1e-5)
    assert (fitted.customers, fitted.bought) == (200, 90)
    assert 0 <= fitted.probability(0.0) < 0.2


def test_refusals() -> None:
    with pytest.raises(NotEnoughData):
        likely_to_buy([], [], [], end="2020-01-01")
    with pytest.raises(NotEnoughData, match="Only 3 customers bought again and 97 did not"):
        Calibration.fit(np.linspace(0.1, 1, 100), np.arange(100) < 3)
    with pytest.raises(NotEnoughData, match="Not reliable for this data"):
        Calibration.fit(np.linspace(0.1, 1, 100), np.arange(100) < 50)
    with pytest.raises(DataError, match="as many"):
        Calibration.fit([0.1, 0.2], [True])
    with pytest.raises(DataError, match="one week"):
        likely_to_buy(["a"], ["2020-01-01"], [1.0], end="2020-01-01", weeks=0)


def test_refunds_and_unknown_customers_are_no_purchases(purchases: pd.DataFrame) -> None:
    lines = purchases[["customer", "date", "amount"]].astype({"customer": object})
    noise = pd.DataFrame(
        {
            "customer": [None] * 50 + lines["customer"].unique()[:200].tolist(),
            "date": CUT,
            "amount": [5.0] * 50 + [-0.01] * 200,
        }
    )
    disturbed = pd.concat([lines, noise])
    plain = likely_to_buy(lines["customer"], lines["date"], lines["amount"], end=CUT)
    again = likely_to_buy(disturbed["customer"], disturbed["date"], disturbed["amount"], end=CUT)
    pd.testing.assert_frame_equal(plain, again)
