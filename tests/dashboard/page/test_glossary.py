"""The glossary, and the links that lead to its terms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.page.glossary import read_glossary
from tests.dashboard.reading import page_of

TERMS = [term for section in read_glossary().sections for term in section.terms]
LINK = re.compile(r"""(?:\{% url ["']glossary["'] %\}|docs/glossary\.md|glossary\.md)#([\w-]+)""")


def test_page_has_every_term(signed_in):
    page = page_of(signed_in.get("/glossary/"))
    assert page.text.startswith("Glossary · Gatehouse")
    shown = {node.attrs.get("id"): node.text for node in page.all("div")}
    for term in TERMS:
        assert shown[term.anchor].split() == f"{term.name} {term.meaning}".split()


def test_glossary_is_for_signed_in_people(client):
    assert client.get("/glossary/")["Location"].startswith("/sign-in/")


def test_terms_are_short_plain_text():
    assert read_glossary().lead
    assert len({term.anchor for term in TERMS}) == len(TERMS) > 15
    for term in TERMS:
        assert 20 < len(term.meaning) < 400
        assert not re.search(r"[*_`\[\]<>]|^-|\s{2}", term.meaning)


def links():
    root = Path(settings.BASE_DIR)
    files = [*root.glob("templates/**/*.html"), *root.glob("*.md"), *root.glob("docs/*.md")]
    found = {(path.relative_to(root), anchor) for path in files for anchor in LINK.findall(path.read_text())}
    return sorted(found)


@pytest.mark.parametrize(("path", "anchor"), links(), ids=str)
def test_every_link_has_its_term(path, anchor):
    assert anchor in {term.anchor for term in TERMS}
