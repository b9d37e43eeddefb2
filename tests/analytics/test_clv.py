"""Customer value against the published figures of CDNOW, and against slow integrals where nothing is published."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, NotEnoughData
from analytics.methods.customers.clv import BgNbd, GammaGamma, customer_values, discounted_purchases, summary
from analytics.methods.customers.histories import histories
from tests.analytics.pareto_nbd import ParetoNbd

CUT = "1997-09-30"


@pytest.fixture(scope="module")
def customers(purchases: pd.DataFrame) -> pd.DataFrame:
    return summary(purchases["customer"], purchases["date"], purchases["amount"], CUT)


@pytest.fixture(scope="module")
def bg(customers: pd.DataFrame) -> BgNbd:
    return BgNbd.fit(customers["x"], customers["t_x"], customers["T"])


@pytest.fixture(scope="module")
def pareto(customers: pd.DataFrame) -> ParetoNbd:
    return ParetoNbd.fit(customers["x"], customers["t_x"], customers["T"])


@pytest.fixture(scope="module")
def spend(customers: pd.DataFrame) -> GammaGamma:
    return GammaGamma.fit(customers["x"], customers["z"])


@pytest.fixture(scope="module")
def holdout(purchases: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """What each customer did in weeks 40–78: purchase days and revenue."""
    later = purchases[purchases["date"] > CUT]
    days = later.drop_duplicates(["customer", "date"]).groupby("customer").size()
    revenue = later.groupby("customer")["amount"].sum()
    return pd.DataFrame({"days": days, "revenue": revenue}).reindex(customers.index).fillna(0.0)


def expected(model: BgNbd | ParetoNbd, customers: pd.DataFrame, weeks: float = 39) -> np.ndarray:
    return model.expected_purchases(customers["x"], customers["t_x"], customers["T"], weeks)


# --- fits: published parameters ---------------------------------------------------------------------------------------


def test_bgnbd_parameters_and_likelihood(bg: BgNbd, customers: pd.DataFrame, sources: Path) -> None:
    np.testing.assert_allclose([bg.r, bg.alpha, bg.a, bg.b], [0.2426, 4.4136, 0.7929, 2.4259], rtol=1e-3)
    assert bg.log_likelihood == pytest.approx(-9582.429, abs=0.005)
    assert bg.customers == 2357
    rounded = BgNbd.fit(customers["x"], customers["t_x"].round(2), customers["T"].round(2))
    assert rounded.log_likelihood == pytest.approx(-9582.426, abs=0.005)


def test_pareto_nbd_parameters_and_likelihood(pareto: ParetoNbd) -> None:
    np.testing.assert_allclose([pareto.r, pareto.alpha, pareto.s], [0.5533, 10.578, 0.6062], rtol=2e-3)
    assert pareto.beta == pytest.approx(11.669, rel=0.01)
    assert pareto.log_likelihood == pytest.approx(-9594.976, abs=0.005)


def test_gamma_gamma_parameters_and_likelihood(spend: GammaGamma) -> None:
    np.testing.assert_allclose([spend.p, spend.q, spend.v], [6.25, 3.74, 15.44], rtol=2e-3)
    assert spend.log_likelihood == pytest.approx(-4055.918, abs=0.01)
    assert spend.customers == 946
    assert spend.correlation == pytest.approx(0.114, abs=5e-4)


def test_gamma_gamma_scales_with_the_currency(customers: pd.DataFrame, spend: GammaGamma) -> None:
    rupees = GammaGamma.fit(customers["x"], customers["z"] * 75)
    np.testing.assert_allclose([rupees.p, rupees.q, rupees.v], [spend.p, spend.q, spend.v * 75], rtol=1e-5)
    assert rupees.log_likelihood == pytest.approx(spend.log_likelihood - 946 * np.log(75), abs=1e-4)


def test_bgnbd_finds_the_parameters_of_a_simulation() -> None:
    x, t_x, T = simulate(6000, seed=4)
    model = BgNbd.fit(x, t_x, T)
    at_truth = BgNbd(0.243, 4.414, 0.793, 2.426)
    np.testing.assert_allclose([model.r, model.alpha], [0.243, 4.414], rtol=0.12)
    mine, theirs = (m.expected_purchases(x, t_x, T, 26).sum() for m in (model, at_truth))
    assert mine == pytest.approx(theirs, rel=0.05)


def simulate(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """BG/NBD customers by the story itself: each buys at a rate of their own and quits by a chance of their own."""
    rng = np.random.default_rng(seed)
    rate, quitting = rng.gamma(0.243, 1 / 4.414, customers), rng.beta(0.793, 2.426, customers)
    T = rng.integers(10, 60, customers).astype(float)
    x, t_x = np.zeros(customers), np.zeros(customers)
    for i in range(customers):
        now = rng.exponential(1 / rate[i]) if rate[i] > 1e-12 else np.inf
        while now <= T[i]:
            x[i], t_x[i] = x[i] + 1, now
            if rng.random() < quitting[i]:
                break
            now += rng.exponential(1 / rate[i])
    return x, t_x, T


# --- predictions: published figures -----------------------------------------------------------------------------------


def test_expectation_of_a_new_customer(bg: BgNbd, pareto: ParetoNbd) -> None:
    assert pareto.new_customer(52) == pytest.approx(1.4734, abs=1e-3)
    assert bg.new_customer(52) == pytest.approx(1.4440, abs=1e-3)


def test_customer_1516(bg: BgNbd, pareto: ParetoNbd) -> None:
    assert pareto.expected_purchases(26, 30.857, 31, 52) == pytest.approx(25.456, abs=2e-3)
    assert pareto.alive(26, 30.857, 31) == pytest.approx(0.99787, abs=1e-4)
    assert bg.expected_purchases(26, 30.857, 31, 52) == pytest.approx(25.757, abs=2e-3)
    assert bg.alive(26, 30.857, 31) == pytest.approx(0.96885, abs=1e-4)
    assert bg.expected_purchases(2, 30.43, 38.86, 39) == pytest.approx(1.2259, abs=1e-3)


def test_bins_of_the_holdout(pareto: ParetoNbd, customers: pd.DataFrame, holdout: pd.DataFrame) -> None:
    repeats = customers["x"].clip(upper=7)
    foreseen = pd.Series(expected(pareto, customers), index=customers.index).groupby(repeats).mean()
    np.testing.assert_allclose(foreseen, [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403], atol=2e-3)
    actual = holdout["days"].groupby(repeats).mean().round(3)
    assert actual.tolist() == [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
    assert repeats.value_counts().sort_index().tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]


def test_alive_stays_finite_for_hundreds_of_purchases() -> None:
    model = ParetoNbd(0.5143, 2.8845, 0.2856, 14.1087)
    t_x, T = [103.42857, 97.14286, 94.71429, 98.57143], [103.57143, 97.28571, 98.0, 99.42857]
    alive = model.alive([221, 254, 161, 204], t_x, T)
    np.testing.assert_allclose(alive, [0.99960, 0.99956, 0.74949, 0.99425], atol=1e-4)


def test_expected_spend(spend: GammaGamma, customers: pd.DataFrame) -> None:
    three = customers.loc[[1, 2, 3]]
    np.testing.assert_allclose(spend.expected_spend(three["x"], three["z"]), [24.659, 18.911, 35.171], atol=0.01)
    assert spend.expected_spend(0, np.nan) == pytest.approx(spend.p * spend.v / (spend.q - 1))


def test_holdout_totals(
    bg: BgNbd, pareto: ParetoNbd, spend: GammaGamma, customers: pd.DataFrame, holdout: pd.DataFrame
) -> None:
    paid = spend.expected_spend(customers["x"], customers["z"])
    assert holdout["days"].sum() == 1882
    assert expected(bg, customers).sum() == pytest.approx(1653.4, abs=1)
    assert expected(pareto, customers).sum() == pytest.approx(1665.5, abs=1)
    assert holdout["revenue"].sum() == pytest.approx(70_976.39, abs=0.005)
    assert (expected(pareto, customers) * paid).sum() == pytest.approx(60_449, rel=5e-3)
    assert (expected(bg, customers) * paid).sum() == pytest.approx(59_932, rel=5e-3)


def test_top_decile(
    purchases: pd.DataFrame, pareto: ParetoNbd, spend: GammaGamma, customers: pd.DataFrame, holdout: pd.DataFrame
) -> None:
    def captured(score: np.ndarray) -> float:
        best = np.argsort(-score, kind="stable")[: int(np.ceil(0.1 * len(score)))]
        return 100 * holdout["revenue"].iloc[best].sum() / holdout["revenue"].sum()

    foreseen = expected(pareto, customers) * spend.expected_spend(customers["x"], customers["z"])
    past = purchases[purchases["date"] <= CUT].groupby("customer")["amount"].sum()
    assert captured(foreseen) == pytest.approx(50.4, abs=0.5)
    assert captured(past.loc[customers.index].to_numpy()) == pytest.approx(48.1, abs=0.5)
    assert captured(holdout["revenue"].to_numpy()) == pytest.approx(76.3, abs=0.5)


# --- predictions: integrals done the slow way -------------------------------------------------------------------------


def bgnbd_by_integration(shape: float, rate: float, a: float, b: float, weeks: float) -> float:
    """E[(1 − (1 + p·weeks/rate)^−shape) / p] over p ~ Beta(a, b), with p = u^(1/a) to tame the density at 0."""
    from scipy.integrate import quad
    from scipy.special import betaln

    def density(u: float) -> float:
        p = u ** (1 / a)
        bought = -np.expm1(-shape * np.log1p(p * weeks / rate)) / p
        return float(bought * (1 - p) ** (b - 1) / a * np.exp(-betaln(a, b)))

    edges = [0.0, *((a / (a + b) * k) ** a for k in (0.01, 0.1, 0.5, 1, 2, 5, 10, 20) if a / (a + b) * k < 1), 1.0]
    return sum(quad(density, low, high, limit=400)[0] for low, high in pairwise(edges))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("a", [0.02, 0.5, 1.0, 1 + 3e-7, 1.001, 2.5])
@pytest.mark.parametrize("b", [1.0, 4.0])
@pytest.mark.parametrize("x", [0, 3, 300])
def test_bgnbd_expectation_equals_the_integral_around_its_singularity(a: float, b: float, x: int) -> None:
    alive_now = BgNbd(0.4, 5.0, a, b).expected_purchases(x, 40, 40, 52) / BgNbd(0.4, 5.0, a, b).alive(x, 40, 40)
    assert alive_now == pytest.approx(bgnbd_by_integration(0.4 + x, 45.0, a, b + x, 52), rel=1e-6)


def test_bgnbd_where_a_plus_b_is_one_and_the_horizon_is_very_long() -> None:
    at_one = BgNbd(0.4, 5.0, 0.3, 0.7)
    beside = BgNbd(0.4, 5.0, 0.3, 0.7 + 1e-3)
    two = at_one.expected_purchases([0, 2], [0, 9], [10, 10], 30)
    np.testing.assert_allclose(two, beside.expected_purchases([0, 2], [0, 9], [10, 10], 30), rtol=2e-3)
    # x = 400 and a horizon 50 times the past: where scipy's 2F1 is NaN
    got = BgNbd(3.0, 5.0, 3.0, 0.7).expected_purchases(400, 60, 60, 3000)
    assert got == pytest.approx(
        bgnbd_by_integration(403, 65.0, 3.0, 400.7, 3000) * BgNbd(3.0, 5.0, 3.0, 0.7).alive(400, 60, 60), rel=1e-6
    )


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("x", [0, 3, 40])
def test_bgnbd_where_all_quit_alike_or_nobody_does(x: int) -> None:
    """The ends of the parameters' bounds, where small data lead: 2F1 overflows there."""
    chance, shape, rate = 2e4 / (2e4 + 2e5), 0.4 + x, 45.0
    alike = BgNbd(0.4, 5.0, 2e4, 2e5 - x)
    made = -np.expm1(-shape * np.log1p(chance * 52 / rate)) / chance
    assert alike.expected_purchases(x, 40, 40, 52) / alike.alive(x, 40, 40) == pytest.approx(made, rel=1e-3)
    nobody = BgNbd(0.4, 5.0, 1e-4, 2e4)
    assert nobody.expected_purchases(x, 40, 40, 52) == pytest.approx(shape / rate * 52, rel=1e-5)


