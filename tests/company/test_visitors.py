"""People who sign in with an identity provider, and what is known of them while they are not there."""

from __future__ import annotations

from dashboard.company import owners
from dashboard.company.api_tokens import DAY, STANDING_DAYS
from dashboard.company.owners import Owner
from dashboard.company.state import State
from tests.company.conftest import Clock


def test_what_the_provider_said_last_counts_while_somebody_comes(state: State, clock: Clock) -> None:
    owners.remember(state, Owner("u-1", None, ("leeds",), int(clock.now)), "one@example.org")
    owners.remember(state, Owner("u-2", None, ("york",), int(clock.now)), "")
    assert owners.visitors(state) == [("one@example.org", ("leeds",))], "without an address nothing can be sent"
    owners.remember(state, Owner("u-1", None, ("york",), int(clock.now)), "one@example.org")
    assert owners.visitors(state) == [("one@example.org", ("york",))]
    clock.now += STANDING_DAYS * DAY
    assert owners.visitors(state) == [], "who was long not here may have left"
    owners.remember(state, Owner("u-2", None, (), int(clock.now)), "")
    assert owners.verified_mail(state, "u-1") == "", "and is forgotten"


def test_who_is_sent_away_gets_nothing_more(state: State, clock: Clock) -> None:
    owners.remember(state, Owner("u-1", None, ("leeds",), int(clock.now)), "one@example.org")
    owners.rest(state, "u-1")
    assert owners.visitors(state) == []
