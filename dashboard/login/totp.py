"""A second factor for local accounts: codes of six digits from an app (RFC 6238), and recovery codes for a lost one.

Codes are computed from the key of an app, so it is stored, encrypted with a key that is derived from STORESIGHT_SECRET
where that is set; recovery codes only as hashes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

import sqlalchemy as sa

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_
from dashboard.company import sessions, tokens, users
from dashboard.company.state import State
from dashboard.company.tables import USERS
from dashboard.company.users import User

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SECONDS: Final = 30  # for which a code is shown
DIGITS: Final = 6
AROUND: Final = 1  # codes before and after the present one that are good too: clocks differ
RECOVERY_CODES: Final = 10
KEY = re.compile(r"[A-Z2-7]{32}")
SEALED: Final = "1:"  # how an encrypted key begins; others are as they were typed
WAIT_SECONDS: Final = 5 * 60  # between the password and the code
WRONG = N_("the code is wrong or was used before. After five wrong codes in a row, the account is locked for a while.")


def new_key() -> str:
    """A key of 160 bits, as apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address(key: str, account: str) -> str:
    """What an app reads, as a link or a picture: `otpauth://totp/…`."""
    return f"otpauth://totp/{quote(f'Storesight:{account}')}?{urlencode({'secret': key, 'issuer': 'Storesight'})}"


def code(key: str, step: int) -> str:
    """The code of a step of SECONDS since 1970: HMAC-SHA1, cut as RFC 4226 says.

    >>> code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59 // 30)  # RFC 6238, appendix B, without the first two digits
    '287082'
    """
    digest = hmac.digest(base64.b32decode(key), step.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(key: str, typed: str, newest: int) -> int | None:
    """The step of a code that is good now and newer than `newest`; None where it is no such code."""
    now = int(time.time()) // SECONDS
    steps = [step for step in range(now - AROUND, now + AROUND + 1) if step > newest]
    found = [step for step in steps if hmac.compare_digest(code(key, step).encode(), typed.encode())]
    return found[0] if found else None


def picture(key: str, account: str) -> str:
    """The same as a picture that an app photographs (a QR code, as SVG); "" where the package for it is missing."""
    try:
        import segno
    except ModuleNotFoundError:
        return ""
    found = segno.make_qr(address(key, account), error="m").svg_inline(scale=5, dark="#000", light="#fff")
    return str(found)


def _sealed(secret: str, key: str) -> str:
    """A key as it is stored."""
    return f"{SEALED}{_cipher(secret).encrypt(key.encode()).decode()}" if secret else key


def _key_of(secret: str, stored: str) -> str:
    """The key of what is stored; "" where it was encrypted with another secret: then recovery codes are left."""
    if not stored.startswith(SEALED):
        return stored
    from cryptography.fernet import InvalidToken

    try:
        return _cipher(secret).decrypt(stored.removeprefix(SEALED).encode()).decode()
    except InvalidToken:
        return ""


def _cipher(secret: str) -> Fernet:
    from cryptography.fernet import Fernet

    derived = hmac.digest(secret.encode(), b"storesight: keys of second factors", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(derived))


def switch_on(state: State, user: User, key: str, typed: str) -> list[str]:
    """Ask this account for codes of this key from now on; the recovery codes, which are shown this once. RequestError
    where the typed code is not one of the key: then the app would lock its person out."""
    if not KEY.fullmatch(key):
        raise RequestError(N_("this key was not made here."), where="key")
    step = step_of(key, _plain(typed), 0)
    if step is None:
        raise RequestError(
            N_("this is not the code that the app shows now."),
            hint=N_("Check the time on your phone and try again."),
            where="code",
        )
    codes = ["-".join(secrets.token_hex(2) for _ in range(3)) for _ in range(RECOVERY_CODES)]
    values = {
        "totp": _sealed(state.secret, key),
        "totp_step": step,
        "recovery": json.dumps([tokens.stored(_plain(c)) for c in codes]),
    }
    _set(state, user, values)
    return codes


def check(state: State, user: User, typed: str) -> None:
    """Use a code of the app or a recovery code, once. NotAllowed where it is neither, or the account is locked; wrong
    ones count as wrong passwords do."""
    plain, hashed = _plain(typed), tokens.stored(_plain(typed))
    with state.write() as connection:  # of two who send the same code at once, the second finds it used
        query = sa.select(USERS).where(USERS.c.id == user.id, USERS.c.active).with_for_update()
        row = connection.execute(query).first()
        if row is None or row.totp is None or row.locked_until > time.time():
            raise NotAllowed(WRONG)
        left = json.loads(row.recovery)
        key = _key_of(state.secret, row.totp)
        step = step_of(key, plain, row.totp_step) if key else None
        if step is not None or hashed in left:
            kept = [one for one in left if one != hashed]
            used = {"totp_step": row.totp_step if step is None else step, "recovery": json.dumps(kept)}
            values: dict[str, object] = used | {"failures": 0, "locked_until": 0}
            if state.secret and key and not row.totp.startswith(SEALED):  # stored before there was a secret
                values["totp"] = _sealed(state.secret, key)
            connection.execute(USERS.update().where(USERS.c.id == user.id).values(**values))
            return
    users.failed(state, user.id)
    raise NotAllowed(WRONG)


def wait(state: State, user: User) -> str:
    """The token of somebody whose password was right and whose code is awaited, for some minutes."""
    return sessions.begin(
        state, user.name, user.title, user.groups, sessions.HALF, user_id=user.id, seconds=WAIT_SECONDS
    )


def awaited(state: State, token: str) -> User:
    """Whose code is awaited. NotAllowed where it took too long, or nobody's is."""
    session = sessions.find(state, token, half=True)
    if session is None:
        raise NotAllowed(N_("it took too long, or the code was entered before."), hint=N_("Sign in again."))
    return users.find(state, session.subject)


def _set(state: State, user: User, values: dict[str, object]) -> None:
    with state.write() as connection:
        connection.execute(USERS.update().where(USERS.c.id == user.id).values(**values))


def _plain(typed: str) -> str:
    """As it is compared: people type spaces and dashes."""
    return re.sub(r"[\s-]", "", typed).lower()[:40]
