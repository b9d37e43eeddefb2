"""Where a data set lives between ingest and question: root/<data set>/<version>/ of plain .npy columns, memory-mapped.

A version is written aside, synced, renamed into place, and then becomes the current one (versions.py): a reader sees
the old one or the new one, never half of one. layout.py says what a version consists of."""

from analytics.store.additions.joined import NotAdditive
from analytics.store.additions.written import add
from analytics.store.dataset import StoredDataset, open, open_lines, open_version
from analytics.store.format import FORMAT
from analytics.store.layout import HighWaterMark, ReadFiles
from analytics.store.versions import current_version, has_version, keep, load_again, locked, names
from analytics.store.writing import Tables, in_memory, write

__all__ = [
    "FORMAT",
    "HighWaterMark",
    "NotAdditive",
    "ReadFiles",
    "StoredDataset",
    "Tables",
    "add",
    "current_version",
    "has_version",
    "in_memory",
    "keep",
    "load_again",
    "locked",
    "names",
    "open",
    "open_lines",
    "open_version",
    "write",
]
