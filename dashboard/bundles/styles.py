"""One style sheet: Bootstrap, the icons that are used, and the application's own files.

Bootstrap's icons come as a font of two thousand; here those that are used are masks in the colour of the text.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

SOURCES = Path(__file__).resolve().parents[1]  # modules that name icons
_SYMBOL = re.compile(r'<symbol class="[^"]*" viewBox="([^"]*)" id="([\w-]+)">(.*?)</symbol>', re.DOTALL)
_NAME = re.compile(r'"([a-z0-9-]+)"')
_SAFE = " !$&()*+,-./:;=?@_~'"  # in a text within double quotes
_SHAPE = """.bi::before {
  content: ""; display: inline-block; width: 1em; height: 1em; vertical-align: -0.125em; background: currentColor;
  mask: var(--icon, linear-gradient(#0000, #0000)) center / contain no-repeat; print-color-adjust: exact;
}"""


def package() -> Path:
    """The folder of Bootstrap's files in the installed package, which is not imported."""
    found = importlib.util.find_spec("flask_bootstrap")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("flask_bootstrap is not installed; requirements.txt names bootstrap-flask")
    return Path(found.origin).parent / "static" / "bootstrap5"


def sheet(folder: Path) -> str:
    """The text of all: Bootstrap, icons, and the style sheets of a folder in the order of their names."""
    bootstrap = (package() / "css" / "bootstrap.min.css").read_text("utf-8")
    return "\n".join([bootstrap, icons(), *(file.read_text("utf-8") for file in sorted(folder.glob("*.css")))])


def release(folder: Path) -> str:
    """What changes when the sheet does."""
    changed = [(file.name, file.stat().st_mtime_ns) for file in sorted(folder.glob("*.css"))]
    text = f"{version('bootstrap-flask')} {icons()} {changed}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@cache
def icons() -> str:
    """A rule for each icon whose name is a text of a module: some are never shown, but none is missing."""
    texts = {name for module in SOURCES.rglob("*.py") for name in _NAME.findall(module.read_text("utf-8"))}
    symbols = _SYMBOL.findall((package() / "icons" / "bootstrap-icons.svg").read_text("utf-8"))
    return "\n".join([_SHAPE, *(_rule(name, box, paths) for box, name, paths in symbols if name in texts)])


def _rule(name: str, box: str, paths: str) -> str:
    picture = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='{box}'>{paths}</svg>".replace('"', "'")
    return f'.bi-{name} {{ --icon: url("data:image/svg+xml,{quote(picture, safe=_SAFE)}"); }}'
