"""What import-linter cannot see: templates stay in their layers too, and logsync knows no address of a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
# From the bottom up, as the layers of dashboard/ in pyproject.toml; templates outside any folder are below them all.
LAYERS = ("page", "charts", "lists", "why", "verdict", "saved", "privacy")
ROOMS = (
    "overview",
    "logins",
    "scim",
    "people",
    "policies",
    "changes",
    "what_if",
    "sync",
    "search",
    "sign_in",
    "users",
    "audit",
    "exports",
)
USED = re.compile(r"""{%\s*(?:include|extends)\s+(?:"([^"]+)"|'([^']+)'|(\S+))""")
ADDRESS = re.compile(
    r"""\breverse(?:_lazy)?\(|\bresolve_url\(|"""
    r"""["']/(?:logins|scim|people|policies|changes|what-if|sync|exports|audit|users|alerts)/"""
)


def room_of(template: str) -> str:
    """The folder of a template, blank for one that is in none."""
    return template.partition("/")[0] if "/" in template else ""


def may_use(room: str, other: str) -> bool:
    """Whether a template of a room may include or extend one of another."""
    if not other or room == other:
        return True
    if room in ROOMS:
        return other in LAYERS
    if room in LAYERS:
        return other in LAYERS[: LAYERS.index(room)]
    return other == "page"


def test_every_template_folder_is_a_room():
    assert {path.name for path in TEMPLATES.iterdir() if path.is_dir()} <= {*LAYERS, *ROOMS}


@pytest.mark.parametrize("room", ["", *LAYERS, *ROOMS])
def test_templates_use_no_higher_room(room):
    templates = TEMPLATES.glob("*.html") if not room else (TEMPLATES / room).rglob("*.html")
    found = [
        f"{path.relative_to(TEMPLATES)} uses {other or variable}"
        for path in templates
        for double, single, variable in USED.findall(path.read_text())
        if (other := double or single) and not may_use(room, room_of(other))
    ]
    assert found == []


def test_rooms_of_pages_use_only_layers():
    assert may_use("overview", "lists")
    assert may_use("lists", "charts")
    assert not may_use("overview", "people")
    assert not may_use("lists", "saved")
    assert not may_use("page", "overview")


def test_logsync_knows_no_page_address():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in (ROOT / "logsync").rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if ADDRESS.search(line)
    ]
    assert found == []
