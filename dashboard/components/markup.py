"""Trees of Dash's html components as HTML text, every word of them escaped: what the client puts into a card or the bar
at once, where Dash would keep each component in its own state; and what a report holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from typing import Any

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup, escape

from analytics.language import Message

NAMES = {"className": "class", "htmlFor": "for"}
_NO_WORDS = frozenset({int, float, bool, str, type(None)})
VOID = {"br", "hr", "img", "input"}
PLAIN_TAGS = {"Button": "span", "A": "span"}  # controls become plain text
PLAIN_ATTRIBUTES = {"className", "style"}
LONGEST_HEAD = 240  # characters: two lines of a printed page
_NOT_PLAIN = re.compile(r"""[\x00-\x1f\x7f"'\\<>&{};\ud800-\udfff]""")


def markup(node: Any) -> Markup:
    """A component, a text, a number, HTML that is one already, None, or a list of them. TypeError for a component that
    is not of dash.html."""
    return Markup("".join(_parts(node, plain=False)))


def plain_markup(node: Any) -> Markup:
    """The same for paper: no buttons, no links, no attributes but classes and styles."""
    return Markup("".join(_parts(node, plain=True)))


def in_words(node: Any) -> Any:
    """The same tree of components, dicts and lists with every message in it written in the language of the viewer: what
    becomes JSON, which would hold the English."""
    if isinstance(node, Message):
        return str(node)
    if isinstance(node, dict):
        return {name: in_words(value) for name, value in node.items()}
    if isinstance(node, list | tuple):
        return node if all(type(each) in _NO_WORDS for each in node) else [in_words(each) for each in node]
    if isinstance(node, Component):
        made = copy(node)
        for name, value in node.to_plotly_json()["props"].items():
            setattr(made, name, in_words(value))
        return made
    return node


def embedded_json(text: str) -> Markup:
    """JSON that may stand inside a script element: no text of the data can end it."""
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def css_string(text: str, longest: int = LONGEST_HEAD) -> str:
    """The text as a string of CSS, cut to `longest` characters: nothing in it can end the string, or an element."""
    short = text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
    inside = _NOT_PLAIN.sub(lambda found: f"\\{ord(found[0]):x} ", short)
    return f'"{inside}"'


def _parts(node: Any, plain: bool) -> Iterator[str]:
    if isinstance(node, list | tuple):
        for child in node:
            yield from _parts(child, plain)
    elif isinstance(node, Component):
        kind = type(node).__name__
        if type(node) is not getattr(html, kind, None):
            raise TypeError(f"markup can hold html components, not {kind}")
        tag = (PLAIN_TAGS.get(kind) if plain else None) or kind.lower()
        yield f"<{tag}{''.join(_attributes(node, plain))}>"
        if tag not in VOID:
            yield from _parts(getattr(node, "children", None), plain)
            yield f"</{tag}>"
    elif node is not None:
        yield escape(node)


def _attributes(node: Component, plain: bool) -> Iterator[str]:
    for name, value in _props(node):
        if name == "children" or value is None or value is False or (plain and name not in PLAIN_ATTRIBUTES):
            continue
        if name == "style":
            value = ";".join(f"{_dashed(k)}:{v}" for k, v in value.items())
        written = NAMES.get(name, name.lower())
        yield f" {written}" if value is True else f' {written}="{escape(value)}"'


def _props(node: Component) -> Iterator[tuple[str, Any]]:
    """What `to_plotly_json` finds, in its order; that looks each name up in ways that fail slowly."""
    given = vars(node)
    yield from ((name, given[name]) for name in node._prop_names if name in given)
    wild = tuple(node._valid_wildcard_attributes)
    yield from ((name, value) for name, value in given.items() if name.startswith(wild))


def _dashed(name: str) -> str:
    """maskImage → mask-image; --part stays."""
    return name if name.startswith("--") else "".join(f"-{c.lower()}" if c.isupper() else c for c in name)
