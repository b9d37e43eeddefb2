"""The benchmark of truth: every subject is measured, and a target may have two sides."""

from __future__ import annotations

import pytest

from tests.benchmarks.results import found
from tests.benchmarks.truth import gates
from tests.processes import ROOT


def test_every_subject_is_measured() -> None:
    modules = {path.stem for path in (ROOT / "tests" / "benchmarks" / "truth").glob("*.py")}
    assert {name for name in modules if not name.startswith("__")} - {"gates"} == set(gates.NAMES)


def test_an_unknown_subject_is_named() -> None:
    with pytest.raises(SystemExit, match="No subject is called weather; there are forecast"):
        next(gates.measure(("weather",)))


@pytest.mark.parametrize(
    ("bounds", "target", "met"),
    [
        ({}, "", None),
        ({"at_most": 3}, "≤ 3", True),
        ({"at_least": 3}, "≥ 3", False),
        ({"at_least": 1, "at_most": 3}, "1 to 3", True),
        ({"at_least": 2.5, "at_most": 3}, "2.5 to 3", False),
    ],
)
def test_a_target_has_one_side_or_two(bounds: dict[str, float], target: str, met: bool | None) -> None:
    result = found("anything", 2, "%", **bounds)
    assert (result["target"], result["met"]) == (target, met)


def test_no_number_misses_its_target() -> None:
    assert found("anything", float("nan"), "%", at_most=3)["met"] is False
