"""Recaps of versions as each policy sees them, kept and compared; and when somebody last looked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.selection import Clause
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.changes import keeping, looks, making
from dashboard.changes.compare import compare
from dashboard.changes.panel import since_last_look
from dashboard.changes.recap import Recap, recap, scope_of
from dashboard.company.policies import Policies, Policy
from dashboard.company.state import State
from dashboard.company.tables import JOBS, LOOKS, RECAPS
from dashboard.components.markup import markup
from tests.changes.conftest import Clock, Line, Shop

ANN = Viewer("ann", EVERYTHING, title="Ann", rights=frozenset({"view"}))
WEB = (Clause("channel", ("web",)),)
WENDY = Viewer("wendy", WEB, title="Wendy", rights=frozenset({"view"}))
POLICIES = Policies({"all": Policy(), "web": Policy(WEB)})
REFUND: Line = ("2026-10-12", "shops", -40.0)
DAY = keeping.DAY


def recap_for(shop: Shop, viewer: Viewer) -> Recap:
    answers = shop.service.for_viewer(viewer)
    selection, engine, _ = answers.select("data=shop", strict=True)
    return recap(answers, selection, engine)


def panel(shop: Shop, state: State, viewer: Viewer) -> str:
    """What the Overview says, once the background has made what it needs."""
    engine = shop.service.for_viewer(viewer).engine("shop")
    for data, version, scope in keeping.lacking(state, shop.service.current_versions().items()):
        assert version == engine.version
        assert making.make(shop.service, state, POLICIES, data, scope)
    return str(markup(since_last_look(state, shop.service.for_viewer(viewer), engine)))


@pytest.mark.long
def test_a_recap_has_the_months_and_days_of_the_data(shop: Shop) -> None:
    found = recap_for(shop, ANN)
    assert found.until == "2026-11-21"
    assert {m: tuple(t) for m, t in found.months.items()} == {
        "2026-09": (6000.0, 6000.0, 60, 0),
        "2026-10": (6200.0, 6200.0, 62, 0),
        "2026-11": (4000.0, 4000.0, 40, 0),
    }
    assert len(found.days) == 70
    shop.load(REFUND)
    after = recap_for(shop, ANN)
    assert tuple(after.months["2026-10"]) == (6160.0, 6200.0, 62, 1)
    assert [(r.month, r.day, r.revenue) for r in compare(found, after).restated] == [("2026-10", "2026-10-12", -40.0)]


def test_nobody_learns_of_rows_outside_their_policy(shop: Shop, tmp_path: Path) -> None:
    """The recap is that of a company which has the visible rows alone, and a change elsewhere is none here."""
    before = recap_for(shop, WENDY)
    shop.load(REFUND)
    after = recap_for(shop, WENDY)
    assert not compare(before, after)
    assert compare(before, replace(recap_for(shop, ANN), version="x")), "others see it"
    alone = Shop(tmp_path / "alone")
    alone.load(*(line for line in shop.lines if line[1] == "web"))
    lone = recap_for(alone, ANN)
    assert (lone.months, lone.days, lone.until) == (after.months, after.days, after.until)
    assert scope_of(ANN) != scope_of(WENDY)
    assert scope_of(ANN) != scope_of(replace(ANN, hidden=frozenset({"cost"})))
    assert scope_of(ANN) != scope_of(ANN, WEB)
    assert scope_of(ANN) == scope_of(replace(ANN, name="other", title="Other", groups=("x",)))


@pytest.mark.usefixtures("no_stories")
def test_each_person_is_told_what_changed_since_they_looked(shop: Shop, state: State, clock: Clock) -> None:
    assert panel(shop, state, ANN) == panel(shop, state, WENDY) == "", "who never looked is told nothing"
    assert panel(shop, state, ANN) == ""
    clock.pass_by(3 * DAY)
    shop.load(REFUND, ("2026-11-21", "web", 70.0))
    panel(shop, state, ANN)
    clock.pass_by(20)
    told = panel(shop, state, ANN)
    assert "October 2026 fell by 0.6% (−$40.00): 1 late refund, all on 12 Oct." in told
    assert "1 new day (21 Nov 2026): $70.00 from 1 order." in told
    assert "range=2026-10-12..2026-10-13#revenue_over_time" in told.replace("%2E", ".")
    seen = panel(shop, state, WENDY)
    assert "1 new day" in seen
    assert "October" not in seen, "it was in the shops, which she may not see"


@pytest.mark.usefixtures("no_stories")
def test_a_look_lasts_while_its_person_comes_back(shop: Shop, state: State, clock: Clock) -> None:
    panel(shop, state, ANN)
    panel(shop, state, ANN)
    clock.pass_by(DAY)
    shop.load(REFUND)
    panel(shop, state, ANN)
    for _ in range(5):
        clock.pass_by(looks.LOOK_SECONDS - 60)
        assert "October" in panel(shop, state, ANN)
    clock.pass_by(looks.LOOK_SECONDS + 60)
    assert panel(shop, state, ANN) == "", "they have seen it"


@pytest.mark.usefixtures("no_stories")
def test_what_was_read_is_taken_away_until_something_else_changes(shop: Shop, state: State, clock: Clock) -> None:
    panel(shop, state, ANN)
    panel(shop, state, ANN)
    clock.pass_by(DAY)
    shop.load(REFUND)
    panel(shop, state, ANN)
    assert "October" in panel(shop, state, ANN)
    looks.dismiss(state, "ann", "shop")
    assert panel(shop, state, ANN) == ""
    clock.pass_by(100)
    shop.load(("2026-09-03", "web", 5.0))
    panel(shop, state, ANN)
    told = panel(shop, state, ANN)
    assert "September" in told
    assert "October" not in told
    assert "today at" in told


@pytest.mark.usefixtures("no_stories")
def test_nothing_is_computed_on_the_click(
    shop: Shop, state: State, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel(shop, state, ANN)
    panel(shop, state, ANN)
    clock.pass_by(DAY)
    shop.load(REFUND)
    engine = shop.service.for_viewer(ANN).engine("shop")
    monkeypatch.setattr(type(engine), "aggregate", lambda *_, **__: pytest.fail("an engine was asked"))
    assert since_last_look(state, shop.service.for_viewer(ANN), engine) is None, "the recap is not made yet"


@pytest.mark.sampled(2)
def test_many_requests_at_once_begin_one_look(shop: Shop, each_state: State, clock: Clock) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: looks.look(each_state, "ann", "shop", "s", "v1"), range(6))) == [None] * 6
        clock.pass_by(DAY)
        later = list(pool.map(lambda _: looks.look(each_state, "ann", "shop", "s", "v2"), range(6)))
    assert {found.version for found in later if found} == {"v1"}
    with each_state.read() as connection:
        row = connection.execute(sa.select(LOOKS)).one()
    assert (row.version, row.before_version, row.before_at) == ("v2", "v1", int(clock.now) - DAY)


def test_a_policy_that_is_gone_gets_no_recap(shop: Shop, state: State) -> None:
    assert not making.make(shop.service, state, POLICIES, "shop", "another scope")
    assert not making.make(shop.service, state, POLICIES, "no such data", scope_of(ANN))
    other = Policies({"else": Policy(datasets=frozenset({"else"}))})
    assert not making.make(shop.service, state, other, "shop", scope_of(ANN))
    unseen = Policies({"else": Policy(rights=frozenset())})
    assert not making.make(shop.service, state, unseen, "shop", scope_of(ANN))


def test_jobs_that_made_recaps_do_not_heap_up(each_state: State, clock: Clock) -> None:
    with each_state.write() as connection:
        for name, kind, condition in (("a", "recap", "done"), ("b", "recap", "waiting"), ("c", "digest", "done")):
            row = {
                "kind": kind,
                "name": name,
                "state": condition,
                "created_at": 1,
                "ended_at": int(clock.now) - 2 * DAY,
            }
            connection.execute(JOBS.insert().values(**row))
        row = {"kind": "recap", "name": "d", "state": "done", "created_at": 1, "ended_at": int(clock.now)}
        connection.execute(JOBS.insert().values(**row))
    keeping.forget_jobs(each_state, "recap")
    with each_state.read() as connection:
        assert sorted(connection.execute(sa.select(JOBS.c.name)).scalars()) == ["b", "c", "d"]


def test_old_recaps_are_thinned_out_but_not_what_somebody_saw(each_state: State, clock: Clock) -> None:
    clock.now = 1_800_000_000 // DAY * DAY
    looks.look(each_state, "ann", "shop", "s", "v3")
    for number in range(12):  # two a day
        keeping.keep(each_state, "shop", "s", Recap(f"v{number}", "2026-11-21"))
        keeping.keep(each_state, "shop", "s", Recap(f"v{number}", "2026-11-22"))
        clock.pass_by(DAY / 2)
    keeping.thin_out(each_state, "shop", "s")
    with each_state.read() as connection:
        kept = list(connection.execute(sa.select(RECAPS.c.version).order_by(RECAPS.c.id)).scalars())
    assert kept == ["v1", "v3", "v5", "v7", "v9", "v10", "v11"]
    found = keeping.baseline(each_state, "shop", "s", "v4", int(clock.now) - 4 * DAY)
    assert found is not None
    assert found.version == "v5", "the first since, so that nothing is told twice"
    assert found.until == "2026-11-21", "the first of a version stays"
    assert keeping.baseline(each_state, "shop", "t", "v1", 0) is None
    clock.pass_by(keeping.KEPT_FOR)
    keeping.thin_out(each_state, "shop", "s")
    assert keeping.baseline(each_state, "shop", "s", "v11", 0) is None
