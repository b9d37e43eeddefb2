"""What changed since somebody last looked, in the whole application: the Overview, the button that takes it away."""

from __future__ import annotations

import time

import pytest

from analytics import store as stores
from dashboard import delivery
from dashboard.changes import recap
from dashboard.company.tables import LOOKS
from tests.analytics import companies
from tests.dashboard.test_viewers import SECRET, shop
from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow

OVERVIEW = "/overview?data=shop"


def reload(company: Company, channel: str) -> None:
    """A version with a late refund in one channel."""
    tables = shop(hidden=True)
    line = tables.lines[tables.lines["channel"] == channel].iloc[[50]]
    refund = line.assign(order_id="late", amount=-7.0, quantity=-1.0, sale=False)
    tables.lines = companies.pd.concat([tables.lines, refund], ignore_index=True)
    stores.write(company.settings.store, tables)


def tick(company: Company) -> None:
    """What the background loop does; the recaps that people need are looked for again."""
    runner = delivery.of(company.app.server)
    assert runner is not None
    for watch in runner.watch:
        if hasattr(watch, "_next"):
            watch._next = 0.0
    runner.tick()


def long_ago(company: Company) -> None:
    with company.state.write() as connection:
        connection.execute(LOOKS.update().values(seen_at=int(time.time()) - 3 * 24 * 3600))


def test_each_is_told_what_changed_in_what_they_may_see(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recap, "_stories", lambda *_: ())  # tests/changes has them; they take long
    web, root = company.signed_in("wendy"), company.signed_in("root")
    for who in (web, root):
        assert 'id="since"' not in who.get(OVERVIEW).get_data(as_text=True), "who never looked is told nothing"
    tick(company)
    long_ago(company)
    reload(company, f"{SECRET} shops")
    tick(company)
    told = root.get(OVERVIEW).get_data(as_text=True)
    assert 'id="since"' in told
    assert "1 late refund" in told
    assert 'id="since"' not in web.get(OVERVIEW).get_data(as_text=True), "it is not hers to see"
    assert 'id="since"' not in root.get("/trends?data=shop").get_data(as_text=True)
    assert 'id="since"' in root.get(OVERVIEW).get_data(as_text=True), "until the look is over"
    for address in ("nothing", ""):
        assert root.post("/changes/seen", data={"data": address}, headers=OWN_PAGE).status_code == 400
    assert root.post("/changes/seen", data={"data": "shop"}).status_code == 403, "a page of another site"
    assert root.post("/changes/seen", data={"data": "shop"}, headers=OWN_PAGE).status_code == 204
    assert 'id="since"' not in root.get(OVERVIEW).get_data(as_text=True)
