"""The application without the packages that are optional, or that only Redis needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, clean_environment

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
for name in ("sqlalchemy", "alembic", "argon2", "authlib", "duckdb", "pyspark", "pg8000", "pptx", "redis"):
    sys.modules[name] = None  # importing it raises ImportError
from pathlib import Path
from dashboard.app import create_app
from dashboard.settings import Settings
folder = Path(sys.argv[1])
app = create_app(Settings(store=folder / "store", load=False, cache_dir=folder / "cache"))
print(app.server.test_client().get("/healthz").status_code)
"""


@pytest.mark.long
def test_it_starts_and_serves(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == "200"
