"""The statements of a bundle, and those of them that are needed.

What a bundler (esbuild) writes is a list of statements: each declares a module of the library, functions or variables,
and names those that it uses. `needed` keeps what can be reached from statements that declare nothing. A module is
used where it is called, `name()`; until then the variables that are declared with it have no values. Any other name
counts wherever it occurs, even where it is a local one: more may be kept than is needed, but never less.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|//[^\n]*|/\*.*?\*/)|(?P<text>[/`])|(?P<mark>[()\[\]{};,])""", re.DOTALL
)
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/")
# A slash after a value divides; elsewhere a regular expression begins with it.
_NO_VALUE = re.compile(r"(?:[(,=:\[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete)|\A)\s*\Z")
_DECLARATION = re.compile(r"\s*(var|let|const|(?:async\s+)?function\*?|class)\b")
_DECLARED = re.compile(r"\s*([A-Za-z_$][\w$]*)(?:=([\w$]+)\()?")
_ADDITION = re.compile(r"\s*[\w$]+\(([\w$]+),\{")  # what a module exports is added to its name
_USED = re.compile(r"(?:\.\.\.|(?<![.\w$]))([A-Za-z_$][\w$]*(?:\(\))?)")
_WRAPPER = re.compile(r"[\s,]([\w$]+)=\((?:[\w$]+,)+[\w$]+\)=>\(\)=>")  # makes a module of a function that runs once
_BEGINNING = 10_000  # characters that hold the wrappers
VARIABLES = ("var", "let", "const")


@dataclass(frozen=True)
class Statement:
    """A statement's text and the names that it declares, those of modules as they are called, `name()`; none where it
    does something by itself."""

    text: str
    names: tuple[str, ...]


def statements(code: str) -> list[Statement]:
    """The statements of a list, in their order. ValueError where its brackets do not match."""
    wrappers = set(_WRAPPER.findall(code[:_BEGINNING]))
    return [_statement(text, commas, wrappers) for text, commas in _split(code)]


def needed(found: Sequence[Statement]) -> list[Statement]:
    """Those that a statement without names uses, or one that is used itself, in their order."""
    homes: dict[str, list[int]] = defaultdict(list)
    for i, statement in enumerate(found):
        for name in statement.names:
            homes[name].append(i)
    todo = [i for i, statement in enumerate(found) if not statement.names]
    kept: set[int] = set()
    while todo:
        i = todo.pop()
        if i not in kept:
            kept.add(i)
            used = _USED.findall(found[i].text)
            for name in homes.keys() & {*used, *(name.removesuffix("()") for name in used)}:
                todo += homes[name]
    return [found[i] for i in sorted(kept)]


def _split(code: str) -> Iterator[tuple[str, list[int]]]:
    """Each statement's text, and where in it the commas are that stand in no bracket, or rather what follows them."""
    depth = start = 0
    commas: list[int] = []
    for mark, at in _marks(code):
        depth += (mark in "([{") - (mark in ")]}")
        if depth < 0:
            raise ValueError(f"a bracket closes at {at} that was never opened")
        if depth == 0 and mark == ",":
            commas.append(at - start)
        elif depth == 0 and (mark == ";" or (mark == "}" and _is_body(code, start))):
            yield code[start:at], commas
            start, commas = at, []
    if depth:
        raise ValueError("a bracket is never closed")
    if code[start:].strip():
        yield code[start:], commas


def _marks(code: str) -> Iterator[tuple[str, int]]:
    """Brackets, commas and semicolons outside of texts, each with the position after it."""
    templates: list[bool] = []  # of each brace that is open: whether it stands in a template
    at = 0
    while token := _TOKEN.search(code, at):
        at, mark = token.end(), token.group()
        if mark == "/":
            at = _after_slash(code, token.start())
        elif mark == "`" or (mark == "}" and templates and templates.pop()):
            if mark == "}":
                yield mark, at
            rest = _TEMPLATE.match(code, at)
            if rest is None:
                raise ValueError(f"a template is never closed at {at}")
            at = rest.end()
            if rest[1] == "${":
                templates.append(True)
                yield "{", at
        elif token["mark"]:
            if mark == "{":
                templates.append(False)
            yield mark, at


def _after_slash(code: str, start: int) -> int:
    """The end of the regular expression that begins at a slash, or of the slash."""
    pattern = _NO_VALUE.search(code, max(0, start - 12), start) and _PATTERN.match(code, start)
    return pattern.end() if pattern else start + 1


def _is_body(code: str, start: int) -> bool:
    """Whether the statement is a function or a class, which ends without a semicolon."""
    kind = _DECLARATION.match(code, start)
    return bool(kind and kind[1] not in VARIABLES)


def _statement(text: str, commas: Sequence[int], wrappers: set[str]) -> Statement:
    if addition := _ADDITION.match(text):
        return Statement(text, (addition[1],))
    kind = _DECLARATION.match(text)
    if kind is None:
        return Statement(text if text.strip("; \n") else "", ())
    starts = [kind.end(), *(commas if kind[1] in VARIABLES else ())]
    names = [name for at in starts if (name := _DECLARED.match(text, at))]
    if len(names) < len(starts):
        return Statement(text, ())  # it takes an object or a list apart, and stays, whatever its names
    modules = tuple(f"{name[1]}()" for name in names if name[2] in wrappers)
    return Statement(text, modules or tuple(name[1] for name in names))
