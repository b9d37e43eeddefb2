"""How gunicorn serves the application; `gunicorn dashboard.wsgi:server` finds this file by itself."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads: its products here are short
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # before pyarrow loads: its own keeps what threads freed

import gc
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from analytics.errors import ConfigError
from dashboard import journal
from dashboard.background import memory
from dashboard.settings import from_env

try:
    settings = from_env(os.environ)
except ConfigError as fault:
    sys.exit(str(fault))

gc.disable()  # workers enable it: what is imported until then stays, and looking through it takes a sixth of the start
memory.share_arenas()
bind = f"127.0.0.1:{settings.port}"
worker_class = "dashboard.worker.Worker"  # gthread, with a deadline for requests to arrive
limit_request_line = 0  # the worker bounds all that comes before a body; an address may have 16,000 characters
workers = settings.workers
threads = settings.threads
preload_app = True  # workers share what the master imported
control_socket_disable = True  # its default path is shared by all instances of a user
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # the heartbeat file must not wait for a disk
max_requests = 10_000
max_requests_jitter = 1_000
timeout = 60
graceful_timeout = 20  # after SIGTERM requests under way may finish
keepalive = 5
logconfig_dict = journal.configuration(settings.log_level)


# New objects after which a worker looks for garbage; by default 700, which is many times within one answer.
GARBAGE = 10_000

os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="storesight-metrics-"))


def on_starting(server: Any) -> None:
    """Have the outlines of maps and the scripts of browsers made where an installation has not made them; the
    application listens meanwhile."""
    from dashboard.bundles import plotly
    from dashboard.web import outlines

    for made, module in ((outlines.made(), "data.outlines"), (plotly.made(), "data.scripts")):
        if not made:
            subprocess.Popen([sys.executable, "-m", module], cwd=Path(__file__).parent)


def child_exit(server: Any, worker: Any) -> None:
    """A worker's gauges end with it; its counts stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def when_ready(server: Any) -> None:
    """Say where the application is, for the person who typed `make run`.

    What is loaded by now stays out of garbage collection, in the workers too: looking through it would write to it, and
    each worker would get a copy of what they share."""
    gc.collect()
    gc.freeze()
    addresses = ", ".join(
        f"http://{address[0]}:{address[1]}" for address in server.cfg.address if isinstance(address, tuple)
    )
    print(f"Storesight is at {addresses}", flush=True)


def post_worker_init(worker: Any) -> None:
    """Collect garbage, and load data in the background; only after the fork, since threads do not survive one."""
    gc.set_threshold(GARBAGE, 10, 10)
    gc.enable()
    loader = getattr(worker.wsgi, "extensions", {}).get("storesight.loader")
    if loader is not None:
        loader.start()
