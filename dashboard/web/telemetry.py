"""/metrics for Prometheus: answers by chart from cache or computed, how long they took, rows and age of the data, and
jobs that wait or were given up.

Counts of all workers are added up through files in PROMETHEUS_MULTIPROC_DIR, which gunicorn.conf.py sets; without it a
process counts for itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from analytics.engines.base import Engine
from analytics.selection import Selection
from dashboard import delivery
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import current_viewer

if TYPE_CHECKING:
    from dashboard.delivery.jobs import Runner

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

ANSWERS = Counter("storesight_answers", "Chart answers, from the cache (hit) or computed (miss).", ["chart", "result"])
SECONDS = Histogram(
    "storesight_answer_seconds", "Seconds until a chart's answer was there.", ["chart", "result"], buckets=BUCKETS
)


def observe(chart: str, hit: bool, seconds: float) -> None:
    """Count one answer."""
    result = "hit" if hit else "miss"
    ANSWERS.labels(chart, result).inc()
    SECONDS.labels(chart, result).observe(seconds)


class DataCollector:
    """Rows and age of every data set that a viewer may see, read when somebody scrapes."""

    def __init__(self, service: ViewerService) -> None:
        self._service = service

    def collect(self) -> list[GaugeMetricFamily]:
        """The gauges, as Prometheus reads them."""
        rows = GaugeMetricFamily("storesight_rows", "Order lines loaded.", labels=["data"])
        age = GaugeMetricFamily("storesight_data_age_seconds", "Seconds since the data were loaded.", labels=["data"])
        for dataset in self._service.datasets():
            if dataset.error:
                continue
            engine = self._service.engine(dataset.name)
            loaded = datetime.fromisoformat(engine.loaded_at).replace(tzinfo=UTC)
            rows.add_metric([dataset.name], _lines(engine))
            age.add_metric([dataset.name], (datetime.now(UTC) - loaded).total_seconds())
        return [rows, age]


class JobCollector:
    """Jobs that wait and jobs that were given up, such as messages that could not be sent."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def collect(self) -> list[GaugeMetricFamily]:
        """The gauge, as Prometheus reads it."""
        jobs = GaugeMetricFamily("storesight_jobs", "Jobs that wait or were given up.", labels=["kind", "state"])
        for (kind, state), number in self._runner.counts().items():
            jobs.add_metric([kind, state], number)
        return [jobs]


def _lines(engine: Engine) -> int:
    """Order lines of the engine: all that were kept or, inside a policy, those that it lets see."""
    if engine.quality is not None:
        return engine.quality.rows_kept
    return int(engine.aggregate([], ["lines"], engine.resolve(Selection()))["lines"].iloc[0])


def install(server: Flask, service: Service) -> None:
    """Add /metrics to the server and count what the service answers."""
    service.observe = observe

    @server.get("/metrics")
    def _metrics() -> Response:
        registry = CollectorRegistry()
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            MultiProcessCollector(registry)
            text = generate_latest(registry)
        else:
            text = generate_latest(REGISTRY)
        own = CollectorRegistry()
        own.register(DataCollector(service.for_viewer(current_viewer())))
        if (runner := delivery.of(server)) is not None:
            own.register(JobCollector(runner))
        return Response(text + generate_latest(own), content_type=CONTENT_TYPE_LATEST)
