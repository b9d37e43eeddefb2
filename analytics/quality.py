"""The quality report kept with the data: what was read, what was left out and why, what was merely noticed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Effect = Literal["left out", "changed", "noticed"]


@dataclass
class Finding:
    """One kind of thing found. `rows` counts source rows; `examples` are at most five, each a short text with file and
    row."""

    reason: str  # short id: "blank_row", "repeated_header", "exact_duplicate", "bad_date", …
    label: str  # in words: "blank rows"
    effect: Effect
    rows: int
    examples: list[str] = field(default_factory=list)


@dataclass
class Quality:
    """Everything a reader needs to trust the rows: read = kept + left out, by reason."""

    rows_read: int = 0
    rows_kept: int = 0
    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def rows_left_out(self) -> int:
        return sum(f.rows for f in self.findings if f.effect == "left out")

    def add(self, reason: str, label: str, effect: Effect, rows: int, examples: list[str] | None = None) -> None:
        """Count `rows` under `reason` (merged with what is there); zero rows add nothing."""
        if rows <= 0:
            return
        for finding in self.findings:
            if finding.reason == reason and finding.effect == effect:
                finding.rows += rows
                finding.examples = (finding.examples + (examples or []))[:5]
                return
        self.findings.append(Finding(reason, label, effect, rows, (examples or [])[:5]))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Quality:
        return cls(data["rows_read"], data["rows_kept"], [Finding(**f) for f in data["findings"]], list(data["files"]))
