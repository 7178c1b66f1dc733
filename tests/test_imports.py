"""Imports go one way; the contracts are in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent


def test_imports_go_from_the_dashboard_to_logsync_and_never_back():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
