"""Share links in the state store: how long they live, and with whom they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics import store as stores
from analytics.errors import RequestError
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import backup, owners, users
from dashboard.company.api_tokens import DAY, STANDING_DAYS
from dashboard.company.owners import Owner
from dashboard.company.state import State, open_state
from dashboard.settings import Settings
from dashboard.sharing import shares
from dashboard.sharing.shares import Terms
from tests.analytics import companies
from tests.company.conftest import Clock

TERMS = Terms("/overview", "data=shop&range=all", "shop", parents=("https://a.example",), public=True)
ANN = Viewer("ann", EVERYTHING, title="Änn", groups=("leeds",))


def test_a_link_lives_as_long_as_it_says(state: State, clock: Clock) -> None:
    token = shares.create(state, ANN, " Monday ", TERMS, 3)
    found = shares.find(state, token)
    assert found is not None
    assert (found.title, found.person, found.groups, found.terms) == ("Monday", "Änn", ("leeds",), TERMS)
    shares.note_opening(state, found.id)
    assert [(s.opens, s.opened_at) for s in shares.listed(state, "ann")] == [(1, int(clock.now))]
    assert shares.listed(state, "bea") == []
    clock.pass_by(3 * DAY)
    assert shares.find(state, token) is None
    assert shares.known(state, token), "nobody guessed it"
    clock.pass_by(shares.LONGEST_DAYS * DAY)
    shares.create(state, ANN, "Another", TERMS, 1)
    assert not shares.known(state, token), "old ones are removed"


def test_a_link_ends_with_its_account(state: State) -> None:
    user = users.add(state, "ann", "Änn", ["leeds"])
    token = shares.create(state, ANN, "Monday", TERMS, 3, user.id)
    users.change(state, user, groups=["york"])
    found = shares.find(state, token)
    assert found is not None
    assert found.groups == ("york",), "the groups that she is in now"
    users.change(state, user, active=False)
    assert shares.find(state, token) is None


def test_a_backup_has_links(state: State, tmp_path: Path) -> None:
    token = shares.create(state, ANN, "Monday", TERMS, 3)
    copy = open_state(Settings(state=tmp_path / "copy.db"))
    assert copy is not None
    backup.restore(copy, list(backup.dump(state)))
    assert shares.find(copy, token) == shares.find(state, token)


def test_nobody_ends_what_is_not_theirs(state: State) -> None:
    shares.create(state, ANN, "Monday", TERMS, 3)
    number = shares.listed(state)[0].id
    with pytest.raises(RequestError):
        shares.end(state, number, "bea")
    assert shares.end(state, number, "ann") == "Monday"
    with pytest.raises(RequestError):
        shares.end(state, number)


def test_a_version_is_kept_while_somebody_wants_it(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(amount: float) -> str:
        tables = companies.bare()
        tables.lines["amount"] = amount
        return stores.write(tmp_path, tables)

    first = load(1.0)
    assert stores.keep(tmp_path, "toy", first, clock.now + 100)
    second = load(2.0)
    for amount in (3.0, 4.0):
        load(amount)
    assert stores.open_version(tmp_path, "toy", first).version == first
    assert not stores.has_version(tmp_path, "toy", second)
    assert not stores.keep(tmp_path, "toy", second, clock.now + 100), "it is gone"
    for wrong in ("", "..", "../x", "0-0"):
        assert not stores.has_version(tmp_path, "toy", wrong)
    monkeypatch.setattr("analytics.store.versions.MOST_KEPT", 1)
    assert stores.keep(tmp_path, "toy", first, clock.now + 50), "again, and not for a shorter time"
    assert not stores.keep(tmp_path, "toy", stores.current_version(tmp_path, "toy"), clock.now + 100)
    monkeypatch.setattr(Path, "write_text", lambda *_: (_ for _ in ()).throw(PermissionError()))
    assert not stores.keep(tmp_path, "toy", first, clock.now + 100), "the store cannot be written"
    monkeypatch.undo()
    monkeypatch.setattr("time.time", lambda: clock.now)
    clock.pass_by(101)
    load(5.0)
    assert not stores.has_version(tmp_path, "toy", first)


def test_public_links_rest_while_an_owner_without_an_account_stays_away(state: State, clock: Clock) -> None:
    """Whoever signs in with a provider has no account here that could be switched off: they may have left."""
    user = users.add(state, "bea")
    tokens = [shares.create(state, ANN, "Monday", TERMS, 90), shares.create(state, ANN, "Monday", TERMS, 90, user.id)]

    def rest() -> list[bool]:
        found = [shares.find(state, token) for token in tokens]
        return [share.rests for share in found if share is not None]

    assert rest() == [False, False]
    clock.pass_by(STANDING_DAYS * DAY)
    assert rest() == [True, False], "an account is looked at as it is"
    owners.confirm(state, Owner("ann", None, ("york",), int(clock.now)))
    assert rest() == [False, False]
    found = shares.find(state, tokens[0])
    assert found is not None
    assert found.groups == ("york",), "the groups of the last visit"
    owners.rest(state, "ann")
    assert rest() == [True, False]
