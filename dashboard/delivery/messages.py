"""A message to people, as every channel can send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analytics.language import language

LONGEST_SUBJECT = 200
LONGEST_TEXT = 50_000


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail. `kind`: its media type, such as "text/html"."""

    name: str
    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Message:
    """A message. `text` is plain; `html` the same for mail programs that show it ("": none), safe as it is, since names
    in it were escaped by whoever wrote it; `link` opens what it is about; `facts` is for programs behind a webhook;
    `unsubscribe`: an https address where one click ends it (RFC 8058); `language`: that of the text."""

    subject: str
    text: str
    html: str = ""
    link: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    unsubscribe: str = ""
    language: str = field(default_factory=language)

    def to_json(self) -> dict[str, Any]:
        """The message as a job's payload keeps it: without attachments, which are too large for that."""
        return {name: value for name, value in asdict(self).items() if name != "attachments"}

    @staticmethod
    def from_json(found: Mapping[str, Any]) -> Message:
        """The message of `to_json`."""
        return Message(**found)


def one_line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """A text without line breaks and other characters that cannot be printed, as a header or a title takes it."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def printable(text: str) -> str:
    """A text of several lines that any channel can write: no control characters, no half characters, bounded."""
    lines = ("".join(c if c.isprintable() else " " for c in line).rstrip() for line in text.splitlines())
    return "\n".join(lines)[:LONGEST_TEXT]
