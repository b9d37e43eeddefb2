"""What a platform does: the steps of the Dockerfile and the command of the Procfile, run here. No image is built."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dashboard.bundles.plotly import FOLDER
from dashboard.figures.marks.map import SHAPES
from tests.processes import PATIENCE, ROOT, clean_environment, free_port, wait_until

pytestmark = pytest.mark.slow
PATH_OF_VENV = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the tracked files without those that .dockerignore names, as a platform would have it; scripts that
    this checkout compressed before are not compressed again."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so there is no list of the application's files")
    left_out = (ROOT / ".dockerignore").read_text().split()
    anywhere = [line.removeprefix("**/") for line in left_out if line.startswith("**/")]
    for name in filter(None, listed.stdout.split("\0")):
        inside = any(f"{name}/".startswith(f"{one}/") for one in left_out)
        inside = inside or any(f"/{one}/" in f"/{name}/" for one in anywhere)
        if not inside and (ROOT / name).is_file():
            (tmp_path / "app" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "app" / name)
    if FOLDER.is_dir():
        shutil.copytree(FOLDER, tmp_path / "app" / FOLDER.relative_to(ROOT))
    return tmp_path / "app"


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile and their arguments."""
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    return [
        (word, text) for word, _, text in (line.partition(" ") for line in lines if line) if not word.startswith("#")
    ]


@contextmanager
def started(command: str | list[str], folder: Path, **settings: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a server command in a shell, as a platform does; yields its port, once it listens, and the process."""
    port = free_port()
    log = folder.parent / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command if isinstance(command, list) else ["sh", "-c", f"exec env {command}"],
            cwd=folder,
            env=clean_environment(PATH=PATH_OF_VENV, PORT=str(port), WEB_CONCURRENCY="2", **settings),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )

    def listens() -> bool:
        assert process.poll() is None, log.read_text()[-3000:]
        with suppress(OSError):
            return get(port, "/healthz")[0] == 200
        return False

    try:
        wait_until(listens, "an answer of the server")
        yield port, process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def get(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def web() -> str:
    """The Procfile's web command."""
    return (ROOT / "Procfile").read_text().partition("web:")[2].strip()


@pytest.mark.long
def test_the_dockerfiles_steps_give_an_application_that_loads_its_demo_data(checkout: Path, tmp_path: Path) -> None:
    settings: dict[str, str] = {}
    command: list[str] = []
    for word, text in dockerfile():
        if word == "RUN":
            done = subprocess.run(
                ["sh", "-c", text],
                cwd=checkout,
                env=clean_environment(PATH=PATH_OF_VENV, **settings),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{text}\n{done.stdout[-1000:]}{done.stderr[-2000:]}"
        elif word == "ENV":
            settings |= dict(pair.split("=", 1) for pair in shlex.split(text))
        elif word == "CMD":
            command = json.loads(text)
    elsewhere = {k: v.replace("/tmp/storesight", str(tmp_path)) for k, v in settings.items() if k != "PORT"}
    with started(command, checkout, **elsewhere) as (port, _):
        status, body = get(port, "/readyz")
        assert status in (200, 503), body
        wait_until(lambda: get(port, "/readyz")[0] == 200, "readiness")
        assert get(port, "/")[0] == 200


@pytest.mark.long
def test_with_an_empty_store_the_procfile_listens_at_once_and_says_why_it_is_not_ready(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "sources").mkdir()
    with started(web(), checkout, STORESIGHT_SOURCES=str(tmp_path / "sources")) as (port, _):
        wait_until(lambda: b"none of the declared files" in get(port, "/readyz")[1], "the end of the first look")
        status, body = get(port, "/readyz")
        assert status == 503
        assert str(tmp_path / "sources") in json.loads(body)["reasons"][0]
        assert get(port, "/healthz")[0] == 200
        assert get(port, "/")[0] < 500
        for name in SHAPES:  # nothing made the outlines of maps before
            wait_until(lambda name=name: get(port, f"/shapes/{name}.json")[0] == 200, f"the outlines of {name}")


@pytest.mark.long
def test_sigterm_lets_a_request_finish(checkout: Path, tmp_path: Path) -> None:
    with started(web(), checkout, STORESIGHT_LOAD="off") as (port, process):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as slow:
            head = "POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            slow.sendall(f"{head}Content-Length: 2\r\n\r\n".encode() + b"[")
            wait_until(lambda: get(port, "/healthz")[0] == 200, "another answer")
            process.send_signal(signal.SIGTERM)
            log = tmp_path / "server.log"
            wait_until(lambda: "Handling signal: term" in log.read_text(), "the signal's arrival")
            slow.sendall(b"!")
            assert slow.recv(100).startswith(b"HTTP/1.1 400")
        assert process.wait(PATIENCE) == 0


def test_a_wrong_setting_is_one_clear_message(checkout: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec env {web()}"],
        cwd=checkout,
        env=clean_environment(PATH=PATH_OF_VENV, PORT="1x", LOG_LEVEL="loud"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode != 0
    assert "PORT='1x'" in done.stderr
    assert "LOG_LEVEL='loud'" in done.stderr
    assert "Traceback" not in done.stderr
