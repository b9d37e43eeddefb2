"""The one way from a question to its answer: pages, data URLs, exports, reports and tests all go through `answer`."""

from __future__ import annotations

import hashlib
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

import analytics
from analytics import store
from analytics.answer import Answer
from analytics.engines import open_engine
from analytics.engines.base import Engine
from analytics.errors import NotInData, StoreError, StoresightError, UnknownName
from analytics.questions.customers.buyers import to_date
from analytics.selection import Clause, Resolved, Selection
from dashboard import journal
from dashboard.answers.models import Models
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.events import default_selection
from dashboard.text.formats import formats_of


@dataclass(frozen=True)
class Viewer:
    """Who asks, and what they may see: filters that nothing they do can widen."""

    policy: tuple[Clause, ...] = ()


EVERYONE = Viewer()


class Cache(Protocol):
    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]: ...


@dataclass(frozen=True)
class Dataset:
    """One entry of the data-set switch; `error` says why it did not load."""

    name: str
    title: str
    error: str = ""


class Service:
    """Engines by data set, taken up anew when the store's version changes, and answers through the cache."""

    def __init__(self, root: Path, cache: Cache, failures: Callable[[], Mapping[str, str]] = dict) -> None:
        self._root, self._cache = root, cache
        self._models = Models(self._kept)
        self._engines: dict[str, Engine] = {}
        self._failures = failures
        self._lock = threading.Lock()
        self.observe: Callable[[str, bool, float], None] = lambda chart, hit, seconds: None  # telemetry listens here

    # --- data sets
    def datasets(self) -> list[Dataset]:
        """Every data set of the store, and those that failed to load with the reason."""
        found = []
        for name in store.names(self._root):
            try:
                found.append(Dataset(name, self.engine(name).profile.title))
            except StoresightError as error:
                found.append(Dataset(name, name, str(error)))
        known = {d.name for d in found}
        return found + [Dataset(n, n, why) for n, why in sorted(self._failures().items()) if n not in known]

    def default_dataset(self) -> str:
        for dataset in self.datasets():
            if not dataset.error:
                return dataset.name
        raise StoreError(
            "no data set has been loaded yet.",
            hint="Run `python -m analytics ingest --all`, or wait until loading is done.",
        )

    def engine(self, name: str, viewer: Viewer = EVERYONE) -> Engine:
        """The engine of a data set at its current version, inside the viewer's policy."""
        version = store.current_version(self._root, name)
        if version is None:
            raise UnknownName("data set", name, store.names(self._root), where="URL parameter 'data'")
        with self._lock:
            engine = self._engines.get(name)
            if engine is None or engine.version != version:
                engine = self._engines[name] = open_engine(self._root, name)
        return engine.within(viewer.policy) if viewer.policy else engine

    def default_view(self, name: str) -> str:
        """The query string of the view that a data set opens with."""
        return default_selection(self.engine(name)).to_query()

    def versions(self) -> str:
        """One text that changes when any data set does: what open pages poll."""
        return ",".join(f"{n}={store.current_version(self._root, n)}" for n in store.names(self._root))

    # --- answers
    def select(
        self, query: str, viewer: Viewer = EVERYONE, *, strict: bool = False
    ) -> tuple[Selection, Engine, tuple[str, ...]]:
        """The selection of a query string with its engine, and what in it was not understood. A data set that is not
        there is dropped for the default one (refused when strict); filters on fields that the data lack are dropped
        likewise. An empty query is the default data set's default view; for data URLs (strict) it is all of it."""
        query = query.encode("utf-8", "replace").decode()  # JSON may hold halves of characters
        if not query.strip("?") and not strict:
            query = self.default_view(self.default_dataset())
        selection, dropped = Selection.from_query(query, strict=strict)
        try:
            engine = self.engine(selection.data or self.default_dataset(), viewer)
        except UnknownName as error:
            if strict:
                raise
            dropped += (str(error),)
            engine = self.engine(self.default_dataset(), viewer)
        selection = replace(selection, data=engine.name)
        absent = [c for c in selection.clauses if c.field not in engine.schema]
        if absent and strict:
            raise UnknownName("field", absent[0].field, [f.name for f in engine.schema.dimensions], where="URL")
        if strict:
            _refuse_unknown_values(selection, engine)
        for clause in absent:
            selection = selection.with_clause(Clause(clause.field, whole_orders=clause.whole_orders))
            dropped += (f"{engine.profile.title} has no field {clause.field!r}: the filter is left out.",)
        return selection, engine, dropped

    def answer(
        self,
        chart: Chart,
        selection: Resolved,
        options: Mapping[str, str],
        engine: Engine,
        patience: float | None = None,
    ) -> Answer:
        """The chart's answer under the selection without the chart's own dimensions, from the cache or the engine.

        Raises BeingComputed where the chart's models take longer than `patience` seconds (None waits for them)."""
        missing = chart.missing(engine.schema)
        if missing:
            raise NotInData(
                f"{chart.title} needs {', '.join(missing)}, which {engine.profile.title} does not have.",
                where=chart.name,
            )
        chosen = chart.read_options(options)
        own = chart.own(selection, chosen, engine.schema)
        key = repr((chart.name, code_version(), own.key, sorted(chosen.items()), engine.policy, engine.version))
        began = time.perf_counter()
        given = {"models": self.models(chart.models, own, engine, patience)} if chart.models else {}
        computed: list[Answer] = []  # by this call: to be read again from its bytes it need not be

        def compute() -> bytes:
            computed.append(chart.compute(engine, own, chosen, **given))
            return encode(computed[0])

        data, hit = self._cache.get_or_compute(key, compute)
        self.observe(chart.name, hit, time.perf_counter() - began)
        journal.note(chart=chart.name, selection=hashlib.sha256(own.key.encode()).hexdigest()[:12], hit=hit)
        return computed[0] if computed else decode(data)

    def models(
        self, fit: Callable[[Engine, Resolved], Answer], selection: Resolved, engine: Engine, patience: float | None
    ) -> Answer:
        """What `fit` learns from all that the viewer may see up to the end of the range: once for all workers."""
        whole = to_date(selection).only()
        key = repr((fit.__qualname__, code_version(), engine.name, whole.lines_key, engine.policy, engine.version))
        return self._models.get(key, lambda: fit(engine, whole), patience)

    def prepare(self, charts: Iterable[Chart]) -> None:
        """Fit the models behind these charts for the default view of every data set, where that is not done yet."""
        for dataset in self.datasets():
            if dataset.error:
                continue
            selection, engine, _ = self.select(self.default_view(dataset.name))
            now = engine.resolve(selection)
            for fit in {c.models for c in charts if c.models and not c.missing(engine.schema)}:
                self.models(fit, now, engine, None)

    def _kept(self, key: str, compute: Callable[[], Answer]) -> Answer:
        return decode(self._cache.get_or_compute(key, lambda: encode(compute()))[0])

    def context(self, chart: Chart, selection: Resolved, options: Mapping[str, str], engine: Engine) -> Context:
        chosen = chart.read_options(options)
        return Context(chart.title, selection, chosen, formats_of(engine.profile), engine.schema, chart.emitted(chosen))


