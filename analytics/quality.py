"""The quality report, stored with the data: what was read, what was left out and why, what was merely noticed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from analytics.language import Message

Effect = Literal["left out", "changed", "noticed", "added", "combined"]

MOST_EXAMPLES = 5  # of a finding
LONGEST_EXAMPLE = 120  # characters


@dataclass
class Finding:
    """One kind of fault that a load found. `rows` counts source rows; `examples` are at most five short texts that name
    file and row; `opens` are the query strings of selections that hold the lines of each, "" where no line was made."""

    reason: str  # id: "blank_row", "repeated_header", "exact_duplicate", "bad_date", …
    label: str  # as people read it: "blank rows"
    effect: Effect
    rows: int
    examples: list[str] = field(default_factory=list)
    opens: list[str] = field(default_factory=list)

    @property
    def places(self) -> list[str]:
        """File and row of each example, without the values: "march.csv:17"."""
        return [example.partition(": ")[0] for example in self.examples]


@dataclass
class Quality:
    """How the rows of a load were treated, by reason.

    rows read + rows added = rows kept + rows left out + rows combined: one row may hold several lines, and several rows
    may make one.
    """

    rows_read: int = 0
    rows_kept: int = 0
    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def rows_left_out(self) -> int:
        """Rows left out, for whatever reason."""
        return self.rows_of("left out")

    def rows_of(self, effect: Effect) -> int:
        """Rows of all findings with one effect."""
        return sum(f.rows for f in self.findings if f.effect == effect)

    def add(self, reason: str, label: str, effect: Effect, rows: int, examples: list[str] | None = None) -> None:
        """Count `rows` under `reason`, together with those counted before; zero rows add nothing."""
        if rows <= 0:
            return
        for finding in self.findings:
            if finding.reason == reason and finding.effect == effect:
                finding.rows += rows
                finding.examples = (finding.examples + (examples or []))[:MOST_EXAMPLES]
                return
        self.findings.append(Finding(reason, label, effect, rows, (examples or [])[:MOST_EXAMPLES]))

    def add_files(self, names: Iterable[str]) -> None:
        """Add the names of files that were read, those that are not there yet."""
        self.files += [name for name in names if name not in self.files]

    def without_values(self) -> Quality:
        """The report whose examples name file and row and show nothing of what stands there."""
        findings = [replace(f, examples=f.places) for f in self.findings]
        return replace(self, findings=findings)

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON, in English."""
        return asdict(self)

    def kept(self) -> dict[str, Any]:
        """The report as JSON keeps it, in no language yet: labels with their places."""
        data = self.to_dict()
        for finding, found in zip(data["findings"], self.findings, strict=True):
            finding["label"] = found.label.data() if isinstance(found.label, Message) else found.label
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Quality:
        """The report that to_dict or kept wrote."""
        findings = [Finding(**f) for f in data["findings"]]
        for finding in findings:
            if isinstance(finding.label, dict):
                finding.label = Message.read(finding.label)
        return cls(data["rows_read"], data["rows_kept"], findings, list(data["files"]))
