"""What browsers are served from static/vendor is what VERSIONS.json says, and loads nothing from elsewhere."""

import hashlib
import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parent.parent / "static"
VENDOR = STATIC / "vendor"
LIBRARIES = json.loads((VENDOR / "VERSIONS.json").read_text())
VENDORED = sorted(path for path in VENDOR.iterdir() if path.name != "VERSIONS.json")

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
    names = re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text())
    assert names == sorted(set(names))
