"""Conventions of the code that no linter checks: sizes of rooms and functions, conditional expressions, documents."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.processes import ROOT

pytestmark = pytest.mark.no_cover

PACKAGES = ("analytics", "dashboard")
MOST_MODULES = 12  # a room with more is two rooms
MOST_LINES = 60  # a longer function says why: `# long: …` on its first line
README_LINES = 150

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def long_functions() -> Iterator[str]:
    """Functions of more than MOST_LINES lines without `# long: …` on the line of their `def`."""
    yield from (found for kind, found in _parsed() if kind == "long")


def nested_conditionals() -> Iterator[str]:
    """Conditional expressions directly inside another one, as in `a if b else c if d else e`."""
    yield from (found for kind, found in _parsed() if kind == "nested")


@cache
def _parsed() -> list[tuple[str, str]]:
    """Both, from one look at every module: parsing them all takes seconds."""
    found = []
    for path in MODULES:
        text = path.read_text().splitlines()
        for node in ast.walk(ast.parse("\n".join(text))):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > MOST_LINES and "# long: " not in text[node.lineno - 1]:
                    found.append(("long", f"{place(path, node.lineno)} {node.name}: {length} lines"))
            elif isinstance(node, ast.IfExp):
                parts = (node.test, node.body, node.orelse)
                if any(isinstance(part, ast.IfExp) for part in parts):
                    found.append(("nested", place(path, node.lineno)))
    return found


def crowded_rooms() -> Iterator[str]:
    """Packages of more than MOST_MODULES modules; `__init__` and `__main__` are not counted, nor migrations: they are a
    sequence that only grows."""
    counted = [path for path in MODULES if not path.name.startswith("__") and path.parent.name != "versions"]
    rooms = Counter(path.parent.relative_to(ROOT) for path in counted)
    yield from (f"{room}: {modules} modules" for room, modules in sorted(rooms.items()) if modules > MOST_MODULES)


@pytest.mark.parametrize("check", [long_functions, nested_conditionals, crowded_rooms])
def test_code_follows_the_convention(check: Callable[[], Iterator[str]]) -> None:
    assert not (found := list(check())), "\n".join(found)


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    targets = [link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    for name, _, anchor in targets:
        target = (document.parent / name).resolve() if name else document
        assert target.exists(), f"{document.name} links to {name}, which does not exist"
        if anchor:
            assert anchor in _anchors(target.read_text()), f"{document.name} links to {name}#{anchor}"


def _anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as repository hosts make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_no_place_of_one_machine_and_no_package_registry(document: Path) -> None:
    text = document.read_text()
    assert not re.findall(r"(?<![\w.:/])/(?:home|root|work|Users)/\S*", text)
    assert not re.findall(r"\b(?:pypi|pythonhosted|npmjs|conda)\.\w+", text)


def test_every_file_and_folder_that_the_documents_name_exists() -> None:
    named = re.compile(r"`((?:analytics|dashboard|assets|tests|scripts|docs)/[\w/.-]*)`")
    for document in DOCUMENTS:
        for name in named.findall(document.read_text()):
            assert (ROOT / name).exists(), f"{document.name} names {name}, which does not exist"


# Of a document as its reader tries it: names and where they are, what is run.
NAMED_IN = re.compile(
    r"`([A-Za-z_][\w.]*)(?:\([^`]*)?` (?:in|of) `((?:analytics|dashboard|assets|tests)/[\w/]+\.(?:py|js))`"
)
CODE_SPAN = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?`")
MODULE = re.compile(r"python -m ([\w.]+)")
GUIDES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]


def test_names_are_in_the_files_in_which_the_documents_say_they_are() -> None:
    for document in DOCUMENTS:
        for name, file in NAMED_IN.findall(document.read_text()):
            for part in name.split("."):
                known = (ROOT / file).stem == part or re.search(rf"\b{part}\b", (ROOT / file).read_text())
                assert known, f"{document.name} says that {name} is in {file}"


def test_the_guides_name_only_what_the_code_has() -> None:
    folders = ("analytics", "dashboard", "data", "tests", "assets/js")
    code = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".js", ".toml"))
    words = {word for path in code if path != Path(__file__) for word in re.findall(r"\w+", path.read_text())}
    words |= {*re.findall(r"\w+", (ROOT / "pyproject.toml").read_text())}
    for guide in GUIDES:
        for name in CODE_SPAN.findall(re.sub(r"```.*?```", "", guide.read_text(), flags=re.DOTALL)):
            assert {*name.split(".")} <= words or (ROOT / name).exists(), f"{guide.name} names {name}"


def test_what_the_documents_have_run_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        text = document.read_text()
        commands = "\n".join([*re.findall(r"`([^`\n]+)`", text), *re.findall(r"```sh\n(.*?)```", text, re.DOTALL)])
        assert {*re.findall(r"^make ([a-z-]+)", commands, re.MULTILINE)} <= targets, document.name
        for name in {*MODULE.findall(text)} - {"pytest", "venv", "pip"}:
            place = ROOT / name.replace(".", "/")
            assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), f"{document.name}: {name}"
