"""Signed links: what a site that shows a page of Storesight in a frame puts into its address.

A link is `<claims>.<signature>`: the claims as JSON, and their HMAC-SHA256 under a key that is derived from
STORESIGHT_EMBED_SECRET, both in base64url without padding. Any server that has the secret signs one for each of its
visitors (docs/sharing.md shows how); `python -m dashboard embed` makes one by hand.

    view     "/overview?data=shop&range=last_month"   the page and its selection
    group    "partners"                               whose policy of policies.toml limits what is seen
    only     {"region": ["North"]}                    further conditions, as in policies.toml; they only narrow
    except   {"channel": ["wholesale"]}
    hidden   ["cost"]                                 further hidden fields
    until    1767225600                               when it ends, in seconds since 1970
    parents  ["https://portal.example.com"]           sites that may show it
    name     "visitor 4711"                           for the audit log
    change, lines, files  true                        may change dates and filters, open order lines, take files away
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from itsdangerous import BadSignature, Signer

from analytics.errors import LinkEnded, RequestError
from analytics.language import N_
from analytics.schema import FIELDS, REQUIRED
from analytics.selection import Clause

SALT: Final = b"storesight.embed"
LONGEST_SECONDS = 366 * 24 * 60 * 60
LONGEST_NAME, MOST_CLAUSES, MOST_VALUES, MOST_PARENTS = 100, 20, 500, 10
_NAMES: Final = frozenset({
    "view", "group", "only", "except", "hidden", "until", "parents", "name", "change", "lines", "files",
})  # fmt: skip


@dataclass(frozen=True)
class Claims:
    """What a signed link says, checked."""

    view: str
    group: str
    until: int
    parents: tuple[str, ...]
    clauses: tuple[Clause, ...] = ()
    hidden: frozenset[str] = frozenset()
    name: str = ""
    changeable: bool = False
    lines: bool = False
    files: bool = False


def sign(claims: Mapping[str, Any], secret: str) -> str:
    """The token of these claims. RequestError where one is missing or wrong."""
    checked(claims)
    text = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return _signer(secret).sign(base64.urlsafe_b64encode(text).rstrip(b"=")).decode()


def read(token: str, secrets: Sequence[str]) -> Claims:
    """The claims of a token, which may have expired. LinkEnded where no secret signed it, or it makes no sense."""
    for secret in secrets:
        try:
            payload = _signer(secret).unsign(token)
            text = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
            return checked(json.loads(text))
        except BadSignature:
            continue
        except (binascii.Error, ValueError, RecursionError) as fault:
            raise LinkEnded(N_("this link is signed, but what it says cannot be read.")) from fault
        except RequestError as fault:
            raise LinkEnded(
                N_("this link is signed, but says something wrong: {reason}", reason=fault.sentence)
            ) from fault
    raise LinkEnded(N_("this link does not exist."))


def checked(claims: Any) -> Claims:
    """The claims, each of its kind. RequestError for any other."""
    if not isinstance(claims, dict) or not claims.keys() <= _NAMES:
        raise RequestError(f"a link says {', '.join(sorted(_NAMES))}, and nothing else.", where="claims")
    until = claims.get("until")
    if not isinstance(until, int) or isinstance(until, bool) or not 0 < until < 2**40:
        raise RequestError("expected a time in whole seconds since 1970.", where="until")
    parents = _texts(claims.get("parents"), "parents", MOST_PARENTS)
    if not parents:
        raise RequestError("name the sites that may show it.", where="parents")
    clauses = _clauses(claims)
    hidden = frozenset(_texts(claims.get("hidden", []), "hidden", MOST_VALUES))
    if needed := sorted(hidden & {*REQUIRED, *(clause.field for clause in clauses)}):
        raise RequestError(f"{needed[0]!r} cannot be hidden: figures or conditions need it.", where="hidden")
    return Claims(
        _text(claims.get("view"), "view", 16_000),
        _text(claims.get("group"), "group", LONGEST_NAME),
        until,
        tuple(map(origin, parents)),
        clauses,
        hidden,
        _text(claims.get("name", "a visitor"), "name", LONGEST_NAME),
        *(_flag(claims, name) for name in ("change", "lines", "files")),
    )


def origin(text: str) -> str:
    """A site as the content policy names it: `https://portal.example.com:8443`. Plain http only on this machine.
    RequestError for anything else, such as a wildcard."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        raise RequestError(N_("“{text}” is not the address of a website.", text=text[:80]), where="parents") from None
    host = parts.hostname or ""
    local = host in ("localhost", "127.0.0.1")
    named = re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", host)
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if not named or rest or parts.scheme not in (("https", "http") if local else ("https",)):
        raise RequestError(
            N_(
                "“{text}” cannot embed the page: expected a website such as https://portal.example.com.", text=text[:80]
            ),
            where="parents",
        )
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def _signer(secret: str) -> Signer:
    return Signer(secret, salt=SALT, sep=".", key_derivation="hmac", digest_method=hashlib.sha256)


def _clauses(claims: Mapping[str, Any]) -> tuple[Clause, ...]:
    sides = {side: claims.get(side, {}) for side in ("only", "except")}
    for side, table in sides.items():
        if not isinstance(table, dict) or len(table) > MOST_CLAUSES:
            raise RequestError(f"expected at most {MOST_CLAUSES} fields, each with its values.", where=side)
        for name in table:
            if name in FIELDS and not FIELDS[name].dimension:
                raise RequestError(f"rows cannot be chosen by {name!r}.", where=side)
    only, without = (
        {_text(name, side, LONGEST_NAME): _texts(values, f"{side}.{name}", MOST_VALUES) for name, values in t.items()}
        for side, t in sides.items()
    )
    return tuple(Clause(name, only.get(name, ()), without.get(name, ())) for name in dict.fromkeys((*only, *without)))


def _texts(value: Any, where: str, most: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise RequestError(f"expected a list of at most {most} texts.", where=where)
    return tuple(_text(each, where, 500) for each in value)


def _text(value: Any, where: str, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise RequestError(f"expected a text of 1 to {longest} characters.", where=where)
    return value


def _flag(claims: Mapping[str, Any], name: str) -> bool:
    value = claims.get(name, False)
    if not isinstance(value, bool):
        raise RequestError("expected true or false.", where=name)
    return value
