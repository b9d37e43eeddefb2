"""The page "Add data" and the routes that it calls. A file comes in parts of less than a megabyte, each a request of
its own, so that no request is large, and none has to be kept whole in memory.

    GET  /add                                  the page
    POST /uploads                              {"files": [{"name", "size"}]} → {"id"}
    POST /uploads/address                      {"address", "tables"}: fetch a file or a database's tables, and find out
                                               how to read it → its progress
    POST /uploads/<id>/files/<n>?at=<bytes>    the next part of a file → {"size"}
    POST /uploads/<id>/read                    {"toml"}: find out how to read them, or read them so; {"columns",
                                               "formats", "own", "settings"}: with these columns, by field; {"fix",
                                               "field"}: with a change (fixes.py)
    GET  /uploads/name?title=<title>           the name that a new data set of this title gets → {"name", "problem"}
    POST /uploads/<id>/load                    {"mode", "title" or "name"}: make them a data set
    POST /uploads/sets/<name>/undo             put back the version before → the progress of that
    POST /uploads/sets/<name>/change           {"fix", "field"}: read its files in another way (fixes.py) → the same
    GET  /uploads/<id>                         how far it is

Only who may add data is answered, and only for a request that the application's own page sends: it carries a header
that a page of another site cannot set.
"""

from __future__ import annotations

import ipaddress
import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from flask import Flask, Response, g, jsonify, request

from analytics.errors import Busy, NotAllowed, RequestError, capital
from analytics.language import N_
from analytics.loading.written.toml_text import recognised
from analytics.runtime import locks
from dashboard.answers.viewers import current_viewer
from dashboard.outgoing import LONGEST_ADDRESS
from dashboard.settings import Settings
from dashboard.uploads.bodies import Body
from dashboard.uploads.folder import LARGEST_PART, State, Upload
from dashboard.uploads.mapping import Choice
from dashboard.uploads.names import checked_title, name_of
from dashboard.uploads.page import page, refused_page
from dashboard.uploads.process.start import free_place, progress, start_process, start_reading
from dashboard.uploads.remote import databases
from dashboard.uploads.remote.addresses import checked
from dashboard.uploads.sets import MODES, added, old_of, settle
from dashboard.web.quality import Editing

HEADER = "X-Storesight-Upload"
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")  # what a proxy adds: its client may be anywhere
LARGEST_TOML = 64 * 1024
LONGEST_TABLES = 2000


