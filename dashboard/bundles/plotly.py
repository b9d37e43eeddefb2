"""plotly.js with the kinds of charts that the application draws, cut out of the installed package.

The package holds every kind, maps with their own engine and charts in space among them: 4.8 MB, of which a browser
would have to read all. `python -m data.scripts` writes what is needed, before the application starts or, where
that was left out, while it starts (gunicorn.conf.py). Until it is written the whole of it is served.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from analytics.errors import StoreError
from dashboard.bundles import javascript
from dashboard.bundles.javascript import Statement, needed, statements
from dashboard.bundles.whole_files import write_whole

TRACES = ("scatter", "bar", "box", "heatmap", "choropleth", "scattergeo")  # what figures may be made of
FOLDER = Path(__file__).resolve().parents[2] / "build" / "scripts"
CORE = {"scatter"}  # what the library holds in any case

_LIBRARY = re.compile(r"var Plotly=\(\(\)=>\{")
_END = "})();"
_REGISTERED = re.compile(r"\.register\(\[((?:[\w$]+\(\),?)+)\]\)")
_KIND = re.compile(r'moduleType:"(\w+)",name:"(\w+)"')
_SAME = re.compile(r"\.exports=([\w$]+\(\))\}")


def source() -> Path:
    """plotly.js of the installed package, which is not imported."""
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("plotly is not installed; requirements.txt names it")
    return Path(found.origin).parent / "package_data" / "plotly.min.js"


def file() -> Path:
    """Where the part is written; each release of the package, and of what cuts it, has its own file."""
    return FOLDER / f"plotly-{_release()}.js"


@cache
def _release() -> str:
    ways = "".join(Path(module).read_text("utf-8") for module in (__file__, javascript.__file__))
    return hashlib.blake2b(f"{version('plotly')} {ways}".encode(), digest_size=8).hexdigest()


def made() -> bool:
    """Whether the part is written."""
    return file().is_file()


def script() -> Path:
    """The file that browsers and reports are given: the part, or the whole where it is not written."""
    return file() if made() else source()


def write() -> None:
    """Write the part, unless it is there. A file appears only when it is complete."""
    target = file()
    if target.is_file():
        return
    write_whole(target, cut(source().read_text("utf-8")).encode())


def cut(code: str, traces: tuple[str, ...] = TRACES) -> str:
    """The library with these kinds of traces, and none of its components that are loaded on their own. Its head and its
    licences stay. StoreError where the code is not built as expected, or lacks a kind."""
    begin = _LIBRARY.search(code)
    end = code.rfind(_END)
    if begin is None or end < 0:
        raise _unexpected("the library begins or ends in another way")
    try:
        found = statements(code[begin.end() : end])
    except ValueError as fault:
        raise _unexpected(str(fault)) from fault
    lists = [i for i, statement in enumerate(found) if _REGISTERED.search(statement.text)]
    if len(lists) != 1:
        raise _unexpected(f"{len(lists)} lists of what it registers")
    found[lists[0]] = _registering(found, lists[0], traces)
    kept = "".join(statement.text for statement in needed(found))
    return code[: begin.end()] + kept + code[end:]


def _registering(found: list[Statement], at: int, traces: tuple[str, ...]) -> Statement:
    """The statement that registers all kinds, with these alone."""
    homes = {name: statement.text for statement in found for name in statement.names}
    text, names = found[at].text, found[at].names
    entries = _REGISTERED.search(text)
    every = entries[1].split(",") if entries else []
    of = {kind: entry for entry in every if (kind := _trace(homes, entry))}
    if missing := sorted(set(traces) - CORE - of.keys()):
        raise _unexpected(f"no {', '.join(missing)}")
    wanted = ",".join(of[kind] for kind in traces if kind not in CORE)
    return Statement(_REGISTERED.sub(f".register([{wanted}])", text), names)


def _trace(homes: dict[str, str], name: str) -> str:
    """The kind of traces that a module is; "" for another module."""
    text = homes.get(name, "")
    kind = _KIND.search(text)
    if kind is None and (same := _SAME.search(text)):
        kind = _KIND.search(homes.get(same[1], ""))
    return kind[2] if kind and kind[1] == "trace" else ""


def _unexpected(what: str) -> StoreError:
    return StoreError(
        f"plotly.js is not built as expected: {what}.",
        where=str(source()),
        hint="The whole of it is served; dashboard/bundles/plotly.py cuts the release that requirements.txt names.",
    )
