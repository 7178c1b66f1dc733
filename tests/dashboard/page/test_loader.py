"""Templates are indented for their readers, and no page repeats it."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.template import Engine

from dashboard.page.loader import Loader

FOLDER = settings.BASE_DIR / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
KEEPS_BLANKS = re.compile(r"<(pre|textarea)\b[^>]*>(.*?)</\1>", re.DOTALL)


@pytest.fixture
def loader():
    return Loader(Engine.get_default())


def test_template_indentation_is_removed(loader):
    source = next(loader.get_template_sources("lists/list.html"))
    lines = loader.get_contents(source).splitlines()
    assert lines == [line.lstrip(" \t") for line in (FOLDER / "lists/list.html").read_text().splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_whitespace_sensitive_text_is_single_line(name):
    for _, text in KEEPS_BLANKS.findall((FOLDER / name).read_text()):
        assert "\n" not in text


def test_loader_is_used_for_pages(signed_in):
    lines = signed_in.get("/logins/").content.decode().splitlines()
    # The options of a choice are Django's own template.
    assert not [line for line in lines if line.startswith((" ", "\t")) and "option" not in line]
