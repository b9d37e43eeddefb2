"""Write what browsers load first in the form in which they load it: `python -m data.scripts`.

plotly.js is cut to the kinds of charts that are drawn, and every file that the index page names is compressed as small
as it goes, in about ten seconds of processor time. What exists is not written again.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from dashboard.bundles import packed, plotly
from dashboard.settings import Settings


def write() -> None:
    """The part of plotly.js first: it is most of what a browser waits for."""
    plotly.write()
    packed.pack(plotly.script().read_bytes())
    from dashboard.app import create_app
    from dashboard.web import static

    with tempfile.TemporaryDirectory() as name:
        app = create_app(
            Settings(store=Path(name) / "store", cache_dir=Path(name) / "cache", load=False, log_level="warning")
        )
        for raw in static.first_files(app.server):
            packed.pack(raw)


def main() -> None:
    argparse.ArgumentParser(prog="python -m data.scripts", description=__doc__).parse_args()
    try:
        write()
    except OSError as fault:
        raise SystemExit(
            f"{plotly.FOLDER} cannot be written: {fault.strerror}. The application works without: browsers load more."
        ) from fault


if __name__ == "__main__":
    main()
