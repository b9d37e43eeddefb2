"""Requests of all kinds with and without a session, by links, with a token and with somebody else's eyes: none makes
the server fail, none shows what is hidden or belongs to others, none changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.sharing import wrong
from tests.login.conftest import Company
from tests.login.fuzzing import Attack, furnish

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

REQUESTS = 500  # every fifth by a link; python -m tests.benchmarks.fuzz sends more


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, quick_hashes: None) -> Company:
    """Everything that a company may have switched on."""
    return made(tmp_path_factory.mktemp("company"))


def made(folder: Path) -> Company:
    """A company that can send mail, with people of several groups and things of their administrator."""
    found = Company(folder, smtp="smtp://127.0.0.1:9", mail_from="a@example.org", url="https://shop.example.org")
    (folder / "policies.toml").write_text(
        (folder / "policies.toml").read_text().replace('"export"]', '"export", "targets"]', 1)
    )
    for name, *groups in (("root", "administrators"), ("wendy", "web", "readers"), ("pia", "publishers"), ("nora",)):
        found.add(name, *groups)
    furnish(found)
    return found


@pytest.mark.long
def test_no_request_makes_the_server_fail_or_shows_what_is_hidden(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong, "MOST_WRONG", 10**9)
    attack = Attack(company, 12)
    for number in range(REQUESTS):
        attack.send(number)
    attack.check()
    assert attack.seen.answered > 15
    assert attack.seen.followed > 1
    assert attack.seen.programs > 5
