"""An address of any text leads to the page of that text, and to no other."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import hypothesis.strategies as st
import pytest
from django.urls import resolve, reverse
from hypothesis import example, given

from logsync.models.people import LONGEST_ADDRESS

TRICKY = [
    "ada@meridian.example",
    "o'neil+test@example.com",
    "a/b@example.com",
    "../../sign-out/@example.com",
    "..",
    ".",
    "%2e%2e",
    "%252F",
    "100%@example.com",
    "a?b#c@example.com",
    "a\\b",
    "//evil.example/",
    "deprovisioned",
    "deprovisioned.csv",
    "x/ticket.md",
    "żółć@例え.jp",
    "line\nbreak",
    " ",
    "\u202eevil",
    "x" * LONGEST_ADDRESS,
]


def as_a_server_reads(href):
    """The path of an address as a server hands it on: percent-decoded once."""
    return unquote(urlsplit(href).path)


@pytest.mark.parametrize("email", TRICKY)
def test_tricky_email_survives_round_trip(email):
    for name in ("people:person", "people:ticket"):
        match = resolve(as_a_server_reads(reverse(name, args=[email])))
        assert (match.view_name, match.kwargs) == (name, {"email": email})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@example("%")
@example("%41")
def test_any_text_survives_round_trip(email):
    match = resolve(as_a_server_reads(reverse("people:person", args=[email])))
    assert (match.view_name, match.kwargs) == ("people:person", {"email": email})


@pytest.mark.parametrize("email", TRICKY)
def test_no_email_becomes_parent_path(email):
    path = urlsplit(reverse("people:person", args=[email])).path
    assert path.count("/") == 3
    assert not {".", "..", "%2e", "%2e%2e"} & {part.lower() for part in path.split("/")}


@pytest.mark.parametrize("typed", ["a/b@example.com", "100%@example.com", "ada@example.com"])
def test_typed_email_needs_no_encoding(typed):
    assert resolve(f"/people/{typed}/").kwargs == {"email": typed}
