"""The state store: PostgreSQL by DATABASE_URL, or one SQLite file by STORESIGHT_STATE.

It is opened, and brought to the newest migration, once before gunicorn forks; the processes then connect by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, has_app_context

from analytics.errors import ConfigError, RequestError, StateError
from dashboard.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).parent / "migrations"
EXTENSION: Final = "storesight.state"
LOCK: Final = 0x53544F52  # number of PostgreSQL's advisory lock that only one process migrates under
DATA_EXCEPTION: Final = "22"  # how PostgreSQL's codes begin for a number or character that it cannot hold
WAIT_MS = 2_000  # how long a writer waits for another one in SQLite, which answers a request with "try again"
MIGRATION_WAIT_MS = 60_000  # how long a process that opens the store waits for one that makes or changes its tables
PACKAGES = ("sqlalchemy", "alembic", "argon2")


class State:
    """An open state store. `read` and `write` are the ways to it; both give a connection inside a transaction.
    `secret`: of the settings, with which what must be read again is kept from who only reads the store; "" for none."""

    def __init__(self, engine: Engine, secret: str = "") -> None:
        self.engine, self.secret = engine, secret

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the store. StateError where the store cannot be reached."""
        with _told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, wait_ms: int = 0) -> Iterator[Connection]:
        """A connection whose changes hold together, or not at all when an error leaves the block. `wait_ms`: how long
        to wait for another writer of SQLite; 0 as usual."""
        with _told(), self.engine.connect() as connection:
            connection = connection.execution_options(writes=True, wait_ms=wait_ms)
            with connection.begin():
                yield connection

    def migrate(self) -> None:
        """Bring the tables to the newest migration. Any number of processes may call it at once. StateError where they
        are of a newer version of Storesight."""
        from alembic import command
        from alembic.config import Config
        from alembic.migration import MigrationContext
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.write(wait_ms=MIGRATION_WAIT_MS) as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            found, known = (
                MigrationContext.configure(connection).get_current_revision(),
                ScriptDirectory.from_config(config),
            )
            if found is not None and found not in {script.revision for script in known.walk_revisions()}:
                raise StateError(
                    f"the state store is of a newer version: of migration {found}, this program knows up to "
                    f"{known.get_current_head()}.",
                    hint="Start the newer version, or restore a backup of this one into an empty store.",
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        self.engine.dispose()  # a connection must not pass through a fork


def open_state(settings: Settings) -> State | None:
    """The state store that the settings name, with all its tables; None where they name none.

    ConfigError where both are named or the packages are missing; StateError where it cannot be reached.
    """
    if not settings.database_url and settings.state is None:
        return None
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"the state store needs packages that are not installed: {', '.join(missing)}.",
            where="DATABASE_URL" if settings.database_url else "STORESIGHT_STATE",
            hint="Run `pip install -r requirements-company.txt`.",
        )
    if settings.database_url and settings.state is not None:
        raise ConfigError("DATABASE_URL and STORESIGHT_STATE both name a state store.", hint="Set one of them.")
    state = State(_engine(settings), settings.secret)
    state.migrate()
    return state


def _engine(settings: Settings) -> Engine:
    import sqlalchemy as sa
    from sqlalchemy.engine import make_url

    if settings.database_url:
        address = make_url(settings.database_url)
        driver = "psycopg" if find_spec("psycopg") else "pg8000"
        query = dict(address.query)
        options: dict[str, Any] = {"timeout": 10} if driver == "pg8000" else {"connect_timeout": 10}
        if driver == "pg8000" and query.pop("sslmode", "disable") != "disable":
            options["ssl_context"] = True
        address = address.set(drivername=f"postgresql+{driver}", query=query)
        return sa.create_engine(address, pool_pre_ping=True, pool_size=settings.threads, connect_args=options)
    file = settings.state
    assert file is not None
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # a folder that cannot be written is told when the store is opened
        file.touch(mode=0o600)  # hashes of passwords are for nobody else on this machine
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": MIGRATION_WAIT_MS / 1000})

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin as written below, not when the driver thinks so
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", f"busy_timeout = {WAIT_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer takes the lock at once: a reader that becomes a writer would fail instead of waiting.
        options = connection.get_execution_options()
        if options.get("wait_ms"):  # of a connection that is not used again: the pool is emptied after a migration
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(options['wait_ms'])}")
        writes = options.get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def current_state() -> State | None:
    """The state store of the application that serves the request; None where it has none, and outside of one."""
    if not has_app_context():
        return None
    found: State | None = current_app.extensions.get(EXTENSION)
    return found


@contextmanager
def _told() -> Iterator[None]:
    from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, InterfaceError, OperationalError

    unfit = "the state store cannot hold such a value."
    try:
        yield
    except (OverflowError, UnicodeEncodeError) as fault:  # as SQLite says it
        raise RequestError(unfit) from fault
    except DBAPIError as fault:
        if isinstance(fault, DataError) or _sql_state(fault).startswith(DATA_EXCEPTION):
            raise RequestError(unfit) from fault
        if not isinstance(fault, (OperationalError, InterfaceError)) and type(fault) is not DatabaseError:
            raise  # a row that breaks a rule, or a statement that is wrong
        raise StateError(
            f"the state store cannot be used: {_first_line(fault)}.", hint="See DATABASE_URL or STORESIGHT_STATE."
        ) from fault


def _sql_state(fault: Any) -> str:
    """PostgreSQL's five characters for what went wrong, as psycopg or pg8000 tell it; "" where there are none."""
    about = next(iter(getattr(fault.orig, "args", ())), None)
    found = about.get("C") if isinstance(about, dict) else getattr(fault.orig, "sqlstate", None)
    return found if isinstance(found, str) else ""


def _first_line(fault: Exception) -> str:
    return str(getattr(fault, "orig", fault)).splitlines()[0][:200].rstrip(".")
