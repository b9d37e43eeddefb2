"""The page on which administrators see and change what each group may see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup

from analytics.errors import RequestError
from dashboard.administration.policy_file import PolicyFile, digest_of, versions
from dashboard.administration.preview import MOST_COUNTED, preview
from dashboard.answers.service import Service
from dashboard.company import audit, policies
from tests.dashboard.conftest import NoCache
from tests.dashboard.test_viewers import SECRET
from tests.login.conftest import OWN_PAGE, POLICIES, Company

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def as_it_was(company: Company) -> Iterator[None]:
    yield
    (company.folder / "policies.toml").chmod(0o644)
    (company.folder / "policies.toml").write_text(POLICIES)


def sent(web: FlaskClient, do: str, text: str, digest: str = "") -> tuple[int, str]:
    """What comes of the form, with the digest that the page holds."""
    page = web.get("/policies").get_data(as_text=True)
    held = re.search(r'name="digest" value="(\w*)"', page)
    assert held is not None
    data = {"do": do, "text": text.replace("\n", "\r\n"), "digest": digest or held[1]}
    answer = web.post("/policies", data=data, headers=OWN_PAGE)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_page_says_what_each_group_sees(company: Company) -> None:
    page = Markup(company.signed_in("root").get("/policies").get_data(as_text=True)).unescape()
    assert POLICIES.strip() in page
    web, readers = page.index("<strong>web</strong>"), page.index("<strong>readers</strong>")
    assert web < readers, "in the order of the file: the first one counts"
    assert "Channel: web" in page[web:readers]
    assert "Shop: 100 of 200" in page[web:readers]
    assert "without events, stock: these conditions cannot limit them" in page[web:readers]
    assert "cost" in page[web:readers]
    assert "Shop: all 200" in page[readers:]
    assert "<strong>Everybody else</strong>" in page[readers:]


def test_what_is_mistyped_is_told_before_it_holds(company: Company) -> None:
    root = company.signed_in("root")
    text = '[groups.a]\nonly = { channel = ["wep"] }\nhidden = ["kost"]\ndata = ["shop", "shpo"]\n'
    status, page = sent(root, "check", text)
    assert status == 200
    assert "No row has channel = wep." in page
    assert "No data set has a field kost to hide." in page
    assert "There is no data set shpo." in page
    assert "Shop: 0 of 200" in page
    assert (company.folder / "policies.toml").read_text() == POLICIES
    assert versions(company.state) == []
    for wrong in ("[groups.a\n", "[groups.a]\nrights = ['fly']\n", '[groups.a]\nonly = { amount = ["3"] }\n'):
        assert sent(root, "check", wrong)[0] == 400


def test_a_change_holds_at_once_and_what_stood_there_is_kept(company: Company) -> None:
    root, rita = company.signed_in("root"), company.signed_in("rita")
    assert rita.get("/lines.csv?data=shop").status_code == 403
    new = POLICIES + 'rights = ["view", "export"]\n'
    assert sent(root, "save", new)[0] == 303
    assert (company.folder / "policies.toml").read_text() == new, "line ends are those of a file"
    assert rita.get("/lines.csv?data=shop").status_code == 200
    kept = versions(company.state)
    assert [(v.who, v.text) for v in kept[:2]] == [("root", new), ("the file", POLICIES)]
    assert audit.entries(company.state, who="root", limit=1)[0].action == "changed the policies"
    page = Markup(root.get(f"/policies?version={kept[1].id}").get_data(as_text=True)).unescape()
    assert POLICIES.strip() in page
    assert "takes effect only if you save it" in page
    assert sent(root, "save", POLICIES)[0] == 303
    assert rita.get("/lines.csv?data=shop").status_code == 403
    assert [v.who for v in versions(company.state)[:3]] == ["root", "root", "the file"], (
        "what is known is not kept twice"
    )
    for version in ("999999", "x", "-1"):
        assert root.get(f"/policies?version={version}").status_code == 400


def test_a_file_that_a_restart_brought_back_is_told(company: Company) -> None:
    """Where disks do not last, what was taken from a group would come back without a word."""
    root = company.signed_in("root")
    assert sent(root, "save", POLICIES + "# narrower\n")[0] == 303
    assert "differs from what" not in root.get("/policies").get_data(as_text=True)
    (company.folder / "policies.toml").write_text(POLICIES)
    assert "differs from what" in root.get("/policies").get_data(as_text=True)


def test_of_two_who_change_it_at_once_one_is_told(company: Company) -> None:
    root = company.signed_in("root")
    stale = digest_of(POLICIES)
    assert sent(root, "save", POLICIES + "# mine\n")[0] == 303
    status, page = sent(root, "save", POLICIES + "# yours\n", stale)
    assert status == 400
    assert "has changed since you opened this page" in page
    assert "# yours" in page, "what was typed is not lost"
    assert (company.folder / "policies.toml").read_text().endswith("# mine\n")


def test_who_saves_cannot_lock_themselves_out(company: Company) -> None:
    root = company.signed_in("root")
    status, page = sent(root, "save", '[groups.administrators]\nrights = ["view"]\n')
    assert status == 400
    assert "take your own administrator rights" in page
    assert root.get("/policies").status_code == 200


def test_a_wrong_text_is_not_saved(company: Company) -> None:
    root = company.signed_in("root")
    for wrong in ("[groups.a\n", "[groups.a]\nright = 'view'\n", "x" * 300_000):
        assert sent(root, "save", wrong)[0] == 400
    assert (company.folder / "policies.toml").read_text() == POLICIES


def test_a_file_that_is_wrong_can_be_mended_here(company: Company) -> None:
    (company.folder / "policies.toml").write_text("[groups.web\n")
    root = company.signed_in("root")
    page = root.get("/policies").get_data(as_text=True)
    assert "not TOML" in page
    assert "[groups.web" in page
    assert sent(root, "save", POLICIES)[0] == 303


def test_it_is_read_only_with_the_reason_where_it_cannot_be_written(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.administration.policy_file.os.access", lambda *_: False)  # root may write anything
    root = company.signed_in("root")
    page = root.get("/policies").get_data(as_text=True)
    assert "may not write policies.toml" in page
    assert " readonly" in page
    assert 'value="save"' not in page
    assert sent(root, "save", POLICIES + "# x\n")[0] == 400
    assert (company.folder / "policies.toml").read_text() == POLICIES
    assert "STORESIGHT_POLICIES" in PolicyFile(None).why_not()


def test_a_disk_that_is_full_leaves_the_file_and_the_history_as_they_were(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = versions(company.state)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dashboard.administration.policy_file.write_text", full)
    status, page = sent(company.signed_in("root"), "save", POLICIES + "# x\n")
    assert status == 400
    assert "No space left on device" in page
    assert versions(company.state) == before


def test_who_may_read_the_file_stays_so(company: Company, tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "policies.toml"
    real.write_text(POLICIES)
    real.chmod(0o600)
    link.symlink_to(real)
    PolicyFile(link).save(company.state, POLICIES + "# x\n", digest_of(POLICIES), "root", ["administrators"])
    assert link.is_symlink()
    assert real.read_text().endswith("# x\n")
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["policies.toml", "real.toml"]
    with pytest.raises(RequestError, match="has changed"):
        PolicyFile(link).save(company.state, POLICIES, digest_of(POLICIES), "root", ["administrators"])


def test_text_is_shown_as_text(company: Company) -> None:
    evil = '[groups."<script>x</script>"]\nonly = { channel = ["</textarea><b>"] }\n'
    page = sent(company.signed_in("root"), "check", evil)[1]
    assert "<script>x" not in page
    assert "</textarea><b>" not in page


def test_only_administrators_see_it(company: Company) -> None:
    for name in ("wendy", "rita", "nora"):
        web = company.signed_in(name)
        answer = web.get("/policies")
        assert answer.status_code == 403
        assert SECRET not in answer.get_data(as_text=True)
        assert web.post("/policies", data={"do": "save", "text": ""}, headers=OWN_PAGE).status_code == 403
    assert (company.folder / "policies.toml").read_text() == POLICIES


@pytest.mark.long
def test_many_groups_are_listed_and_some_are_counted(company: Company) -> None:
    text = "".join(f'[groups.g{n}]\nonly = {{ channel = ["web"] }}\n' for n in range(MOST_COUNTED + 5))
    found = preview(Service(company.settings.store, NoCache()), policies.read_text(text, "x"))
    seen = [one for group in found for one in group.seen]
    assert sum(one.orders == 100 for one in seen) == MOST_COUNTED - 1, "administrators come first"
    assert sum(one.why == "not counted here" for one in seen) == 6
