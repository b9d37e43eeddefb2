"""The words that people see: all of them in the catalogue, and the catalogue complete in every language."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from analytics.language import ENGLISH, LANGUAGES, Counted, Message, entries, fill, in_language, places_of, translated

pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).resolve().parent.parent
OTHERS = [code for code in LANGUAGES if code != ENGLISH]
FIGURES = ("figures", "figures/marks", "figures/topics", "figures/sides")
ROOMS = ("page", "page/bar", "page/menus", "components", "text", *FIGURES)


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("messages", str(ROOT / "scripts" / "messages"))
    spec = importlib.util.spec_from_loader("messages", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def used(messages: ModuleType) -> dict[str, tuple[str, ...]]:
    return dict(messages.used())


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_translated_no_translation_is_unused_and_the_file_is_as_the_script_writes_it(
    messages: ModuleType, used: dict[str, tuple[str, ...]], code: str
) -> None:
    """Whoever writes a new sentence runs scripts/messages and fills in what is missing."""
    assert messages.faults(used, code) == []


def test_words_in_a_template_string_are_collected(messages: ModuleType, tmp_path: Path) -> None:
    module = tmp_path / "rows.js"
    module.write_text(
        'label = element(`${_("Sorted by")} `); /* `_("a comment")` */ say("_", gone_("no"), _("Rows", {}));'
    )
    assert set(messages.of_file(module)) == {"Sorted by", "Rows"}


@pytest.mark.parametrize("code", [ENGLISH, *OTHERS])
def test_every_text_is_whole_with_none_one_and_many(code: str) -> None:
    """No place stays open, and no form is lost, whatever the number."""
    faults = []
    for entry in entries("de" if code == ENGLISH else code):
        for number in (0, 1, 2):
            places = dict.fromkeys(places_of(entry.text), Counted(number, f"{number}"))
            said = translated(entry.text, places, code) if places else entry.text
            if places and (set("{}|") & set(said) or not said.strip()):
                faults.append(said)
    assert faults == []


def test_a_value_that_looks_like_a_place_is_only_text() -> None:
    assert fill("{name} sells", {"name": "{other:a|b}"}, "de") == "{other:a|b} sells"
    with in_language("fr"):
        assert str(Message("{name} sells", name="{0.__class__}")).startswith("{0.__class__}")


@cache
def parsed() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of both packages."""
    paths = [path for package in ("analytics", "dashboard") for path in sorted((ROOT / package).rglob("*.py"))]
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)


def bound(function: ast.FunctionDef) -> Iterator[int]:
    """Where a function uses the name `_` for something else, and yet calls it: its translation would be a defect."""
    inside = list(ast.walk(function))
    calls = [n for n in inside if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "_"]
    given = function.args
    names = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    stored = [n for n in inside if isinstance(n, ast.Name) and n.id == "_" and isinstance(n.ctx, ast.Store)]
    if calls and ("_" in names or stored):
        yield function.lineno


@pytest.mark.long
def test_no_function_uses_the_name_of_the_translation_for_something_else() -> None:
    found = [
        f"{name}:{line}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for line in bound(node)
    ]
    assert found == []


def at_import(tree: ast.Module) -> Iterator[int]:
    """Calls of `_` outside functions: they would freeze the language of whoever started the process."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield node.lineno
        waiting += ast.iter_child_nodes(node)


def test_strings_at_import_time_do_not_freeze_one_language() -> None:
    found = [f"{name}:{line}" for name, tree in parsed() for line in at_import(tree)]
    assert found == []


def test_questions_write_no_language_into_their_answers() -> None:
    """An answer is kept for viewers of every language: its notes are messages, made with N_."""
    found = [
        path.relative_to(ROOT).as_posix()
        for room in ("questions", "methods", "engines")
        for path in (ROOT / "analytics" / room).rglob("*.py")
        if re.search(r"(?<![\w.])_\(\s*[\"f]", path.read_text("utf-8"))
    ]
    assert found == []


# Sentences that are the same in every language, or that no viewer sees, by the file in which they stand.
NOT_TRANSLATED: dict[str, tuple[str, ...]] = {}


WORDS = re.compile(r"[A-Z][a-z']+(?: [a-z'’-]+[,.:…]?){2,}.*", re.DOTALL)


def sentences(path: Path) -> Iterator[str]:
    """Texts of a module that read like words for people and are not given to `_` or `N_`: three words or more that
    begin with a capital, outside docstrings, logs and errors of the program."""
    tree = ast.parse(path.read_text("utf-8"))
    silent: set[ast.AST] = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_silent(node.func):
            silent.update(ast.walk(node))
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and node not in silent else None
        if isinstance(text, str) and WORDS.fullmatch(text) and "<" not in text:
            yield text


def _is_silent(called: ast.expr) -> bool:
    """Whether what it is called with is no text for a viewer, or is translated."""
    if isinstance(called, ast.Attribute):
        return _says(called.value) == "log"
    return _says(called) in {"_", "N_", "ValueError", "TypeError", "RuntimeError"}


def _says(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_for_people_is_outside_the_catalogue(room: str) -> None:
    found = {
        path.name: [text for text in sentences(path) if text not in NOT_TRANSLATED.get(path.name, ())]
        for path in sorted((ROOT / "dashboard" / room).glob("*.py"))
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_no_sentence_of_the_browsers_modules_is_outside_the_catalogue() -> None:
    outside = {}
    for path in sorted((ROOT / "assets" / "js").glob("*.js")):
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
        texts = re.findall(r'(?<!\b_\()"((?:[^"\\\n]|\\.)*)"', code)
        if found := [text for text in texts if WORDS.fullmatch(text.strip())]:
            outside[path.name] = found
    assert outside == {}


def test_what_is_wrong_with_a_toml_is_in_the_catalogue() -> None:
    """Screens show why a data set cannot be read, in the language of whoever looks."""
    outside = []
    for path in (ROOT / "analytics").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in ("fail", "_wrong", "CatalogError"):
                first = int(name != "CatalogError")  # what comes before is the key
                told = [*call.args[first:], *(k.value for k in call.keywords if k.arg != "where")]
                plain = [t for t in told if isinstance(t, ast.JoinedStr) or (isinstance(t, ast.Constant) and t.value)]
                outside += [f"{path.relative_to(ROOT)}:{text.lineno}" for text in plain]
    assert outside == []


def test_french_marks_stand_after_a_narrow_no_break_space() -> None:
    """Before ; : ? ! after a word or a place; not in times, addresses and formats, nor in the forms of a place."""
    for entry in entries("fr"):
        said = re.sub(r"\{[^{}]*\}", "x", entry.translation)
        said = re.sub(r'"[^"]*"|https?://|\d:\d|\b(?:mail|hook):…', "", said)
        assert not re.search(r"(?<!\u202f)[;:?!]", said), entry.translation


def test_french_ratings_are_not_called_as_notes_are() -> None:
    """In English "Notes" are written by people, and "Ratings" are given by customers."""
    for entry in entries("fr"):
        if re.search(r"\brat(ings?|ed)\b", entry.text, re.IGNORECASE):
            assert not re.search(r"\bnot(e|é)e?s?\b", entry.translation, re.IGNORECASE), entry.translation
