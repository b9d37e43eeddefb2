"""The one way from a question to its answer: pages, data URLs, exports, reports and tests all go through
`service.for_viewer(viewer)`, which knows no data but what that viewer may see."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import BeingComputed, NotAllowed, NotInData, StoreError, StoresightError, UnknownName
from analytics.language import N_, _, language
from analytics.quality import Quality
from analytics.questions.targets.target import Target
from analytics.schema import FIELDS, needed_labels
from analytics.selection import Clause, Resolved, Selection, filterable
from dashboard import journal
from dashboard.answers.codec import decode, encode
from dashboard.answers.engines import Engines
from dashboard.answers.goals import Goals
from dashboard.answers.kept import Kept
from dashboard.answers.models import Models
from dashboard.answers.viewers import Viewer
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.opening import default_selection
from dashboard.text.formats import formats_of, numbers_of

ROOT = Path(__file__).resolve().parent.parent.parent  # holds both packages


class Cache(Protocol):
    """Where answers are kept as bytes."""

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        """The bytes of a key, and whether they were there already."""

    def keeps(self, key: str) -> bool:
        """Whether the bytes of a key are there."""


@dataclass(frozen=True)
class Dataset:
    """One entry of the data-set switch; `error` says why it did not load, `invented` whether it only shows the
    application."""

    name: str
    title: str
    error: str = ""
    invented: bool = False


class Service:
    """What all viewers share: stored data sets, opened again when their version changes; the cache; fitted models.

    It gives no answers itself: `for_viewer` is the only way to an engine.
    """

    def __init__(self, root: Path, cache: Cache, failures: Callable[[], Mapping[str, str]] = dict) -> None:
        self._engines = Engines(root)
        self._cache = cache
        self._models = Models(self._kept)
        self._failures = failures
        self.stored_targets: Callable[[str], Sequence[Target]] = lambda dataset: ()  # of the state store, where one is
        self.wanted: Callable[[], Sequence[str]] = lambda: ()  # names of the data sets that should open first
        self.observe: Callable[[str, bool, float], None] = lambda chart, hit, seconds: None  # set by telemetry

    def for_viewer(self, viewer: Viewer) -> ViewerService:
        """The data sets and answers that this viewer may see."""
        return ViewerService(self, viewer)

    def current_versions(self) -> dict[str, str]:
        """The current version of every stored data set, by name: for work in the background, which tells nobody."""
        return {name: self._engines.version(name) or "" for name in self._engines.names()}

    def _kept(self, key: str, compute: Callable[[], Answer]) -> Answer:
        return decode(self._cache.get_or_compute(key, lambda: encode(compute()))[0])


class ViewerService:
    """Data sets and answers as one viewer sees them.

    A data set that lacks a field of the viewer's policy does not exist for that viewer: its rows cannot be limited.
    """

    def __init__(self, service: Service, viewer: Viewer, *, computes: bool = True) -> None:
        self._service = service
        self._engines = service._engines
        self.viewer = viewer
        self._computes = computes
        self.goals = Goals(viewer, service.stored_targets, self._fitted)

    @property
    def without_computing(self) -> ViewerService:
        """The same, which gives only answers that are kept, and raises BeingComputed instead of computing one."""
        return ViewerService(self._service, self.viewer, computes=False)

    @property
    def kept(self) -> Kept | None:
        """The answers of one run of a command; None in the application, whose cache is shared."""
        cache = self._service._cache
        return cache if isinstance(cache, Kept) else None

    # --- data sets
    def datasets(self) -> list[Dataset]:
        """Every data set that the viewer may see. Those that cannot be opened or failed to load, with the reason, are
        listed only where the viewer may see everything."""
        found = []
        for name in filter(self.viewer.knows, self._engines.names()):
            try:
                profile = self._engines.open(name, self.viewer).profile
                found.append(Dataset(name, profile.title, invented=profile.invented))
            except StoresightError as error:
                if self.viewer.unlimited:
                    found.append(Dataset(name, name, str(error)))
        if not self.viewer.unlimited:
            return found
        known = {d.name for d in found}
        return found + [Dataset(n, n, why) for n, why in sorted(self._service._failures().items()) if n not in known]

    def default_dataset(self) -> str:
        """The data set that opens where none is named, of those that can be opened: the one that is wanted (a setting,
        or else the one last used), or else the first by name, invented ones last. StoreError where there is none."""
        opened = [d for d in self.datasets() if not d.error]
        names = [d.name for d in sorted(opened, key=lambda d: d.invented)]
        for name in (*self._service.wanted(), *names):
            if name in names:
                return name
        raise StoreError(
            N_("no data set has been loaded yet."),
            hint=N_("Run `python -m analytics ingest --all`, or wait until loading is done."),
        )

    def engine(self, name: str) -> Engine:
        """The engine of a data set at its current version, inside the viewer's policy. UnknownName for any other."""
        if name in self._engines.names():
            try:
                return self._engines.open(name, self.viewer)
            except (NotInData, UnknownName):  # the policy cannot be applied, so this viewer may not see it
                pass
        known = self._engines.names() if self.viewer.unlimited else [d.name for d in self.datasets()]
        raise UnknownName(N_("data set"), name, known, where="URL parameter 'data'")

    def unknown_in(self, query: str) -> str:
        """The data set that a query string names where this viewer has none of that name, though others; else ""."""
        named = dict(parse_qsl(query.lstrip("?"))).get("data", "")
        if not named or self.viewer.linked is not None:
            return ""
        try:
            self.engine(named)
        except UnknownName:
            return named if any(not each.error for each in self.datasets()) else ""
        except StoresightError:  # it is there, and cannot be opened
            pass
        return ""

    def default_view(self, name: str) -> str:
        """The query string of the view that a data set opens with."""
        return default_selection(self.engine(name)).to_query()

    def quality(self, name: str) -> Quality | None:
        """The quality report of a data set's loading. It counts all rows, so it is None for a viewer with a policy; who
        may not see rows of the sources gets examples that only name file and row."""
        quality = self.engine(name).quality
        return quality if quality is None or self.viewer.sees_source_rows else quality.without_values()

    def version(self, name: str) -> str:
        """The current version of a data set of the viewer's. UnknownName for any other."""
        return self._engines.version(self.engine(name).name) or ""

    def keep(self, name: str, until: float) -> str:
        """Keep the current version of a data set for a link that shows it until a time; "" where that is not
        possible, as the store keeps few."""
        version = self.version(name)
        return version if version and self._engines.keep(name, version, until) else ""

    def versions(self) -> str:
        """One text that changes when any data set of the viewer does: what open pages poll."""
        return ",".join(f"{name}={self._engines.version(name)}" for name in self._visible_names())

    def _visible_names(self) -> Iterator[str]:
        if self.viewer.unlimited:
            yield from self._engines.names()
        else:
            yield from (d.name for d in self.datasets())

    # --- answers
    def select(self, query: str, *, strict: bool = False) -> tuple[Selection, Engine, tuple[str, ...]]:
        """The selection of a query string, its engine, and what was dropped from the query, with the reasons.

        A data set that does not exist is replaced by the default one, and filters on fields that the data lack are
        dropped; `strict` raises UnknownName instead. A query that says nothing but a data set, or nothing at all, is
        the default view, or all of the data where `strict`, as data URLs are. Whoever follows a link gets the link's
        selection, whatever the query, unless the link lets them change it.
        """
        linked = self.viewer.linked
        if linked is not None and not (linked.changeable and query.strip("?")):
            query = linked.query
        query = query.encode("utf-8", "replace").decode()  # JSON may hold lone surrogates
        named = Selection.from_query(query)[0].data
        unknown: tuple[str, ...] = ()
        try:
            engine = self.engine(named or self.default_dataset())
        except UnknownName:
            if strict:
                raise
            unknown = (_("There is no data set “{value}” here.", value=named),)
            engine = self.engine(self.default_dataset())
        fields = filterable(engine.schema)
        selection, dropped = Selection.from_query(query, fields, strict=strict)
        if not strict and linked is None and Selection.opens_default(query, fields):
            selection = default_selection(engine)
        dropped += unknown
        selection = replace(selection, data=engine.name)
        absent = [c for c in selection.clauses if c.field not in engine.schema]
        if absent and strict:
            raise UnknownName("field", absent[0].field, [f.name for f in engine.schema.dimensions], where="URL")
        if strict:
            _refuse_unknown_values(selection, engine)
        for clause in absent:
            selection = selection.with_clause(Clause(clause.field, whole_orders=clause.whole_orders))
            dropped += (
                _(
                    "{profile} has no field “{field}”: the filter is left out.",
                    profile=engine.profile.title,
                    field=FIELDS[clause.field].label if clause.field in FIELDS else clause.field,
                ),
            )
        return selection, engine, dropped

    def answer(
        self,
        chart: Chart,
        selection: Resolved,
        options: Mapping[str, str],
        engine: Engine,
        patience: float | None = None,
        *,
        within: bool = False,
    ) -> Answer:
        """The chart's answer under the selection without the chart's own dimensions, from the cache or the engine;
        `within` all filters, as files have it.

        Raises BeingComputed where the chart's models take longer than `patience` seconds (None waits for them), or the
        answer is not kept and this service computes none, and NotAllowed where the chart is not of the page that a link
        shows."""
        self.check(chart)
        chosen = chart.read_options(options, engine.schema)
        missing = chart.missing(engine.schema, chosen)
        if missing:
            raise NotInData(
                N_(
                    "{chart} needs {names}, which {profile} does not have.",
                    chart=chart.title,
                    names=needed_labels(missing),
                    profile=engine.profile.title,
                ),
                where=chart.name,
            )
        own = (chart.within if within else chart.own)(selection, chosen, engine.schema)
        key = repr((chart.name, code_version(), own.key, sorted(chosen.items()), engine.policy, engine.version))
        if chart.role == "insights":  # sentences; any other answer serves viewers of every language
            key += language()
        began = time.perf_counter()
        given: dict[str, Any] = {}
        if chart.targets:
            given["targets"] = self.goals.of_chart(chart, own, engine, patience)
            key += repr([(goal.target, goal.pending) for goal in given["targets"]])
        kept = (chart.models or not self._computes) and self._service._cache.keeps(key)
        if chart.models and not kept:
            given["models"] = self.models(chart.models, own, engine, patience)
        computed: list[Answer] = []  # this call computed it, so it need not be decoded from its bytes

        def compute() -> bytes:
            with numbers_of(engine.profile):  # the cache does not know who asked first
                computed.append(chart.compute(engine, own, chosen, **given))
            return encode(computed[0])

        if not self._computes and not kept:
            raise BeingComputed(N_("the answer is not kept yet."), where=chart.name)
        data, hit = self._service._cache.get_or_compute(key, compute)
        self._service.observe(chart.name, hit, time.perf_counter() - began)
        journal.note(chart=chart.name, selection=hashlib.sha256(own.key.encode()).hexdigest()[:12], hit=hit)
        answer = computed[0] if computed else decode(data)
        f = formats_of(engine.profile)
        notes = list(answer.notes)
        if own.span.start < selection.span.start:
            notes.insert(0, N_("Shown: {span}. The range alone is too short for this.", span=f.span(own.span)))
        with numbers_of(engine.profile):  # in the viewer's language
            return replace(answer, notes=tuple(map(str, notes)), why=str(answer.why))

    def check(self, chart: Chart) -> None:
        """NotAllowed where the viewer does not reach this chart."""
        if not self.viewer.reaches(chart.name):
            raise NotAllowed(N_("this link shows one page only."), where=chart.name, hint=N_("Ask whoever sent it."))

    def file(self, name: Hashable, engine: Engine, make: Callable[[], bytes]) -> bytes:
        """A file made from answers of the engine, such as a workbook: made once for each language and kept like an
        answer. `name` says all that it depends on besides the data and the viewer's policy."""
        code = code_version("analytics", "dashboard")
        key = repr(("file", code, language(), name, engine.name, engine.policy, engine.version))
        return self._service._cache.get_or_compute(key, make)[0]

    def models(
        self, fit: Callable[[Engine, Resolved], Answer], selection: Resolved, engine: Engine, patience: float | None
    ) -> Answer:
        """What `fit` learns from all that the viewer may see up to the end of the range: once for all workers."""
        whole = selection.to_date.only()
        return self._fitted(repr((fit.__qualname__, whole.lines_key)), lambda: fit(engine, whole), engine, patience)

    def _fitted(self, name: str, fit: Callable[[], Answer], engine: Engine, patience: float | None) -> Answer:
        """What is fitted under this name for the data and the policy of the engine: once for all workers."""
        key = repr((name, code_version(), engine.name, engine.policy, engine.version))
        return self._service._models.get(key, fit, patience)

    def study(
        self, name: Hashable, compute: Callable[[], Answer], engine: Engine, patience: float | None = None
    ) -> Answer:
        """What takes long to compute from the engine and is no chart: computed once for all workers, kept like an
        answer, and waited for as for a model. `name` says all that it depends on besides the data and the viewer's
        policy."""
        key = repr(("study", code_version(), name, engine.name, engine.policy, engine.version))
        return self._service._models.get(key, compute, patience)

    def prepare(self, charts: Iterable[Chart]) -> None:
        """Fit the models behind these charts for the default view of every data set, and the chances of its targets,
        where that is not done yet."""
        for dataset in self.datasets():
            if dataset.error:
                continue
            selection, engine, _ = self.select(self.default_view(dataset.name))
            now = engine.resolve(selection)
            for fit in {c.models for c in charts if c.models and not c.missing(engine.schema)}:
                self.models(fit, now, engine, None)
            self.goals.prepare(engine, now)

    def context(self, chart: Chart, selection: Resolved, options: Mapping[str, str], engine: Engine) -> Context:
        """What a drawing function needs besides the answer."""
        chosen = chart.read_options(options, engine.schema)
        selection = chart.at_grain(selection, chosen)
        emits, profile = chart.emitted(chosen), engine.profile
        return Context(chart.title, selection, chosen, formats_of(profile), engine.schema, emits, profile.ledger_words)


def _refuse_unknown_values(selection: Selection, engine: Engine) -> None:
    """UnknownName, with the closest values, for a filter that matches nothing in the data."""
    now = engine.resolve(selection)
    for field, value in engine.unknown_values(now)[:1]:
        known, _ = engine.values(field, "", now.only(), 1000)
        raise UnknownName(N_("value of {field}", field=field), value, [str(v) for v in known["value"]], where="URL")


@lru_cache
def code_version(*packages: str) -> str:
    """A digest of the code and the words of these packages (by default of what computes answers): a release never reads
    another release's answers."""
    digest = hashlib.sha256()
    for package in packages or ("analytics",):
        for path in sorted(p for suffix in ("py", "po") for p in (ROOT / package).rglob(f"*.{suffix}")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
