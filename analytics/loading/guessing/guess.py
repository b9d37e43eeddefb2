"""A first TOML for files that nobody has described: what each file is, and what remains in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from analytics.errors import DataError, SourceError, StoresightError
from analytics.loading.guessing import synonyms
from analytics.loading.guessing.appearance import Appearance, alike, appearance, other_sheets
from analytics.loading.guessing.choice import choose
from analytics.loading.guessing.completing import completed, put_refunds
from analytics.loading.guessing.drafting.decided import Draft, time_of
from analytics.loading.guessing.drafting.draft import draft_of
from analytics.loading.guessing.drafting.refusals import sums_of
from analytics.loading.guessing.drafting.text import title_of, written
from analytics.loading.guessing.inspection import Column, Study, study
from analytics.loading.guessing.joins import FoundRefunds, join, order_keys, refunds
from analytics.loading.guessing.known_files import known_files
from analytics.loading.guessing.trial import tried
from analytics.loading.guessing.united import Origin, united
from analytics.loading.written.toml_text import TomlText, not_read_line, not_sure_lines, quoted, source_lines


def guess(
    paths: Sequence[Path],
    sources: Path | None = None,
    catalog: Sequence[Path] = (),
    *,
    prefix: str = "",
    check: bool = True,
) -> str:
    """A commented TOML for files of order lines; further files that hold a key of theirs become joins, files of their
    refunds and other sales further sources. Files of a platform that a pack knows are read by the pack; `catalog` names
    folders with more packs. Every file that is not read is named, and why.

    `sources` is the folder that file names are relative to; without it each name stands alone. `prefix` is written
    before each name: "./" where the TOML will be in that folder. With `check` the TOML is tried before it is returned:
    its first lines say what came of it, or what it still needs (a date format, an exchange rate).
    DataError: the files are not order lines; the message names what they lack. SourceError: a file cannot be read.
    """
    paths = _files(paths)
    if not paths:
        raise SourceError("no file was named.", hint="Run python -m analytics guess FILE…")
    root = sources if sources and all(p.resolve().is_relative_to(sources.resolve()) for p in paths) else None
    base = (root or paths[0].parent).resolve()
    files, unreadable = _appearances(paths)
    known = known_files(files, root, catalog, prefix)
    origins = list(known.origins)
    left = unreadable + known.left
    rest = [found for found in files if found.path not in known.paths]
    if rest and len(origins) == 1:
        rest, origins = _completed(rest, files, origins[0], root, prefix)
    if rest:
        try:
            more, told = _described(rest, root, prefix, beside=bool(origins))
        except StoresightError as fault:
            if not origins:
                raise (known.refused or fault) from fault
            more, told = [], not_read_line(found.path.name for found in rest)
        origins += more
        left += told
    if not origins and known.refused:
        raise known.refused
    toml, read = united(origins, base)
    return tried(left + toml, len(read), base) if check else left + toml


def _completed(
    rest: Sequence[Appearance], files: Sequence[Appearance], origin: Origin, root: Path | None, prefix: str
) -> tuple[list[Appearance], list[Origin]]:
    """The files that tell nothing of the order lines of a platform, and these with what the others tell."""
    studies, _ = _studies(rest, root, prefix, refuse=False)
    of_lines = [found for found in files if found.path in origin.paths[:1]]
    known = [found for found in files if found.path in origin.paths and found.names == of_lines[0].names]
    whole, left = completed(origin, known, studies, root, prefix)
    used = {path for found in studies if not any(found is each for each in left) for path in found.paths}
    return [found for found in rest if found.path not in used], [whole]


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and those in folders that are named, without hidden ones and TOMLs."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else []
        found += [p for p in inside if p.is_file() and p.suffix != ".toml" and not p.name.startswith(".")]
        found += [] if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _appearances(paths: Sequence[Path]) -> tuple[list[Appearance], str]:
    """How each file is written, and a comment on those that cannot be read. SourceError where none can."""
    found: list[Appearance] = []
    left = ""
    first: SourceError | None = None
    for path in paths:
        try:
            found.append(appearance(path))
        except SourceError as fault:
            first = first or fault
            left += not_read_line([path.name], fault.text)
    if first and not found:
        raise first
    return found, left


def _described(files: Sequence[Appearance], root: Path | None, prefix: str, beside: bool) -> tuple[list[Origin], str]:
    """The order lines in files that no pack knows, and a comment on the files that are not read. `beside` others, only
    what is surely order lines counts."""
    studies, left = _studies(files, root, prefix)
    studies, told = _without_sums(studies, beside)
    left += told
    if not studies:
        return [], left
    sheets = _sheets(studies, root, prefix)
    main, header = _main(studies, sheets)
    if beside and not _is_clear(main):
        return [], left + not_read_line(path.name for found in studies for path in found.paths)
    draft = draft_of(main, header)
    others: list[Origin] = []
    unread: list[str] = []
    for other in studies:
        if other is main or other is header or other.paths == main.paths or _joined(draft, main, other):
            continue
        origin = _beside(draft, main, other)
        if origin is None:
            unread += [found.path.name for found in other.files]
        else:
            others.append(origin)
    unread += _unjoined_sheets(draft, main, header, [*studies, *sheets])
    first = _origin(main, draft)
    read = [*first.paths, *(header.paths if header else ())]
    return [replace(first, paths=read), *_told_apart(first.channel, others)], left + not_read_line(unread)


def _studies(
    files: Sequence[Appearance], root: Path | None, prefix: str, refuse: bool = True
) -> tuple[list[Study], str]:
    """Each group of like files, and a comment on those without rows. DataError where none has rows, unless they need
    not have any."""
    found: list[Study] = []
    left = ""
    first: DataError | None = None
    for group in alike(files):
        try:
            found.append(study(group, root, prefix))
        except DataError as fault:
            first = first or fault
            left += not_read_line([each.path.name for each in group], fault.text)
    if first and not found and refuse:
        raise first
    return found, left


def _without_sums(studies: Sequence[Study], others: bool) -> tuple[list[Study], str]:
    """Files without those that hold sums of orders, and a comment on these; all where there is nothing else and no
    other files (`others`) go with them, so that they are refused."""
    told = {id(found): sums for found in studies if (sums := sums_of(choose(found))) is not None}
    if not told or (len(told) == len(studies) and not others):
        return list(studies), ""
    left = ""
    for found in studies:
        if id(found) in told:
            sums = told[id(found)]
            why = f"{sums.why}; to compare with the page Reconciliation: {sums.totals}"
            left += not_read_line([path.name for path in found.paths], why)
    return [found for found in studies if id(found) not in told], left


def _sheets(studies: Sequence[Study], root: Path | None, prefix: str) -> list[Study]:
    """The other sheets of workbooks, such as their customers; not of workbooks alike, each of which has its own."""
    found = []
    for book in studies:
        for sheet in other_sheets(book.files[0]) if len(book.files) == 1 else ():
            with suppress(DataError):  # without rows
                found.append(study([sheet], root, prefix))
    return found


def _main(studies: Sequence[Study], sheets: Sequence[Study]) -> tuple[Study, Study | None]:
    """The order lines among files and sheets; and the one with a row an order that has their day, where they have
    none."""
    for lines in (*studies, *sheets):
        named = [bool(synonyms.named(name, lines.columns)) for name in ("product", "unit_price", "amount")]
        if not named[0] or not any(named[1:]) or any(c.date for c in lines.columns.values()):
            continue
        for header in (*studies, *sheets):
            if header is not lines and any(c.date for c in header.columns.values()) and order_keys(lines, header):
                return lines, header
    return max(studies, key=_promise), None


def _joined(draft: Draft, main: Study, other: Study) -> bool:
    """Declare a join of another file and the fields that it gives, or of the refunds that it tells; whether it is one.
    Order lines are joined to none: two shops may have the same numbers."""
    told = refunds(main, other, draft.order) if draft.order else None
    if told is not None:
        if told.product is None:
            _put_refunds(draft, other, told)
        return told.product is None
    found = None if _is_clear(other) else join(main, other, draft.fields)
    if found is None:
        return False
    draft.joins.append(found.toml)
    draft.fields |= found.fields
    return True


def _unjoined_sheets(draft: Draft, main: Study, header: Study | None, found: Sequence[Study]) -> list[str]:
    """Declare joins of the other sheets of the workbook of the order lines; the sheets that are not read."""
    if len(main.files) > 1:  # each month's workbook has its own customers
        return [f"sheet {title} of {book.path.name}" for book in main.files for title in book.others]
    mine = [each for each in found if each.paths == main.paths]
    left = dict.fromkeys(title for each in mine for title in (*(each.source.sheets or ("",)), *each.files[0].others))
    for each in mine:
        joined = None if any(each is one for one in (main, header)) else join(main, each, draft.fields)
        if joined is not None and joined.fields:
            draft.joins.append(joined.toml)
            draft.fields |= joined.fields
        if any(each is one for one in (main, header)) or (joined is not None and joined.fields):
            for title in each.source.sheets or ("",):
                left.pop(title, None)
    return [f"sheet {title or 1} of {main.paths[0].name}" for title in left]


def _put_refunds(draft: Draft, other: Study, told: FoundRefunds) -> None:
    """Refunds that another file tells one by one, without their products: the lines of the order share each."""
    table = TomlText("[refunds]")
    draft.joins.append(put_refunds(table, other, told).lstrip())
    draft.refunds += [f"{line}\n" for line in table.body("refunds").split("\n")]


def _beside(draft: Draft, main: Study, other: Study) -> Origin | None:
    """Another file as order lines of its own: refunds of the main file's orders, or other sales. None where it is
    neither."""
    told = refunds(main, other, draft.order) if draft.order else None
    if told is not None:
        return _refund_lines(draft, main, other, told)
    if not _is_clear(other):
        return None
    try:
        return _origin(other, draft_of(other))
    except DataError:
        return None


def _refund_lines(draft: Draft, main: Study, other: Study, told: FoundRefunds) -> Origin:
    """Refunds with their products, which are lines of the main file's orders."""

    def below_zero(column: Column) -> str:
        return quoted(column.name) if column.most < 0 else f"{{ compute = {quoted(f'-[{column.name}]')} }}"

    fields = {
        "order_id": quoted(told.order),
        "ordered_at": time_of(told.date),
        "product": quoted(told.product.name) if told.product else "",
        "quantity": below_zero(told.quantity) if told.quantity else "{ constant = 0 }  # no column counts pieces",
        "amount": below_zero(told.amount),
    }
    lines = "".join(f"{name} = {value}\n" for name, value in fields.items())
    toml = f"title = {quoted(title_of(other))}\n\n[source]\n{source_lines(other.source)}\n[fields]\n{lines}"
    return Origin(f"refunds of {title_of(main)}", title_of(main), toml, other.paths, refunds=True)