@dataclass(frozen=True)
class Desk:
    """What takes uploads in. `titles`: those of the stored data sets, by name."""

    settings: Settings
    titles: Callable[[], Mapping[str, str]]

    def allowed(self) -> Path:
        """The folder of uploads. NotAllowed where the sender of the request may not add data."""
        if self.settings.uploads is None:
            raise NotAllowed(
                N_("data cannot be added in the browser here."),
                hint=N_("Set STORESIGHT_UPLOADS to a folder on a permanent disk, or use `python -m analytics ingest`."),
            )
        forwarded = self.settings.proxies or any(name in request.headers for name in FORWARDED)
        local = not forwarded and _is_local(request.remote_addr)
        if self.settings.login == "off" and self.settings.uploads_from == "local" and not local:
            raise NotAllowed(
                N_("data can be added only from the machine on which the application runs."),
                hint=N_("Set STORESIGHT_UPLOADS_FROM=anyone to let everybody who can open the application add data."),
            )
        viewer = current_viewer()
        if not (viewer.unlimited and viewer.may("upload")):
            raise NotAllowed(N_("you may not add data."), hint=N_("Ask an administrator."))
        return self.settings.uploads

    def changing(self) -> Path:
        """The same for a request that changes something, which only the application's own page may send."""
        if request.headers.get(HEADER) != "1" or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise NotAllowed(N_("this request did not come from the page “Add data”."))
        return self.allowed()

    def add(self) -> Response:
        """The page."""
        try:
            text = page(added(self.allowed() / "sets"), self.settings.upload_hosts)
        except NotAllowed as refused:
            text = refused_page(capital(str(refused)))
        return Response(text, mimetype="text/html", headers={"Cache-Control": "private, no-store"})

    def begin(self) -> Response:
        """Names and sizes of the files that will come."""
        root = self.changing()
        files = [(f.text("name", 300), f.size("size")) for f in Body.of_request().objects("files")]
        upload = Upload.begin(root, files, self.settings.upload_mb * 2**20)
        return jsonify(id=upload.folder.name, part=LARGEST_PART)

    def fetch(self) -> Response:
        """Fetch a file or the tables of a database and find out how they are read, where the settings name the host."""
        root, hosts = self.changing(), self.settings.upload_hosts
        body = Body.of_request()
        text, tables = body.text("address", LONGEST_ADDRESS), body.text("tables", LONGEST_TABLES)
        (databases.checked if databases.is_database(text) else checked)(text, hosts)
        upload = Upload.of_address(root)
        most = min(self.settings.upload_mb * 2**20, shutil.disk_usage(root).free // 2)
        try:
            with free_place(root) as place:
                start_process(upload, place, "fetch", ",".join(hosts), str(most), tables, told=text)
        except Busy:
            upload.forget()
            raise
        return jsonify(id=upload.folder.name, **progress(upload))

    def part(self, ident: str, number: int) -> Response:
        """The next part of a file."""
        upload = Upload.find(self.changing(), ident)
        at = request.args.get("at", "")
        if not re.fullmatch(r"[0-9]{1,15}", at):
            raise RequestError("at must say how many bytes of the file have come.")
        if upload.state.stage != "receiving":
            raise RequestError(N_("this upload takes no more files."))
        return jsonify(size=upload.append(number, int(at), request.get_data(cache=False)))

    def read(self, ident: str) -> Response:
        """Find out how the files are read, or read them as a TOML says."""
        root = self.changing()
        upload = Upload.find(root, ident)
        body = Body.of_request()
        toml, choice = body.text("toml", LARGEST_TOML), [body.texts(part.name) for part in fields(Choice)]
        if upload.state.stage == "loaded":
            raise RequestError(
                N_("these files have been loaded already."), hint=N_("To load them again, choose them again.")
            )
        if not upload.whole:
            raise RequestError(N_("the upload is incomplete."), hint=N_("Choose the files again."))
        fix, field = body.change()
        if fix:
            task, found = ["fix", fix, field], upload.state.found
        elif any(choice):
            task = ["choose", *map(json.dumps, choice)]
            found = upload.state.found
        else:
            task = ["read"]
            found = {}
        start_reading(root, upload, State("reading", toml=toml or upload.state.toml, found=found), *task)
        return jsonify(progress(upload))

    def load(self, ident: str) -> Response:
        """Make the files a data set."""
        root = self.changing()
        upload = Upload.find(root, ident)
        body = Body.of_request()
        mode = body.text("mode", 10) or MODES[0]
        if mode not in MODES:
            raise RequestError(f"mode must be one of {', '.join(MODES)}.")
        before = upload.state
        if before.stage not in ("read", "failed") or "orders" not in before.found:
            raise RequestError(N_("the files have not been read yet."))
        if before.found.get("mapping", {}).get("price"):
            raise RequestError(N_("say first how many pieces a line sells."))
        title = self._new_title(body.text("title", 400)) if mode == "new" else ""
        name = name_of(title, self._taken(root / "sets")) if title else self._added(root, body.text("name", 40))
        state = State("loading", toml=before.toml, found=before.found)
        start_reading(root, upload, state, "load", *self._places(root), name, mode, title)
        g.audited = f"data={name}&mode={mode}"  # the address of the request names neither
        return jsonify(progress(upload))

    def name(self) -> Response:
        """The name that a new data set of a title gets, or why it cannot have that title."""
        root = self.allowed()
        try:
            title = self._new_title(request.args.get("title", "")[:400])
        except RequestError as fault:
            return jsonify(name="", problem=capital(str(fault)))
        return jsonify(name=name_of(title, self._taken(root / "sets")), problem="")

    def undo(self, name: str) -> Response:
        """Put back the version of a data set before the last change."""
        root = self.changing()
        self._added(root, name)
        if not old_of(root / "sets", name).is_dir():
            raise RequestError(N_("there is no earlier version."))
        upload = Upload.of_set(root, name)
        start_reading(root, upload, upload.state, "undo", *self._places(root), name)
        return jsonify(id=upload.folder.name, **progress(upload))

    def change(self, name: str) -> Response:
        """Read the files of a data set in another way."""
        root = self.changing()
        self._added(root, name)
        fix, field = Body.of_request().change()
        if not fix:
            raise RequestError(N_("there is no such change."))
        upload = Upload.of_set(root, name)
        start_reading(root, upload, upload.state, "change", *self._places(root), name, fix, field)
        return jsonify(id=upload.folder.name, **progress(upload))

    def editing(self, name: str) -> Editing:
        """What the sender of the request may do with a data set."""
        try:
            sets = {each.name: each for each in added(self.allowed() / "sets")}
        except NotAllowed:
            return Editing()
        toml = self.allowed() / "sets" / name / f"{name}.toml"
        platform = name in sets and bool(recognised(toml.read_text("utf-8", "replace")))
        return Editing(name in sets, name in sets and sets[name].undo, platform)

    def _places(self, root: Path) -> tuple[str, str]:
        return str(root.resolve() / "sets"), str(self.settings.store.resolve())

    def _added(self, root: Path, name: str) -> str:
        """The name of a data set that was added here. RequestError for any other."""
        known = [each.name for each in added(root / "sets")]
        if name not in known:
            raise RequestError(
                N_("no such data set was added in the browser."), hint=N_("Load the files as a new data set.")
            )
        return name

    def _new_title(self, text: str) -> str:
        """The title of a new data set. RequestError where it is none, or that of another data set."""
        title = checked_title(text)
        if title.casefold() in map(str.casefold, self.titles().values()):
            raise RequestError(
                N_("there is already a data set called “{title}”.", title=title),
                hint=N_(
                    "Choose another title, or add the files to that data set or replace its files under “Load as”."
                ),
            )
        return title

    def _taken(self, sets: Path) -> set[str]:
        """Names that a new data set cannot have: those of stored, declared and added ones."""
        declared = {toml.stem for folder in self.settings.catalog_folders for toml in folder.glob("*.toml")}
        folders = {re.sub(r"^\.|\.[a-z]+$", "", p.name) for p in sets.glob("*")}  # .shop.old is put back as shop
        return {*self.titles(), *declared, *folders}

    def state(self, ident: str) -> Response:
        """How far an upload is."""
        root = self.allowed()
        sets = [asdict(each) for each in added(root / "sets")]
        return jsonify(**progress(Upload.find(root, ident)), sets=sets)


def install(server: Flask, desk: Desk) -> None:
    """Add the routes, and put back what a process that was killed has moved away."""
    if desk.settings.uploads is not None:
        _recover(desk.settings.uploads)
    one = "/uploads/<ident>"
    for method, address, view in (
        ("GET", "/add", desk.add),
        ("POST", "/uploads", desk.begin),
        ("POST", "/uploads/address", desk.fetch),
        ("GET", "/uploads/name", desk.name),
        ("POST", "/uploads/sets/<name>/undo", desk.undo),
        ("POST", "/uploads/sets/<name>/change", desk.change),
        ("POST", f"{one}/files/<int:number>", desk.part),
        ("POST", f"{one}/read", desk.read),
        ("POST", f"{one}/load", desk.load),
        ("GET", one, desk.state),
    ):
        server.add_url_rule(address, f"uploads.{view.__name__}", view, methods=[method])


def _recover(root: Path) -> None:
    # A folder that is absent is made, and one that cannot be written is told, when files come.
    with suppress(OSError), (root / locks.CHANGING).open("a") as lock:
        if locks.take(lock):
            settle(root / "sets")


def _is_local(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
