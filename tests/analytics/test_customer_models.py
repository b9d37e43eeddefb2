"""Customer models: learnt once, told as an answer, taken by every question instead of a fit of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.methods.customers.churn import rehearse
from analytics.methods.customers.clv import BgNbd, GammaGamma, MeanSpend, spend_model, summary
from analytics.methods.customers.season_fit import STEPS, season_clock
from analytics.questions.customers import prospects
from analytics.questions.customers.models import learn, models_of, purchases_of
from analytics.selection import Resolved, Selection
from tests.analytics import companies

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

Asked = tuple[ColumnarEngine, Resolved]
QUESTIONS = (prospects.action_plan, prospects.clv_by_segment, prospects.churn_risk)


def whole(store: Path, name: str) -> Asked:
    engine = ColumnarEngine(stores.open(store, name))
    return engine, engine.resolve(Selection(name))


@pytest.fixture
def demo(store: Path) -> Asked:
    return whole(store, "demo")


@pytest.fixture
def bytronix(sources: Path, store: Path) -> Asked:
    return whole(store, "bytronix")


@pytest.mark.long
def test_what_is_told_is_what_was_fitted(demo: Asked) -> None:
    lines = purchases_of(*demo)
    models = models_of(learn(*demo))
    assert models.season == season_clock(lines[0], lines[1], lines[3])
    history = summary(*lines, models.season)
    assert models.purchases == BgNbd.fit(history["x"], history["t_x"], history["T"])
    assert models.spend == GammaGamma.fit(history["x"], history["z"])
    assert models.calibration == rehearse(*lines, season=models.season)
    assert (models.refused, models.uncalibrated) == ("", "")


@pytest.mark.long
def test_questions_take_the_models_that_are_given(demo: Asked, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = [question(*demo, {}).frame for question in QUESTIONS]
    models, (engine, now) = learn(*demo), whole(store, "demo")
    monkeypatch.setattr(BgNbd, "fit", lambda *_: pytest.fail("fitted again"))
    for question, frame in zip(QUESTIONS, plain, strict=True):
        pd.testing.assert_frame_equal(question(engine, now, {}, models).frame, frame)


@pytest.mark.long
def test_one_learning_serves_every_question_and_filter(demo: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, fitted, fit = demo[0], [], BgNbd.fit
    monkeypatch.setattr(BgNbd, "fit", lambda *history: fitted.append(1) or fit(*history))
    for query in ("", "range=last_12m", "country=US", "channel=Web&range=last_90d"):
        selection, _ = Selection.from_query(f"data=demo&{query}")
        for question in QUESTIONS:
            question(engine, engine.resolve(selection), {})
    most = 2 * (1 + STEPS)
    assert len(fitted) <= most, "all customers and as of thirteen weeks before, each once after the season's steps"


def test_a_refusal_is_an_answer(sources: Path, store: Path) -> None:
    models = models_of(learn(*whole(store, "atliq")))
    assert models.purchases is models.spend is models.calibration is None
    assert "Only 12 customers bought again" in models.refused


def test_nobody_to_learn_from() -> None:
    engine = ColumnarEngine(stores.in_memory(companies.bare()))
    assert "Only 0 customers bought again" in models_of(learn(engine, engine.resolve(Selection("toy")))).refused


@pytest.mark.long
def test_value_without_a_rehearsal(sources: Path, store: Path) -> None:
    engine, now = whole(store, "classic_models")
    models = models_of(learn(engine, now))
    assert models.purchases is not None
    assert models.calibration is None
    assert "Not reliable" in models.uncalibrated
    assert prospects.clv_by_segment(engine, now, {}).frame["customers"].sum() == 92
    plan = prospects.action_plan(engine, now, {})
    assert any("Not reliable" in note for note in plan.notes)
    assert "value" in plan.frame
    assert "at_stake" not in plan.frame


@pytest.mark.long
def test_spend_that_gamma_gamma_does_not_fit_is_the_mean(bytronix: Asked) -> None:
    history = summary(*purchases_of(*bytronix))
    assert GammaGamma.fit(history["x"], history["z"]).q < 1, "its mean does not exist"
    again = history[history["x"] > 0]
    spend = models_of(learn(*bytronix)).spend
    assert isinstance(spend, MeanSpend)
    assert spend.mean == pytest.approx(np.average(again["z"], weights=again["x"]))
    people, _ = prospects.prospects(*bytronix)
    assert people["value"].notna().all()
    assert len(people) == 140_787


def test_spend_that_it_fits_is_gamma_gamma() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(1, 6, 2000)
    z = rng.gamma(6.0 * x, 1 / (rng.gamma(4.0, 1 / 15.0, 2000) * x))
    fitted = spend_model(np.r_[x, 0], np.r_[z, np.nan])
    assert isinstance(fitted, GammaGamma)
    assert fitted.expected_spend(0, 0) == pytest.approx(6 * 15 / 3, rel=0.1)
