"""Real servers for tests: a Redis that can stop and hang, and the application under gunicorn."""

from __future__ import annotations

import io
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from dashboard.bundles import plotly

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300.0  # seconds after which something hangs; no test passes or fails by how quick a machine is
SETTINGS_OF_THE_CALLER = ("PORT", "REDIS_URL", "WEB_CONCURRENCY", "LOG_LEVEL")


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(ready: Callable[[], bool], what: str) -> None:
    """Return as soon as `ready()` is true; raise TimeoutError, naming what was awaited, after PATIENCE seconds."""
    began = time.monotonic()
    while not ready():
        waited = time.monotonic() - began
        if waited > PATIENCE:
            raise TimeoutError(f"{what} did not happen within {PATIENCE:g} s")
        time.sleep(min(max(0.02, waited / 20), 0.1))  # what takes long is asked for less often


def clean_environment(**more: str) -> dict[str, str]:
    """The caller's environment without the application's settings, and with these. Byte code is kept: else each process
    would compile the application again, for half a second."""
    left_out = (*SETTINGS_OF_THE_CALLER, "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if k not in left_out and not k.startswith("STORESIGHT_")}
    return kept | more


class RedisServer:
    """A redis-server on a free port that keeps nothing on disk. It can be stopped, started, hung and resumed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> redis.Redis:
        """A client for a test that inspects what is stored."""
        return redis.Redis.from_url(self.url, socket_timeout=30, socket_connect_timeout=30)

    def start(self) -> None:
        """Start it, empty, unless it is running; return when it answers."""
        if self._process is not None:
            return
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self.folder), "--daemonize", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers, "an answer of redis-server")

    def stop(self) -> None:
        """Kill it: what it held is lost, and connections are refused."""
        if self._process is not None:
            self.resume()
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def hang(self) -> None:
        """Suspend it: the system accepts connections, and nothing answers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it continue after `hang`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres; None where PostgreSQL is not installed, or where only root could run it."""
    folders = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep)] + sorted(
        Path("/usr/lib/postgresql").glob("*/bin")
    )
    found = next((f.resolve() for f in folders if (f / "initdb").is_file() and (f / "postgres").is_file()), None)
    return None if found is None or (os.getuid() == 0 and "postgres" not in _users()) else found


def _users() -> set[str]:
    return {user.pw_name for user in pwd.getpwall()}


class PostgresServer:
    """A PostgreSQL on a free port, in a temporary folder. Root starts it as the user postgres."""

    def __init__(self) -> None:
        self.port, self.password = free_port(), "s3cret-of-the-tests"
        self.url = f"postgresql://shop:{self.password}@127.0.0.1:{self.port}/postgres"
        self._folder = Path(tempfile.mkdtemp(prefix="storesight-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create a database cluster and start it; return when it answers."""
        programs, data, secret = postgres_programs(), self._folder / "data", self._folder / "secret"
        assert programs is not None
        secret.write_text(self.password)
        who: dict[str, Any] = {}
        if os.getuid() == 0:
            who = {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": []}
            for path in (self._folder, secret):
                shutil.chown(path, "postgres")
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "shop", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--locale=C", "-N"],  # noqa: E501
            check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **who,
        )  # fmt: skip
        settings = ["listen_addresses=127.0.0.1", "fsync=off", f"unix_socket_directories={self._folder}"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(self.port), *(a for s in settings for a in ("-c", s))],
                stdout=log, stderr=log, cwd=self._folder, start_new_session=True, **who,
            )  # fmt: skip
        wait_until(self._answers, "an answer of postgres")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in one transaction; the rows of the last one."""
        with self._connection() as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            connection.commit()
        return rows

    def copy(self, table: str, text: str) -> None:
        """Load CSV with a header into a table."""
        with self._connection() as connection:
            statement = f"copy {table} from stdin with (format csv, header true)"
            connection.cursor().execute(statement, stream=io.BytesIO(text.encode()))
            connection.commit()

    def drop_connections(self) -> None:
        """Close every other connection."""
        self.run(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"  # noqa: E501
        )

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        import pg8000.dbapi

        connection = pg8000.dbapi.connect(
            user="shop", password=self.password, host="127.0.0.1", port=self.port, database="postgres"
        )
        try:
            yield connection
        finally:
            connection.close()

    def _answers(self) -> bool:
        import pg8000.dbapi

        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"postgres ended at once:\n{(self._folder / 'log').read_text()[-2000:]}")
        try:
            return bool(self.run("select 1"))
        except (OSError, pg8000.dbapi.Error):
            return False


class AppServer:
    """The application under gunicorn in separate processes, serving a store; `log` is its log file. `first`: Python
    that runs before gunicorn."""

    def __init__(self, store: Path, folder: Path, *, first: str = "", **settings: str) -> None:
        run = ["-c", f"{first}\nfrom gunicorn.app.wsgiapp import run\nrun()"] if first else ["-m", "gunicorn"]
        self._command = [sys.executable, *run, "dashboard.wsgi:server"]
        self.port = int(settings.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"gunicorn-{self.port}.log"
        self._settings = {
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "STORESIGHT_STORE": str(store),
            "STORESIGHT_SOURCES": str(folder),
            "STORESIGHT_LOAD": "off",
            "STORESIGHT_CACHE_DIR": str(folder / f"cache-{self.port}"),
        } | settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when /healthz answers. Raises RuntimeError with the end of the log if it ends instead."""
        plotly.write()  # else gunicorn would have it cut, and all files compressed, which takes seconds
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=clean_environment(**self._settings),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(self._up, "the start of gunicorn")
        except TimeoutError:
            self.stop()
            raise RuntimeError(f"gunicorn does not answer:\n{self.log.read_text()[-4000:]}") from None

    def stop(self) -> None:
        """Stop it as a platform does, and kill what does not stop."""
        if self._process is None:
            return
        group = self._process.pid
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(group, signal.SIGKILL)
            self._process.wait(10)
        self._process = None

    def kill(self) -> None:
        """End all its processes at once, as a machine does that loses its power."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    @property
    def pid(self) -> int:
        """The process id of gunicorn's master."""
        assert self._process is not None
        return self._process.pid

    def get(self, path: str, headers: Mapping[str, str] | None = None, timeout: float = PATIENCE) -> tuple[int, bytes]:
        """Status and body of a GET. A status of 400 or more is returned, not raised."""
        return self._answer(urllib.request.Request(self.url + path, headers=dict(headers or {})), timeout)

    def post(self, path: str, body: bytes, timeout: float = PATIENCE) -> tuple[int, bytes]:
        """Status and body of a POST with a JSON body."""
        headers = {"Content-Type": "application/json"}
        return self._answer(urllib.request.Request(self.url + path, body, headers), timeout)

    @staticmethod
    def _answer(request: urllib.request.Request, timeout: float) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()

    def _up(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"gunicorn ended at once:\n{self.log.read_text()[-4000:]}")
        try:
            return self.get("/healthz", timeout=10)[0] == 200
        except OSError:
            return False


def chromium() -> str:
    """Path of the browser: DASH_TEST_CHROMEPATH, chromium or google-chrome; empty if there is none."""
    return os.environ.get("DASH_TEST_CHROMEPATH") or shutil.which("chromium") or shutil.which("google-chrome") or ""
