"""Fixtures for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sources() -> Path:
    """Folder of the real data sets (STORESIGHT_SOURCES); tests that need it skip, saying so, where it is absent."""
    folder = os.environ.get("STORESIGHT_SOURCES", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"real data are absent: STORESIGHT_SOURCES={folder!r} is not a folder")
    return Path(folder)
