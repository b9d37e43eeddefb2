"""A short run of the load: faults and a swap of data under many users change no number and lose no request."""

from __future__ import annotations

import shutil

import pytest

from tests.benchmarks import load


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.redis
def test_no_number_is_wrong_and_no_request_is_lost_under_load_and_faults() -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed; make test installs it where it can")
    outcome = load.run(seconds=12, users=4, lines=20_000)
    assert outcome.wrong == []
    assert outcome.refused == []
    assert outcome.unexcused == []
    assert outcome.stuck == 0
    assert outcome.known > 0
    assert len(outcome.versions) == 2, "answers of both states of the data are seen"
