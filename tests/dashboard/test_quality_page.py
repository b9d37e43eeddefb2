"""The quality page: findings with what to do, the lines of their examples, and buttons for who may change the data."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from analytics import store as stores
from analytics.loading.catalog import load
from analytics.loading.ingest import ingest
from analytics.quality import Finding
from dashboard.answers.service import Service
from dashboard.answers.viewers import ANONYMOUS, OPERATOR, Viewer
from dashboard.text.quality_words import EFFECTS, FIXES, advice, asks, label_of
from dashboard.uploads.fixes import NAMES
from dashboard.web.quality import Editing
from tests.analytics.shop import FIELDS, declared, toml
from tests.dashboard.conftest import NoCache, routes
from tests.processes import ROOT

ROWS = (
    "order,day,item,pieces,total,who\n"
    "1,2024-01-05,Tea,2,9.00,ida\n1,2024-01-05,Cup,1,4.00,ida\n2,2024-01-06,Tea,1,4.50,\n2,2024-01-06,Tea,1,4.50,\n"
    "3,nonsense,Tea,1,4.50,<b>jo</b>\n4,2024-01-07,Tea,-1,-4.50,ida\n"
)
DATED = FIELDS.replace('"day"', '{ column = "day", format = "%Y-%m-%d" }')


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop.csv").write_text(ROWS)
    ingest(
        load(declared(tmp_path, toml(fields=DATED, more='[cleaning]\ninvalid_rows = "drop"\n'))),
        tmp_path,
        tmp_path / "store",
    )
    return tmp_path / "store"


def page(root: Path, query: str = "", viewer: Viewer = ANONYMOUS, may: Editing | None = None) -> str:
    flask = routes(Service(root, NoCache()), viewer, editing=lambda _: may or Editing())
    return html.unescape(flask.test_client().get(f"/quality/shop{query}").get_data(as_text=True))


def test_each_finding_opens_the_orders_of_its_examples(root: Path) -> None:
    findings = {f.reason: f for f in stores.open(root, "shop").quality.findings}
    assert findings["exact_duplicate"].opens == ["order_id=2"]
    assert findings["refund"].opens == ["order_id=4"]
    assert findings["no_customer"].opens == ["order_id=2", "order_id=2"]
    assert findings["bad_ordered_at"].opens == [""], "no line was made of it"


def test_the_page_says_what_to_do_and_shows_lines(root: Path) -> None:
    shown = page(root)
    assert "6 rows read from 1 file, 1 left out. Order lines: 5, refunds included." in shown
    for finding in stores.open(root, "shop").quality.findings:
        assert advice(finding) in shown
    assert "Ordered at: " in shown
    assert "nonsense" not in shown
    assert "shop.csv:6" in shown
    assert shown.count("<td>Cup</td>") == 0
    opened = page(root, "?show=no_customer:0")
    assert opened.count("<td>Tea</td>") == 2
    assert "2 lines" in opened
    assert "/lines.csv?data=shop&order_id=2" in opened
    assert "/lines.csv" not in page(
        root, "?show=no_customer:0", Viewer("rita", OPERATOR.policy, rights=frozenset(["view"]))
    )
    assert "nonsense" in page(root, viewer=OPERATOR)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("show", ["x", "refund:9", "refund:-1", "%00", "<script>", ":" * 500, "bad_ordered_at:0"])
def test_nothing_else_opens(root: Path, show: str) -> None:
    assert page(root, f"?show={show}") == page(root)


def test_buttons_are_for_who_may_change_the_data(root: Path) -> None:
    assert "data-fix" not in page(root)
    assert "data-undo" not in page(root, may=Editing(change=True))
    shown = page(root, may=Editing(change=True, undo=True))
    assert set(re.findall('data-fix="([a-z_]+)"', shown)) == {"drop_copies", "as_sales", "drop_refunds"}
    known = page(root, may=Editing(change=True, platform=True))
    assert set(re.findall('data-fix="([a-z_]+)"', known)) == {"drop_copies"}, "a platform tells what a refund is"
    assert 'data-undo="shop"' in shown


def test_every_button_has_a_change_and_every_finding_words() -> None:
    assert {fix for _, _, fix, _ in FIXES} | {"drop_invalid"} == NAMES
    assert {effect for _, effect, _, _ in FIXES} <= set(EFFECTS)
    assert label_of(Finding("bad_ordered_at", "ordered_at: no date", "left out", 1)) == "Ordered at: no date"
    assert "keep" in advice(Finding("exact_duplicate", "", "left out", 1))
    assert "leave copies out" in advice(Finding("exact_duplicate", "", "noticed", 1))
    assert label_of(Finding("far_date", "lines of 2024-03-01 to 2024-12-31, not 2024-13-99", "noticed", 1)) == (
        "Lines of 1 Mar 2024 to 31 Dec 2024, not 2024-13-99"
    )
    assert label_of(Finding("blank_row", "blank rows", "left out", 1)) == "Blank rows"


def test_each_reason_in_the_code_has_advice() -> None:
    code = "".join(p.read_text("utf-8") for p in (ROOT / "analytics").rglob("*.py"))
    added = re.findall(r'quality\.add\(\s*f?"([a-z_]+)', code)
    left_out = re.findall(r'\.left_out\([\w()~]+, f?"([a-z_]+)"', code)
    assert len({*added, *left_out}) > 25
    findings = [Finding(r + "x" * r.endswith("_"), "", "noticed", 1) for r in (*added, *left_out)]
    without = {finding.reason for finding in findings if not advice(finding)}
    assert not without, "say in dashboard/text/quality_words.py what to do about them"
    in_browser = {finding.reason: advice(finding, in_browser=True) for finding in findings}
    assert not {reason: text for reason, text in in_browser.items() if re.search(r"[][={}]|TOML|data_until", text)}


def test_what_asks_for_nothing_is_folded(root: Path) -> None:
    shown = page(root)
    quiet = [f for f in stores.open(root, "shop").quality.findings if not asks(f)]
    assert shown.count("<details") == (1 if quiet else 0)
    refunds = Finding("refund", "", "noticed", 1)
    assert (asks(refunds), asks(refunds, platform=True)) == (True, False)
    assert not asks(Finding("filled_down", "", "changed", 1))


def test_a_data_set_that_is_not_there_is_told(root: Path) -> None:
    flask = routes(Service(root, NoCache()))
    answer = flask.test_client().get("/quality/nothing")
    assert answer.status_code == 404
    assert "unknown data set" in answer.get_data(as_text=True)
