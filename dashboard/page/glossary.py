"""The page with the glossary: `docs/glossary.md`, which is written for both, with an anchor for each term."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify

PATH: Path = settings.BASE_DIR / "docs" / "glossary.md"
TITLE, SECTION, TERM = "# ", "## ", "### "


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the pages and what it means. `anchor` is its place on the page."""

    name: str
    meaning: str

    @property
    def anchor(self) -> str:
        return slugify(self.name)


@dataclass(frozen=True, slots=True)
class Section:
    """Terms under a heading."""

    title: str
    terms: list[Term]


@dataclass(frozen=True, kw_only=True)
class GlossaryContext:
    """`page/glossary.html`."""

    lead: str
    sections: list[Section]


def glossary(request: HttpRequest) -> HttpResponse:
    """What the words on the pages mean."""
    return render(request, "page/glossary.html", vars(read_glossary()))


@cache
def read_glossary() -> GlossaryContext:
    """The glossary as `docs/glossary.md` has it: headings, and paragraphs of plain text under them."""
    lead, sections = "", list[Section]()
    for block in PATH.read_text(encoding="utf-8").split("\n\n"):
        heading, lines = _heading(block.strip().splitlines())
        if heading.startswith(TERM):
            sections[-1].terms.append(Term(heading.removeprefix(TERM), " ".join(lines)))
        elif heading.startswith(SECTION):
            sections.append(Section(heading.removeprefix(SECTION), []))
        elif not heading.startswith(TITLE):
            lead = " ".join(lines)
    return GlossaryContext(lead=lead, sections=sections)


def _heading(lines: list[str]) -> tuple[str, Iterable[str]]:
    """The heading of a block, blank if it has none, and the lines under it."""
    return (lines[0], lines[1:]) if lines[0].startswith("#") else ("", lines)
