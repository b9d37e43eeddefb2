"""The command line of embedded pages.

python -m dashboard embed "/overview?data=shop" --group partners --parent https://portal.example.com --only region=North
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

from analytics.errors import ConfigError, RequestError


def add_to(commands: Any) -> None:
    """Add the command to the parser of `python -m dashboard`."""
    command = commands.add_parser("embed", help="sign a link that shows a page inside another site")
    command.set_defaults(run=_embed)
    add = command.add_argument
    add("view", metavar="VIEW", help='the page\'s address, such as "/overview?data=shop&range=last_month"')
    add("--group", required=True, help="group of the policies that limits what is seen")
    add("--parent", action="append", required=True, help="a site that may show it, https://…; repeatable")
    add("--only", action="append", default=[], metavar="FIELD=VALUE", help="further condition on rows; repeatable")
    add("--hide", action="append", default=[], metavar="FIELD", help="a further hidden field; repeatable")
    add("--days", type=int, default=30, help="how long it is good (default: 30)")
    add("--name", default="", help="for the audit log")
    add("--change", action="store_true", help="dates, filters and options may be changed, within the policy")
    add("--lines", action="store_true", help="order lines may be opened")
    add("--files", action="store_true", help="figures may be taken away as files, where the group may")


def _embed(arguments: argparse.Namespace) -> None:
    from dashboard.company import policies
    from dashboard.settings import from_env
    from dashboard.sharing import signed
    from dashboard.sharing.visits import checked_view

    settings = from_env(os.environ)
    if not settings.embed_secrets:
        raise ConfigError("there is no secret to sign with.", where="STORESIGHT_EMBED_SECRET", hint="Set it.")
    if not 1 <= arguments.days <= 366:
        raise RequestError("a link is good for 1 to 366 days.", where="--days")
    groups = policies.watched(settings.policies)().groups
    if arguments.group not in groups:
        raise RequestError(f"no policy names the group {arguments.group!r}.", where="--group")
    claims: dict[str, Any] = {
        "view": arguments.view,
        "group": arguments.group,
        "until": int(time.time()) + arguments.days * 86_400,
        "parents": arguments.parent,
        "only": _conditions(arguments.only),
        "hidden": arguments.hide,
        "name": arguments.name,
        "change": arguments.change,
        "lines": arguments.lines,
        "files": arguments.files,
    }
    claims = {name: value for name, value in claims.items() if value}
    checked_view(signed.checked(claims))
    base = settings.url or f"http://127.0.0.1:{settings.port}"
    link = f"{base}/embed/{signed.sign(claims, settings.embed_secrets[0])}/"
    frame = f'<iframe src="{link}" title="Storesight" width="100%" height="900" style="border:0"></iframe>'
    sys.stdout.write(f"{link}\n\n{frame}\n")


def _conditions(pairs: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise RequestError(f"{pair[:80]!r} is not a field and a value.", where="--only", hint="Write region=North.")
        found.setdefault(name, []).append(value)
    return found