@pytest.mark.parametrize("parameters", [(0.55, 10.6, 0.6, 11.7), (2.0, 300.0, 3.0, 0.5), (1.0, 2.0, 1.0, 900.0)])
@pytest.mark.parametrize("x", [0, 2, 40, 400])
def test_pareto_alive_equals_the_integral(parameters: tuple[float, float, float, float], x: int) -> None:
    from scipy.integrate import quad

    r, alpha, s, beta = parameters
    t_x, T = (0.0 if x == 0 else 26.0), 30.0

    def left(u: float) -> float:  # leaving at u, relative to living to T
        return float(s / (beta + u) * ((alpha + T) / (alpha + u)) ** (r + x) * ((beta + T) / (beta + u)) ** s)

    odds = quad(left, t_x, T, limit=400, epsabs=0, epsrel=1e-10)[0]
    assert ParetoNbd(r, alpha, s, beta).alive(x, t_x, T) == pytest.approx(1 / (1 + odds), rel=1e-7)


def test_pareto_is_smooth_where_s_is_one() -> None:
    near_one = (1 - 1e-7, 1.0, 1 + 1e-7)
    below, at, above = (ParetoNbd(0.5, 10.0, s, 12.0).expected_purchases(3, 20, 30, 52) for s in near_one)
    assert at == pytest.approx((below + above) / 2, rel=1e-9)


