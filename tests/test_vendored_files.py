"""What comes from others is what its VERSIONS.json says, and loads nothing from elsewhere."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Browsers are served from the first; of the second, tests/styles/trim.py takes what they are served.
FOLDERS = [ROOT / "static" / "vendor", ROOT / "tests" / "styles" / "vendor"]
LIBRARIES = [library for folder in FOLDERS for library in json.loads((folder / "VERSIONS.json").read_text())]
VENDORED = sorted(path for folder in FOLDERS for path in folder.iterdir() if path.name != "VERSIONS.json")

# An address in a comment or a namespace is fine; these forms make a browser, or collectstatic, follow it.
FOLLOWED = re.compile(rb"""@import\b|sourceMappingURL|url\(\s*["']?(?:https?:)?//""", re.IGNORECASE)


def test_every_vendored_file_has_checksum():
    listed = {name: checksum for library in LIBRARIES for name, checksum in library["files"].items()}
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDORED}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library["name"])
def test_every_library_comes_with_its_licence(library):
    assert library["version"]
    assert library["licence"]
    assert library["homepage"].startswith("https://")
    assert [name for name in library["files"] if name.endswith(".LICENSE.txt")]


@pytest.mark.parametrize("path", VENDORED, ids=lambda path: path.name)
def test_vendored_files_load_nothing_external(path):
    assert FOLLOWED.search(path.read_bytes()) is None


def test_icons_are_named_once_and_sorted():
    names = re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons.svg").read_text())
    assert names == sorted(set(names))
