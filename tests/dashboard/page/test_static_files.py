"""What collectstatic makes of the files for browsers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

STATIC = Path(__file__).resolve().parents[3] / "static"


def names_of(folder):
    """The name of each collected file by its name here."""
    return json.loads((folder / "staticfiles.json").read_text())["paths"]


@pytest.fixture
def collected(settings, tmp_path):
    """The folder with all files collected, and their names there."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "dashboard.page.static_files.OneStylesheetStorage"}
    }
    call_command("collectstatic", "--no-input", "-v0")
    return tmp_path, names_of(tmp_path)


def test_stylesheets_are_sent_as_one(collected):
    folder, names = collected
    css = (folder / names["gatehouse.css"]).read_text()
    assert "@import" not in css
    assert (STATIC / "tabler.css").read_text() in css
    assert css.index("Tabler v1") < css.index(".gh-app")


def test_name_changes_with_imported_sheet(collected, monkeypatch):
    folder, names = collected
    monkeypatch.setattr("dashboard.page.static_files.IMPORT", re.compile("nothing is imported"))
    call_command("collectstatic", "--no-input", "-v0")
    assert names_of(folder)["gatehouse.css"] != names["gatehouse.css"]


def test_collecting_twice_makes_the_same(collected):
    folder, names = collected
    before = (folder / names["gatehouse.css"]).read_text()
    call_command("collectstatic", "--no-input", "-v0")
    assert names_of(folder) == names
    assert (folder / names["gatehouse.css"]).read_text() == before


def test_imported_sheets_have_no_relative_addresses():
    # They would not be found from the sheet that they are written into, if that were in another folder.
    assert re.findall(r"""url\((?!["']?data:)""", (STATIC / "tabler.css").read_text()) == []


def test_large_files_are_compressed_ahead(collected):
    folder, names = collected
    for name in ("gatehouse.css", "vendor/htmx.min.js", "icons.svg"):
        assert (folder / f"{names[name]}.gz").exists()