# --- discounted value -------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_value_equals_a_daily_sum(bg: BgNbd, spend: GammaGamma, customers: pd.DataFrame) -> None:
    few = customers.iloc[:40]
    days = np.arange(0, 365)
    slow = np.zeros(len(few))
    for day in days:
        bought = expected(bg, few, (day + 1) / 7) - expected(bg, few, day / 7)
        slow += bought / 1.12 ** ((day + 0.5) / 365.25)
    got = customer_values(few, bg, spend, weeks=365 / 7, annual_discount=12.0, margin=30.0)
    np.testing.assert_allclose(got["value"], slow * spend.expected_spend(few["x"], few["z"]) * 0.3, rtol=1e-4)
    np.testing.assert_allclose(got["expected_purchases"], expected(bg, few, 365 / 7))
    assert got.index.equals(few.index)


def test_value_without_discount_is_the_plain_product(
    pareto: ParetoNbd, spend: GammaGamma, customers: pd.DataFrame
) -> None:
    got = customer_values(customers, pareto, spend, weeks=39, annual_discount=0.0)
    np.testing.assert_allclose(got["value"], got["expected_purchases"] * got["expected_spend"])
    assert (customer_values(customers, pareto, spend, weeks=39)["value"] < got["value"]).all()


def test_value_of_nobody_and_of_a_bad_horizon() -> None:
    nobody = summary([], [], [], "2020-01-01")
    model, money = BgNbd(0.2, 4.0, 0.8, 2.4), GammaGamma(6.0, 4.0, 15.0)
    assert customer_values(nobody, model, money).empty
    with pytest.raises(DataError, match="horizon"):
        discounted_purchases(model, histories([1], [1], [2]), weeks=-1, annual_discount=10)


