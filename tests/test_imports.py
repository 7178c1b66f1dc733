"""Every room imports only rooms below it; the contracts are in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_imports_keep_to_the_layers():
    # In a process of its own, as it silences every logger there is.
    lint_imports = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