def _refuse_unknown_values(selection: Selection, engine: Engine) -> None:
    """UnknownName, with the closest values, for a filter that matches nothing in the data."""
    now = engine.resolve(selection)
    for field, value in engine.unknown_values(now)[:1]:
        known, _ = engine.values(field, "", now.only(), 1000)
        raise UnknownName(f"value of {field}", value, [str(v) for v in known["value"]], where="URL")


@lru_cache(maxsize=1)
def code_version() -> str:
    """A digest of the code that computes answers: another release never reads what an older one meant."""
    package = Path(analytics.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# An Answer as bytes: a length-prefixed JSON head (notes, names and sizes of frames), then each frame as an Arrow
# stream. Never a pickle.
_LENGTH = struct.Struct(">I")


def encode(answer: Answer) -> bytes:
    frames = {"": answer.frame, **answer.more}
    bodies = [_arrow(f) for f in frames.values()]
    head = orjson.dumps(
        {"notes": list(answer.notes), "frames": [[n, len(b)] for n, b in zip(frames, bodies, strict=True)]}
    )
    return b"".join([_LENGTH.pack(len(head)), head, *bodies])


def decode(data: bytes) -> Answer:
    start = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    head = orjson.loads(data[_LENGTH.size : start])
    frames: dict[str, pd.DataFrame] = {}
    for name, size in head["frames"]:
        with pa.ipc.open_stream(pa.py_buffer(data[start : start + size])) as reader:
            frames[name] = reader.read_all().to_pandas()
        start += size
    return Answer(frames.pop(""), tuple(head["notes"]), frames)


def _arrow(frame: pd.DataFrame) -> bytes:
    columns = [pa.array(c.to_numpy() if isinstance(c.dtype, np.dtype) else c.array) for _, c in frame.items()]
    table = pa.table(columns, names=list(frame.columns))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