def _origin(found: Study, draft: Draft) -> Origin:
    title = title_of(found)
    head = not_sure_lines(draft.doubts)
    return Origin(title, title, written(found, draft), found.paths, head, draft.currencies, draft.time_zone)


def _told_apart(first: str, others: Sequence[Origin]) -> list[Origin]:
    """Other sales with channels of their own, also where files are called alike."""
    seen = [first]
    found = []
    for origin in others:
        channel = origin.channel
        if not origin.refunds:
            number = next(n for n in range(1, len(others) + 2) if n == 1 or f"{channel} {n}" not in seen)
            channel = channel if channel not in seen else f"{channel} {max(number, 2)}"
            seen.append(channel)
        found.append(replace(origin, channel=channel))
    return found


def _is_clear(found: Study) -> bool:
    """Whether names of columns say that files are order lines: their day, their money, and the order or what was sold
    of which product."""
    chosen = choose(found)
    if chosen.date is None or "amount" in chosen.notes or not (chosen.amount or chosen.price):
        return False
    is_sold = chosen.order or (chosen.product and chosen.quantity)
    return bool(is_sold and synonyms.named("ordered_at", [chosen.date.name]))


def _promise(study: Study) -> int:
    """How closely files resemble order lines."""
    columns = study.columns.values()
    named = ("order_id", "quantity", "amount", "unit_price", "customer", "product")
    return (
        sum(bool(synonyms.named(field_name, study.columns)) for field_name in named)
        + 2 * any(c.date for c in columns)
        + 2 * any(c.number and not c.date for c in columns)
    )
