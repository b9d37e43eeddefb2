"""Each behaviour that people once missed is held by a test that exists."""

from __future__ import annotations

import re
from functools import cache

from tests.browser.behaviours import BEHAVIOURS
from tests.processes import ROOT


@cache
def names_in(file: str) -> frozenset[str]:
    return frozenset(re.findall(r"^def (test_\w+)\(", (ROOT / "tests" / file).read_text("utf-8"), re.MULTILINE))


def test_every_behaviour_has_its_test() -> None:
    places = {behaviour: test.split("::") for behaviour, test in BEHAVIOURS.items()}
    assert [behaviour for behaviour, (file, name) in places.items() if name not in names_in(file)] == []
