"""Every page and export says the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests import services
from tests.system.conftest import ROOT, clean_environ

pytestmark = pytest.mark.services


def start_reading(file, database_url):
    """Have a process write down all pages of a company that it synced into this database."""
    environ = clean_environ(DATABASE_URL=database_url, SECRET_KEY="tests", PYTHONHASHSEED="0")
    command = [sys.executable, "-m", "tests.system.company_pages", str(file)]
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_both_databases_show_the_same(tmp_path):
    services.require("postgresql")
    with services.postgresql() as url:
        databases = {"sqlite": f"sqlite:///{tmp_path / 'company.sqlite3'}", "postgresql": url}
        readers = {name: start_reading(tmp_path / f"{name}.json", address) for name, address in databases.items()}
        for reader in readers.values():
            output, _ = reader.communicate(timeout=240)
            assert reader.returncode == 0, output
    sqlite, postgresql = (json.loads((tmp_path / f"{name}.json").read_text()) for name in databases)
    assert len(sqlite) > 80
    assert sqlite["/"].startswith("200 ")
    assert sqlite.keys() == postgresql.keys()
    assert [address for address in sqlite if sqlite[address] != postgresql[address]] == []
