"""A number that is a link equals what it leads to, in the unit that it is told in."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urljoin, urlsplit

from tests.worlds.look import Look
from tests.worlds.reading import Link, Reading, number_in

# How many links of a page are followed.
MOST = 3
EXPORTS = {
    "/logins/": "/logins.csv",
    "/logins/by-app/": "/logins/by-app.csv",
    "/logins/by-person/": "/logins/by-person.csv",
    "/scim/": "/scim.csv",
    "/scim/problems/": "/scim/problems.csv",
    "/people/deprovisioned/": "/people/deprovisioned.csv",
}
ROWS = re.compile(r"\brows?\b|\brequests?\b|\bexport\b|without", re.IGNORECASE)
TRIES = re.compile(r"\bdenied\b|\bdenials?\b|\btr(y|ies)\b|\battempts?\b|\bbefore\b", re.IGNORECASE)
PEOPLE = re.compile(r"\bpeople\b|\bperson\b|locked out", re.IGNORECASE)
PROBLEM = re.compile(r"/scim/problems/[0-9a-f]+/")
# A number and its unit, maybe after a label: not a number in the text of an error.
COUNT = re.compile(r"^(?:(?:All|Show|Export CSV,|Without [^:]+:|[A-Z][A-Za-z ]{2,30}) )?\d[\d,]*\+?(?= |$|\u00a0)")
# Beside it, how many rows that is.
IN_ROWS = re.compile(r"\((\d[\d,]*) rows?\)")
NARROWING = ("gh-rail", "gh-facet", "Filter by value")


def check_links(look: Look, path: str, page: Reading) -> None:
    """Follow some of the numbers of a page."""
    known = [link for link in page.links if _leads_to_a_list(path, link)]
    for link in look.some(known, MOST):
        target = urljoin(path, link.href).partition("#")[0]
        number = _number_at_end(link) if link.section in NARROWING else number_in(link.text)
        expected = _expected(look, target, f"{IN_ROWS.sub('', link.text)} {link.column}")
        words = f"links “{link.text}” (column “{link.column}”) to {target}"
        if expected is not None:
            look.claim("linked number", number == expected, path, f"{words}, which has {expected}")
        if beside := IN_ROWS.search(link.text):
            rows = _expected(look, target, "rows")
            look.claim("linked number", int(beside[1]) == rows, path, f"{words}, which has {rows} rows")


def _leads_to_a_list(path: str, link: Link) -> bool:
    to = urlsplit(urljoin(path, link.href)).path
    if link.section in NARROWING:
        return True
    # Ranges to choose from, and bars of a chart, are no counts of what they lead to.
    if (
        not COUNT.match(link.text)
        or link.text.endswith("more")
        or (link.href.startswith("?") and "row" not in link.text)
    ):
        return False
    return to in EXPORTS or to in EXPORTS.values() or to == "/logins/by-person/" or is_problem(to)


def _number_at_end(link: Link) -> int | None:
    return number_in(link.text.rpartition(" ")[2])


def is_problem(path: str) -> bool:
    return PROBLEM.fullmatch(path) is not None


def _expected(look: Look, target: str, words: str) -> int | None:
    """How many there are at an address, in the unit that these words name; None if that cannot be told."""
    to = urlsplit(target)
    if to.path == "/logins/by-person/":
        return len(look.page(target).table("Failed logins by person"))
    if is_problem(to.path):
        return len(look.page(target).table("Resources"))
    address = EXPORTS.get(to.path, to.path) + (f"?{to.query}" if to.query else "")
    rows, _ = look.export(address)
    if to.path in ("/logins/", "/logins.csv"):
        return _counted(rows, words)
    if to.path == "/scim/problems/" and re.search("resource", words, re.IGNORECASE):
        if opened := parse_qs(to.query).get("open"):
            return sum(int(row["open_resources"]) for row in rows if row["key"] in opened)
        # A resource may fail with several errors, and counts once.
        return number_in(look.page(target).lead) if rows else 0
    if to.path == "/logins/by-app/":
        return len(rows) if "app" in words else None
    return len(rows)


def _counted(rows: list[dict[str, str]], words: str) -> int:
    if ROWS.search(words):
        return len(rows)
    if PEOPLE.search(words):
        return len({row["user_email"].lower() for row in rows if row["user_email"]})
    if TRIES.search(words):
        return len({_attempt(row) for row in rows})
    return len(rows)


def _attempt(row: dict[str, str]) -> tuple[str, ...]:
    """What tells one try from another: rows of one page load differ in nothing of this."""
    second = row["created_at"][:19]
    return row["account"], row["user_email"].lower() or row["ray_id"], row["app_uid"], row["allowed"], second
