"""What changed between two versions of a data set, as one policy sees them, and since when somebody has not looked.

recap → compare → wording; keeping and looks hold them in the state store, which making fills in the background;
panel shows what changed on the Overview
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask

from dashboard import delivery
from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION

if TYPE_CHECKING:
    from dashboard.delivery.jobs import Job

KIND: Final = "recap"  # of the jobs that make one


def install(server: Flask, service: Service) -> None:
    """Let recaps be made where people sign in, and add what the panel calls."""
    state, runner = server.extensions.get(EXTENSION), delivery.of(server)
    if state is None or runner is None:
        return
    from dashboard.changes import keeping, making, routes  # need packages that only a state store needs
    from dashboard.company import policies
    from dashboard.delivery import jobs

    now = server.extensions[policies.EXTENSION]

    def make(job: Job) -> None:
        making.make(service, state, now(), job.payload["data"], job.payload["scope"])

    def add(data: str, version: str, scope: str) -> None:
        keeping.forget_jobs(state, KIND)
        jobs.add(state, KIND, f"{data} {version} {scope}", {"data": data, "scope": scope})

    runner.handle(KIND, make)
    runner.watch.append(making.Watch(service, state, add))
    routes.install(server, state, service)
