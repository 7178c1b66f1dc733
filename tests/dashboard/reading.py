"""Pages and exports read back as a browser and a spreadsheet would, so that tests need not know the markup."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.utils.html import escape

from dashboard.page.marks import marked

# What templates write; a parser for all of HTML takes three times as long.
VALUE = r"""="[^"<>]*"|='[^'<>]*'"""
TOKEN = re.compile(
    rf"<(?P<tag>[a-z][a-z0-9]*)(?P<attrs>(?:\s+[A-Za-z][\w:.-]*(?:{VALUE})?)*)\s*(?P<closed>/?)>"
    r"|</(?P<end>[a-z][a-z0-9]*)>|(?P<text>[^<]+)|<!DOCTYPE html>"
)
ATTRIBUTE = re.compile(rf"([A-Za-z][\w:.-]*)({VALUE})?")
CODE = re.compile(r"<(?:script|style)[^>]*>(?!</)")
VOID = {"meta", "link", "input", "br", "use", "path", "rect", "circle", "img"}


@dataclass
class Element:
    """An element with its attributes, and the text in it and in all that it holds."""

    tag: str
    attrs: dict[str, str | None]
    pieces: list[str] = field(default_factory=list)
    icon: str = ""

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    @property
    def is_mark(self) -> bool:
        return self.attrs.get("class") == "gh-unseen"

    @property
    def text_as_it_is(self) -> str:
        return "".join(self.pieces)

    @property
    def href(self) -> str:
        return self.attrs.get("href") or ""

    @property
    def label(self) -> str:
        """What it is called: what it says to a screen reader, its text, or what its icon says."""
        return self.attrs.get("aria-label") or self.text or self.icon


@dataclass
class Form:
    """A form, with what a browser sends of it as it stands."""

    attrs: dict[str, str | None]
    fields: list[tuple[str, str]] = field(default_factory=list)

    def add(self, element: Element) -> None:
        kind, name, value = (element.attrs.get(name) or "" for name in ("type", "name", "value"))
        if element.tag == "select":
            self.fields.append((name, ""))
        elif element.tag == "option" and "selected" in element.attrs:
            self.fields[-1] = (self.fields[-1][0], value)
        elif element.tag == "input" and name and (kind != "checkbox" or "checked" in element.attrs):
            self.fields.append((name, value))


class Page(HTMLParser):
    """A page, parsed: its elements in the order in which they begin, and in `misplaced` whatever ends out of turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.whole = Element("", {})
        self.misplaced: list[str] = []
        self._rows: list[list[Element]] = []
        self.feed(html)
        self.close()

    def feed(self, data: str) -> None:
        """Parse what templates write; leave all else to the parser for all of HTML."""
        tokens = list(TOKEN.finditer(data))
        if CODE.search(data) or sum(token.end() - token.start() for token in tokens) < len(data):
            super().feed(data)
            return
        for token in tokens:
            tag, attrs, closed, end, text = token.groups()
            if text:
                self.handle_data(unescape(text))
            elif end:
                self.handle_endtag(end)
            elif tag:
                named = ATTRIBUTE.findall(attrs)
                values = [(name.lower(), unescape(value[2:-1]) if value else None) for name, value in named]
                (self.handle_startendtag if closed else self.handle_starttag)(tag, values)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag == "svg" and self._open:
            self._open[-1].icon = element.attrs.get("aria-label") or ""
        if tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1].tag != tag:
            self.misplaced.append(tag)
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in [self.whole, *self._open]:
            element.pieces.append(data)

    @property
    def text(self) -> str:
        return self.whole.text

    @property
    def rows(self) -> list[list[str]]:
        """Every row of every table, as the texts of its cells."""
        return [[cell.text for cell in row] for row in self._rows]

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def link(self, label: str) -> str:
        """Where the one link of that label leads; its label may go on after these words."""
        found = {link.href for link in self.all("a") if link.label.startswith(label)}
        assert len(found) == 1, f"{label!r} leads to {found or 'nowhere'}"
        return found.pop()

    def has_link(self, label: str) -> bool:
        return any(link.label.startswith(label) for link in self.all("a"))

    @property
    def forms(self) -> list[Form]:
        forms: list[Form] = []
        for element in self.elements:
            if element.tag == "form":
                forms.append(Form(element.attrs))
            elif forms:
                forms[-1].add(element)
        return forms

    @property
    def skeleton(self) -> Counter[tuple[str, ...]]:
        """Every element with the names of its attributes: what no log text may change, but for marks in itself."""
        return Counter((element.tag, *sorted(element.attrs)) for element in self.elements if not element.is_mark)

    @property
    def marks(self) -> list[Element]:
        """The boxes around what is unseen, or of another alphabet than the rest of its word."""
        return [element for element in self.elements if element.is_mark]


def page_of(response: Any) -> Page:
    assert response["Content-Type"].startswith("text/html")
    return Page(response.content.decode())


def shown(text: str) -> str:
    """A text as a page shows it, with what is unseen as codes."""
    return Page(marked(text)).whole.text_as_it_is


def rows_in(response: Any) -> list[Any]:
    """The rows that a list page shows, in its order."""
    rows: list[Any] = response.context["page"].rows
    return rows


def problems_in(response: Any) -> list[str]:
    """The sentences of a page about what is wrong with its address; each must stand on it once."""
    problems: list[str] = response.context["problems"]
    for problem in problems:
        assert response.content.decode().count(escape(problem)) == 1
    return problems


def text_of(response: Any) -> str:
    """A streamed answer as text, line ends as they came."""
    return b"".join(response.streaming_content).decode()


def lines_of(response: Any) -> list[list[str]]:
    """An export, header first, as a strict reader of RFC 4180 takes it."""
    return list(csv.reader(io.StringIO(text_of(response), newline=""), strict=True))


def records_of(response: Any) -> list[dict[str, str]]:
    """An export, each line under the names in the header."""
    header, *lines = lines_of(response)
    return [dict(zip(header, line, strict=True)) for line in lines]


def follow(client: Client, path: str, href: str) -> Any:
    """The page behind a link on the page at `path`."""
    return client.get(path + href if href.startswith("?") else href)
