"""What a request of the page "Add data" holds, read with suspicion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from flask import request

from analytics.errors import RequestError
from analytics.language import N_
from dashboard.uploads.fixes import NAMES as FIXES

MOST_CHOSEN = 60  # fields
LONGEST_CHOICE = 500


@dataclass(frozen=True)
class Body:
    """A JSON object. What it holds is not what it should be: RequestError."""

    values: dict[str, Any]

    @classmethod
    def of_request(cls) -> Self:
        """The body of the request that is being answered."""
        found = request.get_json(silent=True)
        if not isinstance(found, dict):
            raise RequestError("the body must be a JSON object.")
        return cls(found)

    def objects(self, name: str) -> list[Body]:
        """A list of objects."""
        found = self.values.get(name)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise RequestError(f"{name} must be a list of objects.")
        return [Body(each) for each in found]

    def text(self, name: str, longest: int) -> str:
        """A text; "" where it is absent."""
        found = self.values.get(name, "")
        if not isinstance(found, str) or len(found) > longest or re.search("[\x00\ud800-\udfff]", found):
            raise RequestError(f"{name} must be a text of at most {longest:,} characters.")
        return found

    def texts(self, name: str) -> dict[str, str]:
        """Short texts by field; they are compared with the fields and columns that there are when the files are
        read."""
        found = self.values.get(name, {})
        if not isinstance(found, dict) or len(found) > MOST_CHOSEN:
            raise RequestError(f"{name} must be an object of at most {MOST_CHOSEN} texts.")
        return {key: Body(found).text(key, LONGEST_CHOICE) for key in found}

    def size(self, name: str) -> int:
        """A number of bytes."""
        found = self.values.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**50:
            raise RequestError(f"{name} must be a whole number.")
        return found

    def change(self) -> tuple[str, str]:
        """The change of how files are read that is named (fixes.py), and the field that it is of; "" where none is."""
        fix, field = self.text("fix", 40), self.text("field", 60)
        if (fix and fix not in FIXES) or not re.fullmatch("[a-z0-9_]*", field):
            raise RequestError(N_("there is no such change."))
        return fix, field
