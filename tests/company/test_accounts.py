"""Accounts, links, lock-out and sessions."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from analytics.errors import NotAllowed, RequestError
from dashboard.company import audit, sessions, tokens, users
from dashboard.company.state import State
from dashboard.company.tables import LINKS, SESSIONS, USERS
from dashboard.company.users import User
from tests.company.conftest import Clock

WORD = "several words together"
HASHER = users._hasher


@pytest.fixture
def ann(state: State) -> User:
    """An account with a password, in two groups."""
    user = users.add(state, " Ann@Example.org ", "Ann", ["leeds", "leeds", "managers"])
    return users.choose_password(state, users.invite(state, user), WORD)


def signed_in(state: State, user: User) -> str:
    return sessions.begin(state, user.name, user.title, user.groups, "local", user_id=user.id)


@pytest.mark.sampled(4)
def test_an_account_is_found_by_its_name_whatever_its_case(state: State, ann: User) -> None:
    assert users.find(state, "ANN@example.ORG") == ann
    assert (ann.name, ann.groups, ann.ready) == ("ann@example.org", ("leeds", "managers"), True)
    assert users.verify(state, "Ann@Example.org", WORD) == ann
    assert users.all_users(state) == [ann]


def test_a_name_is_taken_once(state: State, ann: User) -> None:
    with pytest.raises(RequestError, match="already"):
        users.add(state, "ANN@example.org")


@pytest.mark.parametrize("name", ["", " ", "a b", "-ann", "ann\nbea", "Änn", "a" * 201, "ann<script>"])
def test_what_cannot_be_a_name_is_refused(state: State, name: str) -> None:
    with pytest.raises(RequestError, match="a user name is"):
        users.add(state, name)


@pytest.mark.parametrize("password", ["", "short", "eleven char", "aaaaaaaaaaaaaaa", "x" * 501])
def test_what_cannot_be_a_password_is_refused_and_the_link_lives(state: State, password: str) -> None:
    token = users.invite(state, users.add(state, "bea"))
    with pytest.raises(RequestError, match="password"):
        users.choose_password(state, token, password)
    assert users.invited(state, token).name == "bea"


def test_a_link_serves_once_and_for_a_while(state: State, ann: User, clock: Clock) -> None:
    token = users.invite(state, ann, 60)
    clock.pass_by(61)
    with pytest.raises(NotAllowed, match="used or has expired"):
        users.choose_password(state, token, WORD)
    first, second = users.invite(state, ann), users.invite(state, ann)
    with pytest.raises(NotAllowed, match="used or has expired"):
        users.invited(state, first)
    users.choose_password(state, second, "another word altogether")
    with pytest.raises(NotAllowed, match="used or has expired"):
        users.choose_password(state, second, WORD)
    assert users.verify(state, ann.name, "another word altogether").id == ann.id


def test_a_new_password_ends_every_session(state: State, ann: User) -> None:
    token = signed_in(state, ann)
    users.choose_password(state, users.invite(state, ann), "another word altogether")
    assert sessions.find(state, token) is None


def test_the_store_holds_no_secret_that_could_be_used(state: State, ann: User) -> None:
    link, cookie = users.invite(state, ann), signed_in(state, ann)
    with state.read() as connection:
        held = repr([connection.execute(sa.select(t)).all() for t in (USERS, LINKS, SESSIONS)])
    assert WORD not in held
    assert link not in held
    assert cookie not in held
    assert tokens.stored(cookie) in held
    with pytest.raises(NotAllowed):
        users.invited(state, tokens.stored(link))
    assert sessions.find(state, tokens.stored(cookie)) is None


def test_a_refusal_does_not_tell_what_was_wrong(state: State, ann: User) -> None:
    users.add(state, "new")  # has no password yet
    off = users.add(state, "off")
    users.choose_password(state, users.invite(state, off), WORD)
    users.change(state, off, active=False)
    told = set()
    for name, password in (
        (ann.name, "wrong"),
        ("nobody", WORD),
        ("new", WORD),
        ("off", WORD),
        ("", ""),
        ("x" * 5000, "y"),
    ):
        with pytest.raises(NotAllowed) as refused:
            users.verify(state, name, password)
        told.add(str(refused.value))
    assert told == {users.WRONG}


def test_too_many_wrong_passwords_lock_an_account_for_longer_and_longer(state: State, ann: User, clock: Clock) -> None:
    waits = []
    for attempt in range(10):
        with pytest.raises(NotAllowed, match="wrong"):
            users.verify(state, ann.name, f"wrong {attempt}")
        with state.read() as connection:
            until = connection.execute(sa.select(USERS.c.locked_until)).scalar_one()
        waits.append(max(0, until - clock.now))
        clock.now = max(clock.now, until)
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900]
    with pytest.raises(NotAllowed, match="wrong"):
        users.verify(state, ann.name, "wrong again")
    with pytest.raises(NotAllowed) as refused:
        users.verify(state, ann.name, WORD)
    assert str(refused.value) == users.WRONG, "that an account is locked would tell that there is one"
    clock.pass_by(901)
    assert users.verify(state, ann.name, WORD).id == ann.id
    with pytest.raises(NotAllowed, match="password is wrong"):
        users.verify(state, ann.name, "wrong once")  # counted from the beginning


def test_of_wrong_passwords_at_once_none_is_lost(state: State, ann: User) -> None:
    threads = [threading.Thread(target=users.failed, args=(state, ann.id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with state.read() as connection:
        assert connection.execute(sa.select(USERS.c.failures)).scalar_one() == 8


def test_of_two_who_use_a_link_at_once_one_chooses_the_password(
    state: State, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    if state.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, so two uses cannot overlap")
    link, find = users.invite(state, ann), users._invited
    monkeypatch.setattr(users, "_invited", find)

    def found(connection: sa.Connection, token: str) -> User:
        user = find(connection, token)
        monkeypatch.setattr(users, "_invited", find)
        users.choose_password(state, token, f"{WORD} of the first")  # meanwhile
        return user

    monkeypatch.setattr(users, "_invited", found)
    with pytest.raises(NotAllowed, match="has been used"):
        users.choose_password(state, link, f"{WORD} of the second")
    assert users.verify(state, ann.name, f"{WORD} of the first").id == ann.id


@pytest.mark.parametrize("text", ["a\nb  root  signed in", "\x00", "\ud800", "\u202etxt"])
def test_nobody_forges_an_entry_of_the_log(state: State, text: str) -> None:
    audit.record(state, text, "sign-in refused", text, text)
    (entry,) = audit.entries(state, action="sign-in refused")
    assert entry.who == entry.what == entry.detail
    assert entry.who.isprintable()
    with pytest.raises(NotAllowed):
        users.verify(state, text, WORD)


@pytest.mark.parametrize("number", [2**63, 10**30])
def test_a_number_that_no_database_holds_is_refused(state: State, number: int) -> None:
    with pytest.raises(RequestError, match="cannot hold"), state.write() as connection:
        connection.execute(USERS.delete().where(USERS.c.id == number))


def test_a_session_ends_when_it_is_idle_or_old(state: State, ann: User, clock: Clock) -> None:
    token = signed_in(state, ann)
    clock.pass_by(sessions.IDLE_SECONDS - 1)
    assert sessions.find(state, token) is not None
    clock.pass_by(sessions.IDLE_SECONDS - 1)
    assert sessions.find(state, token) is not None
    clock.pass_by(sessions.IDLE_SECONDS + 1)
    assert sessions.find(state, token) is None
    token = signed_in(state, ann)
    for _ in range(20):
        clock.pass_by(sessions.IDLE_SECONDS * 0.9)
        found = sessions.find(state, token)
    assert found is None
    signed_in(state, ann)
    with state.read() as connection:
        assert len(connection.execute(sa.select(SESSIONS)).all()) == 1, "sessions that have ended are removed"


def test_groups_of_a_session_are_those_of_the_account_now(state: State, ann: User) -> None:
    token = signed_in(state, ann)
    users.change(state, ann, groups=["york"])
    found = sessions.find(state, token)
    assert found is not None
    assert found.groups == ("york",)


def test_who_is_switched_off_is_signed_out(state: State, ann: User) -> None:
    token, link = signed_in(state, ann), users.invite(state, ann)
    users.change(state, ann, active=False)
    assert sessions.find(state, token) is None
    users.change(state, ann, active=True)
    assert sessions.find(state, token) is None
    with pytest.raises(NotAllowed):
        users.invited(state, link)


def test_signing_out_ends_one_session_and_signing_out_everywhere_all(state: State, ann: User) -> None:
    one, two, three = (signed_in(state, ann) for _ in range(3))
    found = sessions.find(state, one)
    assert found is not None
    sessions.end(state, found)
    assert sessions.find(state, one) is None
    assert sessions.find(state, two) is not None
    assert sessions.end_all(state, ann.name) == 2
    assert sessions.find(state, three) is None


@pytest.mark.parametrize("token", ["", "x", "ä" * 50, "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_a_token_that_is_none_finds_nobody(state: State, token: str) -> None:
    assert sessions.find(state, token) is None
    with pytest.raises(NotAllowed):
        users.invited(state, token)


def test_many_groups_stay_out_of_the_cookie(state: State) -> None:
    """Groups in the cookie make it too long for browsers: a loop of signing in that says nothing."""
    many = [f"group-{n:03d}-of-a-large-company" for n in range(400)]
    token = sessions.begin(state, "sub-1", "Dee", many, "oidc")
    assert len(token) < 100
    found = sessions.find(state, token)
    assert found is not None
    assert found.groups == tuple(many)


def test_the_log_is_read_by_person_action_and_time_and_forgets(state: State, clock: Clock) -> None:
    for at, (who, action) in enumerate((("ann", "signed in"), ("bea", "signed in"), ("ann", "exported"))):
        audit.record(state, who, action, f"thing {at}", "d" * 5000)
        clock.pass_by(60)
    assert [e.what for e in audit.entries(state)] == ["thing 2", "thing 1", "thing 0"]
    assert [e.what for e in audit.entries(state, who="ann")] == ["thing 2", "thing 0"]
    assert [e.what for e in audit.entries(state, action="signed in", limit=1)] == ["thing 1"]
    assert [e.what for e in audit.entries(state, until=int(clock.now) - 120)] == ["thing 0"]
    assert len(audit.entries(state)[0].detail) == audit.LONGEST_DETAIL
    clock.pass_by(30 * audit.DAY - 150)
    assert audit.forget(state, 30) == 1
    assert len(audit.entries(state)) == 2


def test_passwords_cost_what_is_recommended() -> None:
    """OWASP's parameters: at least 19 MiB twice over."""
    hashed = HASHER().hash(WORD)
    assert hashed.startswith("$argon2id$")
    assert HASHER().memory_cost >= 19 * 1024
    assert HASHER().time_cost >= 2