# --- refusals and edges -----------------------------------------------------------------------------------------------


def test_too_few_repeaters_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="Only 1 customer bought again"):
        BgNbd.fit([0, 0, 1], [0, 0, 1], [5, 5, 5])
    with pytest.raises(NotEnoughData, match="Only 0 customers bought again"):
        ParetoNbd.fit([], [], [])
    with pytest.raises(NotEnoughData, match="Only 1 customer bought again"):
        GammaGamma.fit([0, 1, 1, 2], [np.nan, 10.0, 0.0, -5.0])


def test_customers_who_never_quit_still_give_finite_figures() -> None:
    T = np.tile(np.arange(20.0, 40.0), 5)
    x, t_x = np.floor(T / 2), np.floor(T / 2) * 2
    for model in (BgNbd.fit(x, t_x, T), ParetoNbd.fit(x, t_x, T)):
        assert np.isfinite(model.log_likelihood)
        np.testing.assert_allclose(model.expected_purchases(x, t_x, T, 10), 5.0, rtol=0.15)


def test_spend_of_refunded_and_unknown_customers() -> None:
    model = GammaGamma(6.0, 4.0, 15.0)
    nothing, refunded = model.expected_spend([2, 2], [0.0, -9.0])
    assert nothing == refunded == pytest.approx(6.0 * 15.0 / (12 + 4 - 1))
    no_mean = GammaGamma(6.0, 0.9, 15.0).expected_spend([0, 1], [np.nan, 10.0])
    assert np.isnan(no_mean[0])
    assert np.isfinite(no_mean[1])


def test_order_of_customers_does_not_matter(customers: pd.DataFrame, bg: BgNbd) -> None:
    shuffled = customers.sample(frac=1, random_state=3)
    again = BgNbd.fit(shuffled["x"], shuffled["t_x"], shuffled["T"])
    assert again.r == pytest.approx(bg.r, rel=1e-9)
