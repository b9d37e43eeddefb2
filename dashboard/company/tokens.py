"""Secrets that a person or program carries, and what is stored of them."""

from __future__ import annotations

import hashlib
import secrets

LONGEST = 200  # characters of a token that is looked up at all


def new() -> str:
    """A secret of 256 bits that fits into a cookie or an address."""
    return secrets.token_urlsafe(32)


def stored(token: str) -> str:
    """What the state store keeps: the SHA-256 of a token. Whoever reads the store cannot use it."""
    return hashlib.sha256(token[:LONGEST].encode("utf-8", "replace")).hexdigest()
