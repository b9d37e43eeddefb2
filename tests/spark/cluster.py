"""A standalone Spark cluster on loopback: a master and two workers, each a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pyspark

from tests.processes import clean_environment, free_port, wait_until

WORKERS, CORES = 2, 2  # of each worker; they are promises, not processors


class Cluster:
    """`master` is its URL. Its logs lie in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.master = f"spark://127.0.0.1:{self.port}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start it and return when both workers have joined; TimeoutError with the master's log otherwise."""
        log = self._java("master.Master", "--port", str(self.port), "--webui-port", str(free_port()))
        try:
            wait_until(self._listens, "the start of the Spark master")
            for _ in range(WORKERS):
                size = ("--cores", str(CORES), "--memory", "3g")
                self._java("worker.Worker", *size, "--webui-port", str(free_port()), self.master)
            wait_until(lambda: self.workers(log) == WORKERS, "the joining of the Spark workers")
        except TimeoutError as late:
            self.stop()
            raise TimeoutError(f"{late}:\n{log.read_text()[-3000:]}") from None

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + 20
        for process in self._processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        self._processes.clear()

    def workers(self, log: Path) -> int:
        """How many workers the master has registered."""
        self._check()
        return len(re.findall("Registering worker", log.read_text()))

    def _check(self) -> None:
        """TimeoutError at once where a process has ended: nothing more will happen."""
        for process in self._processes:
            if process.poll() is not None:
                raise TimeoutError(f"a process of the Spark cluster ended with {process.returncode}")

    def _java(self, role: str, *arguments: str) -> Path:
        home = Path(pyspark.__file__).parent
        log = self.folder / f"{role}-{len(self._processes)}.log"
        settings = clean_environment(SPARK_HOME=str(home), SPARK_LOCAL_IP="127.0.0.1", SPARK_DAEMON_MEMORY="256m")
        settings["SPARK_WORKER_DIR"] = str(self.folder / "work")
        command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", "--host", "127.0.0.1"]
        with log.open("wb") as out:
            self._processes.append(
                subprocess.Popen([*command, *arguments], stdout=out, stderr=out, env=settings, start_new_session=True)
            )
        return log

    def _listens(self) -> bool:
        self._check()
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
