"""The command line of the state store: people, the audit log, backup and restore.

python -m dashboard users list
python -m dashboard users add ann@example.org --title Ann --group leeds     prints a link of invitation
python -m dashboard users invite ann@example.org --group leeds              for who signs in with the provider
python -m dashboard users reset ann@example.org                             prints a link for a new password
python -m dashboard users groups ann@example.org leeds managers
python -m dashboard users off ann@example.org                               signs the person out everywhere
python -m dashboard users on ann@example.org
python -m dashboard users factor ann@example.org                            removes the second factor
python -m dashboard users out ann@example.org                               ends sessions, of an account or a subject
python -m dashboard audit [--who NAME] [--days 7]
python -m dashboard backup FILE
python -m dashboard restore FILE
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.errors import ConfigError, RequestError, StateError
from dashboard.settings import Settings, from_env


def add_to(commands: Any) -> None:
    """Add these commands to the parser of `python -m dashboard`."""
    people = commands.add_parser("users", help="people who may sign in").add_subparsers(dest="what", required=True)
    people.add_parser("list", help="everybody").set_defaults(run=_list)
    for what, about, run in (
        ("add", "a new account; prints the link of invitation", _add),
        ("invite", "groups for who signs in with the provider and has this address", _invite),
        ("reset", "prints a link with which the person chooses a new password", _reset),
        ("groups", "the groups that the person is in from now on", _groups),
        ("factor", "removes the second factor of somebody who has lost their app and recovery codes", _remove_factor),
        ("off", "nobody can sign in with this account any more", _switch),
        ("on", "the account can be used again", _switch),
        ("out", "ends every session of somebody, also of a person of an identity provider", _end_sessions),
    ):
        command = people.add_parser(what, help=about)
        command.set_defaults(run=run)
        command.add_argument("name", metavar="NAME")
        if what in ("add", "invite"):
            command.add_argument("--title", default="", help="how the person is called on the screen")
            command.add_argument("--group", action="append", default=[], help="repeatable")
        if what == "groups":
            command.add_argument("groups", nargs="*", metavar="GROUP")
    programs = commands.add_parser("tokens", help="tokens with which programs ask").add_subparsers(
        dest="what", required=True
    )
    programs.add_parser("list", help="every token that is good now").set_defaults(run=_list_tokens)
    add = programs.add_parser("add", help="a new token; prints it this once")
    add.set_defaults(run=_add_token)
    add.add_argument("name", metavar="TITLE", help="what it is for")
    add.add_argument("--for", dest="owner", required=True, metavar="NAME", help="the account whose figures it sees")
    add.add_argument("--days", type=int, default=90, help="how long it is good (default: 90)")
    add.add_argument("--data", action="append", default=None, help="a data set; repeatable (default: all)")
    add.add_argument(
        "--scope", action="append", choices=("read", "mcp"), help="figures or agents; repeatable (default: both)"
    )
    add.add_argument("--only", action="append", default=[], metavar="FIELD=VALUE", help="rows; repeatable")
    end = programs.add_parser("revoke", help="end a token")
    end.set_defaults(run=_revoke_token)
    end.add_argument("name", metavar="NUMBER", type=int)
    log = commands.add_parser("audit", help="who signed in, took data away or changed something")
    log.set_defaults(run=_audit)
    log.add_argument("--who", default="", help="one person")
    log.add_argument("--days", type=int, default=7, help="of the last days (default: 7)")
    for what, about, run in (
        ("backup", "write the state store to a file, as JSON lines", _backup),
        ("restore", "fill an empty state store from such a file", _restore),
    ):
        command = commands.add_parser(what, help=about)
        command.set_defaults(run=run)
        command.add_argument("file", metavar="FILE")


def _opened() -> tuple[Any, Settings]:
    from dashboard.company.state import open_state

    settings = from_env(os.environ)
    state = open_state(settings)
    if state is None:
        raise ConfigError("there is no state store.", where="environment", hint="Set DATABASE_URL or STORESIGHT_STATE.")
    return state, settings


def _by_operator(change: Callable[[Any, Settings, argparse.Namespace], str], action: str) -> Callable[..., None]:
    """A command that changes something: what it says is printed, and the audit log has it."""

    def run(arguments: argparse.Namespace) -> None:
        from dashboard.company import audit

        state, settings = _opened()
        told = change(state, settings, arguments)
        audit.record(state, "command line", action, str(getattr(arguments, "name", "")))
        sys.stdout.write(f"{told}\n")

    return run


def _list(_: argparse.Namespace) -> None:
    from dashboard.company import users

    state, _settings = _opened()
    everybody = users.all_users(state)
    if not everybody:
        sys.stderr.write("There are no accounts here.\n")
    for user in everybody:
        waiting = "" if user.ready else " (invited)"
        condition = waiting if user.active else " (off)"
        sys.stdout.write(f"{user.name}{condition}  {user.title}  {', '.join(user.groups) or 'no group'}\n")


def _invitation(state: Any, settings: Settings, name: str, seconds: int) -> str:
    from dashboard.company import users

    return f"{settings.base}/password/{users.invite(state, users.find(state, name), seconds)}"


def _add_user(state: Any, settings: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import users

    user = users.add(state, arguments.name, arguments.title, arguments.group)
    return _invitation(state, settings, user.name, users.INVITATION_SECONDS)


def _invite_member(state: Any, _: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import members

    member = members.invite(state, arguments.name, arguments.title, arguments.group)
    return f"{member.mail} is in: {', '.join(member.given) or 'no group'}, from when they sign in with the provider"


def _reset_user(state: Any, settings: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import users

    return _invitation(state, settings, arguments.name, users.RESET_SECONDS)


def _group_user(state: Any, _: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import users

    users.change(state, users.find(state, arguments.name), groups=arguments.groups)
    return f"{arguments.name} is in: {', '.join(arguments.groups) or 'no group'}"


def _switch_user(state: Any, _: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import users

    users.change(state, users.find(state, arguments.name), active=arguments.what == "on")
    return f"{arguments.name} is {arguments.what}"


def _factor_off(state: Any, _: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import users

    users.remove_factor(state, users.find(state, arguments.name))
    return f"{arguments.name} signs in with the password only"


def _sign_out(state: Any, _: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import members

    ended, revoked = members.end(state, arguments.name)  # an account's tokens are revoked when it is switched off
    tokens = f", {revoked} {'token' if revoked == 1 else 'tokens'} revoked" if revoked else ""
    return f"{ended} {'session' if ended == 1 else 'sessions'} of {arguments.name} ended{tokens}"


_add = _by_operator(_add_user, "added an account")
_invite = _by_operator(_invite_member, "invited somebody of the provider")
_reset = _by_operator(_reset_user, "made a link for a new password")
_groups = _by_operator(_group_user, "changed the groups of an account")
_switch = _by_operator(_switch_user, "switched an account off or on")
_remove_factor = _by_operator(_factor_off, "removed a second factor")
_end_sessions = _by_operator(_sign_out, "signed somebody out everywhere")


def _make_token(state: Any, _: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import api_tokens, users

    owner = users.find(state, arguments.owner)
    clauses = api_tokens.read_conditions(arguments.only)
    scopes = arguments.scope or api_tokens.SCOPES
    given = {"user_id": owner.id, "datasets": arguments.data, "clauses": clauses, "scopes": scopes}
    return api_tokens.create(state, owner.name, arguments.name, arguments.days, **given)


def _end_token(state: Any, _: Settings, arguments: argparse.Namespace) -> str:
    from dashboard.company import api_tokens

    api_tokens.revoke(state, arguments.name)
    return f"token {arguments.name} has ended"


_add_token = _by_operator(_make_token, "made a token")
_revoke_token = _by_operator(_end_token, "revoked a token")


def _list_tokens(_: argparse.Namespace) -> None:
    from dashboard.company import api_tokens

    state, _settings = _opened()
    tokens = api_tokens.all_tokens(state)
    if not tokens:
        sys.stderr.write("There are no tokens.\n")
    for token in tokens:
        until = datetime.fromtimestamp(token.expires_at, UTC).strftime("%Y-%m-%d")
        used = datetime.fromtimestamp(token.used_at, UTC).strftime("%Y-%m-%d") if token.used_at else "never"
        sys.stdout.write(f"{token.id}  {token.title}  {token.subject}  until {until}  last used {used}\n")


def _audit(arguments: argparse.Namespace) -> None:
    from dashboard.company import audit

    state, _settings = _opened()
    since = int(time.time()) - arguments.days * audit.DAY
    for entry in audit.entries(state, who=arguments.who, since=since, limit=100_000):
        at = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        told = (at, entry.who, entry.action, entry.what, entry.detail)
        sys.stdout.write("  ".join(part for part in told if part) + "\n")


def _backup(arguments: argparse.Namespace) -> None:
    from dashboard.company import backup

    state, _settings = _opened()
    lines = 0
    try:
        handle = os.open(arguments.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        hint = "Choose another name: a backup replaces no file." if isinstance(fault, FileExistsError) else ""
        raise RequestError(
            f"{arguments.file!r} cannot be written: {fault.strerror}.", where="FILE", hint=hint
        ) from fault
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        for line in backup.dump(state):
            out.write(line + "\n")
            lines += 1
    sys.stderr.write(f"{arguments.file}: {lines - 1} rows\n")


def _restore(arguments: argparse.Namespace) -> None:
    from dashboard.company import backup

    state, _settings = _opened()
    try:
        with Path(arguments.file).open(encoding="utf-8") as lines:
            count = backup.restore(state, lines)
    except (OSError, UnicodeDecodeError) as fault:
        raise StateError(f"{arguments.file!r} cannot be read: {fault}.", where="FILE") from fault
    sys.stderr.write(f"{count} rows restored\n")
