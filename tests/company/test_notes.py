"""Notes in the store: whose they are, who sees them, what happened to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from analytics.calendar import TimeRange
from analytics.errors import NotAllowed, RequestError
from dashboard.company import backup
from dashboard.company.state import State
from dashboard.company.tables import NOTES
from dashboard.company.views import EVERYBODY, ONLY_ME
from dashboard.notes import kept
from dashboard.notes.draft import LONGEST_TEXT, Draft
from tests.company.conftest import Clock
from tests.company.test_views import ANN, BEA, ROOT

DAY = np.datetime64("2025-06-12")
NOTE = Draft(TimeRange(DAY, DAY + 1), "campaign", "Newsletter\nto all", "leeds")
DECISION = replace(NOTE, kind="decision", metric="revenue", percent=-4.5, check=DAY + 28)


def add(state: State, draft: Draft = NOTE, viewer=ANN, data: str = "shop") -> int:  # type: ignore[no-untyped-def]
    return kept.add(state, viewer, data, "region=North", "/overview?data=shop&region=North", draft)


@pytest.mark.sampled(2)
def test_a_note_is_shown_to_its_audience(state: State) -> None:
    number = add(state, DECISION)
    (note,) = kept.seen_by(state, BEA)
    assert (note.id, note.author_title, note.scope, note.draft) == (number, "Ann", "region=North", DECISION)
    assert note.decides
    assert kept.seen_by(state, ROOT) == []
    assert kept.seen_by(state, BEA, "other") == []
    kept.change(state, ANN, number, replace(DECISION, audience=ONLY_ME))
    assert kept.seen_by(state, BEA) == []
    assert [n.id for n in kept.seen_by(state, ANN, "shop")] == [number]
    odd = replace(BEA, groups=("", EVERYBODY))  # a provider may call groups so
    assert kept.seen_by(state, odd) == []
    with pytest.raises(NotAllowed):
        add(state, replace(NOTE, audience=EVERYBODY))
    with pytest.raises(NotAllowed):
        kept.change(state, ANN, number, replace(NOTE, audience="others"))
    add(state, replace(NOTE, audience=EVERYBODY), ROOT)
    assert len(kept.seen_by(state, BEA)) == 1


def test_nothing_is_forgotten(state: State, clock: Clock) -> None:
    number = add(state, DECISION)
    clock.pass_by(60)
    kept.check(state, ANN, number, "Revenue fell")
    assert kept.seen_by(state, ANN)[0].checked_at == 1_800_000_060
    kept.change(state, ANN, number, replace(DECISION, text="Another"))
    assert kept.seen_by(state, ANN)[0].checked_at is not None, "the text is no matter of the check"
    kept.change(state, ANN, number, replace(DECISION, text="Another", percent=3.0))
    assert kept.seen_by(state, ANN)[0].checked_at is None
    kept.change(state, ANN, number, replace(DECISION, text="Another", percent=3.0))
    kept.remove(state, ANN, number)
    assert kept.seen_by(state, ANN) == []
    told = [(change.did, change.before) for change in kept.history(state, number)]
    assert told == [
        ("added", {}),
        ("checked", {"found": "Revenue fell"}),
        ("changed", {"body": "Newsletter\nto all"}),
        ("changed", {"percent": -4.5}),
        ("removed", {}),
    ]
    for again in (kept.remove, lambda *given: kept.change(*given, NOTE)):
        with pytest.raises(RequestError, match="you have no note"):
            again(state, ANN, number)


def test_only_the_author_changes_a_note_and_administrators_remove_it(state: State) -> None:
    number, mine = add(state), add(state, replace(NOTE, audience=ONLY_ME))
    for wish in (
        lambda: kept.change(state, BEA, number, NOTE),
        lambda: kept.change(state, ROOT, number, NOTE),
        lambda: kept.check(state, BEA, number, ""),
        lambda: kept.remove(state, BEA, number),
        lambda: kept.remove(state, ROOT, mine),
        lambda: kept.remove(state, ANN, 10**9),
    ):
        with pytest.raises(RequestError, match="you have no note"):
            wish()
    with pytest.raises(RequestError, match="only decisions"):
        kept.check(state, ANN, number, "")
    kept.remove(state, ROOT, number)
    assert [n.id for n in kept.seen_by(state, ANN)] == [mine]


def test_a_note_sent_twice_is_kept_once(state: State) -> None:
    assert add(state) == add(state)
    assert add(state) != add(state, replace(NOTE, kind="note"))
    assert len(kept.seen_by(state, ANN)) == 2


def test_the_revision_grows_with_every_change(state: State) -> None:
    seen = [kept.revision(state)]
    number = add(state)
    seen.append(kept.revision(state))
    kept.change(state, ANN, number, replace(NOTE, text="x"))
    seen.append(kept.revision(state))
    kept.remove(state, ANN, number)
    seen.append(kept.revision(state))
    assert seen == sorted(set(seen))


def test_nobody_has_notes_without_end(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_NOTES", 3)
    for number in range(3):
        add(state, replace(NOTE, text=f"Note {number}"))
    with pytest.raises(RequestError, match="the most"):
        add(state, replace(NOTE, text="one more"))


def test_a_history_has_an_end_and_so_have_removed_notes(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_CHANGES", 3)
    monkeypatch.setattr(kept, "MOST_EVER", 2)
    number = add(state, NOTE)
    for text in ("b", "c"):
        kept.change(state, ANN, number, replace(NOTE, text=text))
    with pytest.raises(RequestError, match="2 times"):
        kept.change(state, ANN, number, replace(NOTE, text="d"))
    kept.remove(state, ANN, number)
    kept.remove(state, ANN, add(state, NOTE))
    with pytest.raises(RequestError, match="removed 2"):
        add(state, NOTE)


def test_a_backup_holds_notes_and_their_history(state: State) -> None:
    add(state, DECISION)
    lines = list(backup.dump(state))
    assert sum('"table": "notes"' in line or '"table": "note_changes"' in line for line in lines) == 2
    with state.write() as connection:
        connection.execute(sa.delete(NOTES))
    assert kept.revision(state) == 0, "its history goes with it"
    backup.restore(state, lines)
    assert kept.seen_by(state, ANN)[0].draft == DECISION


FORM = {"first": "2025-06-12", "last": "2025-06-20", "kind": "note", "text": " a \r\n\x00b ", "audience": ""}
DECIDED = FORM | {"kind": "decision", "metric": "orders", "direction": "down", "percent": "4,5", "check": "2025-07-01"}


def test_a_form_is_read() -> None:
    draft = Draft.read(FORM)
    assert (draft.days, draft.text) == (TimeRange(DAY, DAY + 9), "a\nb")
    assert Draft.read(FORM | {"last": "", "metric": "junk", "check": "junk"}).days == TimeRange(DAY, DAY + 1)
    decision = Draft.read(DECIDED)
    assert (decision.metric, decision.percent, decision.check) == ("orders", -4.5, np.datetime64("2025-07-01"))


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"first": ""}, "first"),
        ({"first": "2025-6-12"}, "first"),
        ({"first": "2025-02-30"}, "first"),
        ({"first": "NaT"}, "first"),
        ({"first": "0001-01-01"}, "first"),
        ({"first": "20250612xx"}, "first"),
        ({"first": "2025-W10-1"}, "first"),
        ({"last": "2025-06-11"}, "last"),
        ({"last": "2125-06-11"}, "last"),
        ({"kind": "x"}, "kind"),
        ({"text": " \n "}, "text"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "text"),
        ({"metric": "profit"}, "metric"),
        ({"check": ""}, "check"),
        ({"check": "2025-06-12"}, "check"),
        ({"check": "2199-06-12"}, "check"),
        ({"direction": "left"}, "direction"),
        ({"percent": "nan"}, "percent"),
        ({"percent": "inf"}, "percent"),
        ({"percent": "0"}, "percent"),
        ({"percent": "-3"}, "percent"),
        ({"percent": "101"}, "percent"),
        ({"percent": "1e9", "direction": "up"}, "percent"),
        ({"percent": ""}, "percent"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(wrong: dict[str, str], where: str) -> None:
    with pytest.raises(RequestError) as refused:
        Draft.read(DECIDED | wrong)
    assert refused.value.where == where
