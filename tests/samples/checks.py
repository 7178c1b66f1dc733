"""What must be seen of an input: each check names what is wrong, and nothing if all is right.

`has` and `any` are looked for in the words of a page as they stand, `not` in any case and in its labels as well. Words
count as apart where markup parts them, and as one where it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.test import Client

from tests.dashboard.reading import Page, page_of, records_of

# How much of a page is quoted beside what is wrong on it.
QUOTED = 300
TAG = re.compile(r"<[^>]+>")
LABELS = ("aria-label", "title")


@dataclass(frozen=True)
class Ran:
    """What a command wrote, and what it ended with."""

    words: str
    exit_status: int


def run(name: str) -> Ran:
    out = StringIO()
    try:
        call_command(name, stdout=out)
    except CommandError as error:
        return Ran(f"{out.getvalue()}\n{error}", error.returncode)
    return Ran(out.getvalue(), 0)


class Checks:
    """Looks at what an installation shows after it was synced once."""

    def __init__(self, browser: Client, synced: Ran) -> None:
        self._browser = browser
        self._synced = synced

    def wrong(self, check: dict[str, Any]) -> list[str]:
        """What is wrong under one check."""
        look = getattr(self, f"_wrong_{check['type']}")
        where = " ".join(filter(None, [check["type"], check.get("url"), check.get("why")]))
        return [f"{where} {problem}" for problem in look(check)]

    def _wrong_sync(self, check: dict[str, Any]) -> Iterator[str]:
        if self._synced.exit_status != check.get("exit", self._synced.exit_status):
            yield f"ended with {self._synced.exit_status}: {self._synced.words}"
        yield from _wrong_words(check, self._synced.words)

    def _wrong_doctor(self, check: dict[str, Any]) -> Iterator[str]:
        yield from _wrong_words(check, run("doctor").words)

    def _wrong_page(self, check: dict[str, Any]) -> Iterator[str]:
        answer = self._answer(check)
        path = answer.redirect_chain[-1][0] if answer.redirect_chain else check["url"]
        if not re.search(check.get("goes_to", ""), path):
            yield f"leads to {path}"
        yield from _wrong_words(check, _words(answer), _labels(answer))
        if name := check.get("distinct_options"):
            options = _options(page_of(answer), name)
            if not options or len(set(options)) < len(options):
                yield f"offers {options}"

    def _wrong_event(self, check: dict[str, Any]) -> Iterator[str]:
        """The page of the first event in a list."""
        page = page_of(self._browser.get(check["url"]))
        hrefs = [href for link in page.all("a") if (href := link.attrs.get("hx-get"))]
        if not hrefs:
            yield "lists no event"
            return
        answer = self._browser.get(hrefs[0])
        yield from _wrong_words(check, _words(answer), _labels(answer))

    def _wrong_csv(self, check: dict[str, Any]) -> Iterator[str]:
        rows = records_of(self._browser.get(check["url"]))
        if len(rows) != check.get("count", len(rows)):
            yield f"has {len(rows)} rows"
        allowed = {name: [value] for name, value in check.get("equals", {}).items()} | check.get("one_of", {})
        for name, values in allowed.items():
            if not rows or any(row[name] not in values for row in rows):
                yield f"says {[row[name] for row in rows]} and not {values}"
        for name, part in check.get("holds", {}).items():
            if not any(part in row[name] for row in rows):
                yield f"holds no {part}: {[row[name] for row in rows]}"

    def _answer(self, check: dict[str, Any]) -> Any:
        if "post" in check:
            return self._browser.post(check["url"], check["post"], follow=True)
        return self._browser.get(check["url"], follow=True)


def _wrong_words(check: dict[str, Any], words: str, labels: str = "") -> Iterator[str]:
    for part in check.get("has", []):
        if part not in words:
            yield f"does not say “{part}”: {words[:QUOTED]}"
    if check.get("any") and not any(part in words for part in check["any"]):
        yield f"says none of {check['any']}: {words[:QUOTED]}"
    everything = f"{words} {labels}"
    for part in check.get("not", []):
        if (at := everything.lower().find(part.lower())) >= 0:
            yield f"says “{part}”: {everything[max(at - QUOTED // 2, 0) : at + QUOTED // 2]}"


def _words(answer: Any) -> str:
    """What a page says beside what every page has: once read across the markup, and once as joined by it."""
    html = answer.content.decode()
    apart = " ".join(unescape(TAG.sub(" ", html[html.index("<main") : html.index("</main>")])).split())
    return " ".join([apart, *(main.text for main in page_of(answer).all("main"))])


def _labels(answer: Any) -> str:
    """What a page says to a screen reader, or in a tooltip."""
    elements = page_of(answer).elements
    return " ".join(value for element in elements for name in LABELS if (value := element.attrs.get(name)))


def _options(page: Page, name: str) -> list[str]:
    """The words of a menu's options."""
    options: list[str] = []
    is_in_it = False
    for element in page.elements:
        if element.tag == "select":
            is_in_it = element.attrs.get("name") == name
        elif element.tag == "option" and is_in_it:
            options.append(element.text)
    return options
