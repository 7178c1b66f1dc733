"""What a page says, read as a person reads it: its sentences, its tables, and the numbers that are links.

It knows the markup of no single page. What stands in the frame, in a menu or in a picture is not read.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from tests.dashboard.reading import Page

# Elements that part one sentence from the next.
BLOCKS = {"p", "h1", "h2", "h3", "li", "td", "th", "div", "section", "caption", "summary", "aside", "dt", "dd", "tr"}
VOID = {"meta", "link", "input", "br", "use", "path", "rect", "circle", "img", "line", "text"}
# Menus say what can be asked for, not what is so.
UNREAD = re.compile(r"<(select|svg|script)\b.*?</\1>", re.DOTALL)
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
NUMBER = re.compile(rf"(?<![\w.:,/-])(\d{{1,3}}(?:,\d{{3}})+|\d+)(?![\w.:%/-]|,\d| (?:{MONTHS}|min|h|d|s|ms|days?)\b)")
# The section of the numbers at the head of the overview.
TILES = "Now, against the time before"
SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def number_in(text: str) -> int | None:
    """The first number that counts something: no date, no time, no share."""
    found = NUMBER.search(text)
    return int(found[1].replace(",", "")) if found else None


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the section it is in."""

    text: str
    section: str


@dataclass
class Cell:
    """A cell of a table: its text, where it leads, and the words at the head of its column."""

    column: str = ""
    text: str = ""
    hrefs: list[str] = field(default_factory=list)


@dataclass
class Link:
    """A link: its words, where it leads, the words at the head of its column, and the section it is in."""

    text: str
    href: str
    column: str
    section: str


@dataclass
class _Table:
    caption: str = ""
    heads: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


class Reading(Page):
    """A page that was read.

    `said` in order; `links` with a number in them, and those at the head of the overview; `tables` by their caption;
    `empty` is the title and the words of the box that says why a list is empty.
    """

    def __init__(self, html: str) -> None:
        HTMLParser.__init__(self)
        self.said: list[Sentence] = []
        self.links: list[Link] = []
        self.tables: list[_Table] = []
        self.lead = ""
        self.empty = ""
        self._stack: list[tuple[str, ...]] = []
        # How many elements are open of each tag and class.
        self._open_now: Counter[str] = Counter()
        self._block: list[str] = []
        self._link: list[str] | None = None
        self._href = ""
        self._section = ""
        begin, end = html.find("<main"), html.rfind("</main>")
        self.feed(UNREAD.sub(" ", html[begin:end]))
        self._end_block()

    @property
    def sentences(self) -> list[str]:
        return [sentence.text for sentence in self.said]

    def table(self, caption: str) -> list[dict[str, Cell]]:
        """The rows of the one table whose caption begins so, by the words at the head of each column."""
        return [
            {cell.column: cell for cell in row}
            for table in self.tables
            if table.caption.startswith(caption)
            for row in table.rows
        ]

    # The parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self._end_block()
        else:
            self._block.append(" ")
        if tag in VOID:
            return
        given = {name: value or "" for name, value in attrs}
        self._stack.append((tag, *given.get("class", "").split()))
        self._open_now.update(self._stack[-1])
        if tag == "section":
            self._section = given.get("aria-label") or given.get("aria-labelledby") or given.get("class", "")
        elif tag == "table":
            self.tables.append(_Table())
        elif tag == "tr" and self.tables and not self._is_in("thead"):
            self.tables[-1].rows.append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1].rows and not self._is_in("thead"):
            row, heads = self.tables[-1].rows[-1], self.tables[-1].heads
            row.append(Cell(heads[len(row)] if len(row) < len(heads) else ""))
        elif tag == "a":
            self._link, self._href = [], given.get("href", "")
            if self._cell:
                self._cell.hrefs.append(self._href)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._open_now[tag]:
            return
        if tag == "a" and self._link is not None:
            self._end_link()
        if tag in BLOCKS:
            self._end_block()
        while self._stack:
            closed = self._stack.pop()
            self._open_now.subtract(closed)
            if closed[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        self._block.append(data)
        if self._link is not None:
            self._link.append(data)

    # What was read

    @property
    def _cell(self) -> Cell | None:
        if self._is_in("thead") or not (self._is_in("td") or self._is_in("th")):
            return None
        return self.tables[-1].rows[-1][-1] if self.tables and self.tables[-1].rows else None

    def _is_in(self, name: str) -> bool:
        """Whether an element of this tag or class is open."""
        return self._open_now[name] > 0

    def _end_link(self) -> None:
        text = " ".join(" ".join(self._link or ()).split())
        if (number_in(text) is not None or self._section == TILES) and self._href:
            column = self._cell.column if self._cell else ""
            self.links.append(Link(text, self._href, column, self._section))
        self._link = None

    def _end_block(self) -> None:
        text = " ".join("".join(self._block).split())
        self._block = []
        if not text:
            return
        if self._cell:
            self._cell.text = f"{self._cell.text} {text}".strip()
        if self._is_in("caption"):
            self.tables[-1].caption = text
        elif self._is_in("thead"):
            self.tables[-1].heads.append(text)
        elif self._is_in("gh-lead"):
            self.lead = text
        if self._is_in("gh-empty"):
            self.empty = f"{self.empty} {text}".strip()
        self.said += [Sentence(sentence, self._section) for sentence in SENTENCE.split(text)]


def reading_of(response: Any) -> Reading:
    assert response.status_code == 200, f"answered {response.status_code}"
    return Reading(response.content.decode())
