"""The role walk: every URL is asked by everybody, and answers as is declared beside it.

It also follows what each role's pages offer: no link, form or part that loads itself may lead to a refusal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from textwrap import fill
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve

from dashboard.permissions.declare import PUBLIC, SIGNED_IN, declared_for, declared_routes, shown_otherwise
from dashboard.permissions.permission import Permission
from dashboard.permissions.roles import PERMISSIONS, Role
from logsync import tasks
from logsync.models import ScimProblem
from tests.conftest import NOW
from tests.dashboard.reading import Page, page_of

NO_ROLE, SUPERUSER, DISABLED, ANONYMOUS = "no role", "superuser", "disabled", "no session"
VISITORS = [*(role.value for role in Role), NO_ROLE, SUPERUSER, DISABLED, ANONYMOUS]
OPENS, REFUSED, SIGN_IN = "opens", "refused", "sign-in"
MARKS = {OPENS: "+", REFUSED: "-", SIGN_IN: "s"}
EXAMPLES = {
    "slug": "0" * 32,
    "int": "987654321",
    "address": "ada@meridian.example",
    "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}
HTMX = {"HX-Request": "true"}


def example_of(route: str) -> str:
    """An address of this route, of something that need not be there."""
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: EXAMPLES.get(found[1], "x"), route)


@pytest.fixture
def visitors(make_user) -> dict[str, User | None]:
    """Everybody who may ask, by what the matrix calls them."""
    users = {role.value: make_user(role.value, role=role) for role in Role}
    users[NO_ROLE] = make_user("nobody", role=None)
    users[SUPERUSER] = make_user("root", role=None, is_superuser=True)
    users[DISABLED] = make_user("gone", role=Role.ADMIN)
    return {name: users.get(name) for name in VISITORS}


@pytest.fixture
def signed_in_as(visitors):
    """A browser of a visitor; a disabled account was signed in when it was disabled."""

    def sign_in(name: str) -> Client:
        client = Client()
        if user := visitors[name]:
            client.force_login(user)
            User.objects.filter(pk=user.pk).update(is_active=name != DISABLED)
        return client

    return sign_in


@pytest.fixture
def _no_sync(monkeypatch):
    """Nobody is there to run what is started, and nothing outside is asked."""
    monkeypatch.setattr(tasks.start_syncs, "delay", lambda: None)
    monkeypatch.setattr("dashboard.sync.views.look_around", list)


def outcome_of(response) -> str:
    """What became of a request; the sentence of a refusal says whom to ask."""
    if response.status_code == 403:
        assert "whoever runs Gatehouse" in response.content.decode()
        return REFUSED
    if response.status_code == 401 or response.get("Location", "").startswith("/sign-in/?next="):
        return SIGN_IN
    assert response.status_code < 500
    return OPENS


def declared_outcome(visitor: str, view) -> str:
    """What should become of it, by nothing but the declaration and the roles."""
    declared = declared_for(view)
    if declared == PUBLIC:
        return OPENS
    if visitor in (ANONYMOUS, DISABLED):
        return SIGN_IN
    if declared == SIGNED_IN or visitor == SUPERUSER:
        return OPENS
    has_it = visitor in Role and Permission(declared) in PERMISSIONS[Role(visitor)]
    return OPENS if has_it or shown_otherwise(view) else REFUSED


def ways_to_ask(expected: str, is_first: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """By GET and POST, and as a part of a page; whether a part opens, too, is asked once for each URL."""
    for headers in ({}, HTMX) if expected != OPENS or is_first else ({},):
        yield "get", headers
        yield "post", headers


def matrix_of(outcomes: dict[tuple[str, str], str], routes: list[str]) -> str:
    """URL x visitor: URLs with the same answers share a line."""
    alike = defaultdict(list)
    for route in routes:
        alike["  ".join(f"{MARKS[outcomes[route, visitor]]:^{len(visitor)}}" for visitor in VISITORS)].append(route)
    head = "  ".join(VISITORS)
    indent = " " * (len(head) + 3)
    lines = [
        f"Role walk: {len(routes)} URLs, all as declared ({', '.join(f'{m} {w}' for w, m in MARKS.items())})",
        head,
    ]
    for marks, found in sorted(alike.items(), key=lambda item: -len(item[1])):
        names = " ".join(f"/{route}" for route in sorted(found))
        lines.append(fill(names, 170, initial_indent=f"{marks}   ", subsequent_indent=indent, break_on_hyphens=False))
    return "\n".join(lines)


@pytest.mark.usefixtures("_no_sync")
def test_every_url_answers_as_declared(visitors, signed_in_as, make_login, make_update, caplog, record_property):
    caplog.set_level("CRITICAL", "django.request")
    make_login()
    make_update()
    views = dict(declared_routes())
    assert [route for route, view in views.items() if not declared_for(view)] == []
    outcomes, wrong, takes_no_form = {}, [], set()
    for visitor in sorted(visitors, key=lambda name: name != Role.ADMIN):
        client = signed_in_as(visitor)
        for route, view in views.items():
            expected = outcomes[route, visitor] = declared_outcome(visitor, view)
            for method, headers in ways_to_ask(expected, visitor == Role.ADMIN):
                if method == "post" and expected == OPENS and route in takes_no_form:
                    # The same page says so to everyone who may open the address.
                    continue
                response = getattr(client, method)(example_of(route), headers=headers)
                outcome = outcome_of(response)
                if response.status_code == 405 and method == "post":
                    takes_no_form.add(route)
                if outcome != expected:
                    wrong.append(f"{method} /{route} by {visitor} {headers}: {outcome}, declared {expected}")
                if method == "post" and declared_for(view) in (PUBLIC, SIGNED_IN):
                    # It may have signed them out, or in.
                    client = signed_in_as(visitor)
    assert wrong == []
    record_property("figures", matrix_of(outcomes, list(views)))


# What the pages offer

ATTRIBUTES = ("href", "action", "formaction", "hx-get", "hx-post", "data-freshness")
# Pages with everything on them that a role might be offered, and so on from there.
STARTS = (
    "/",
    "/logins/",
    "/logins/by-app/",
    "/scim/?open={update}",
    "/scim/problems/?open={problem}",
    "/sync/",
    "/views/",
    "/people/deprovisioned/?range=7d",
)


def offered_by(page: Page, address: str) -> Iterator[str]:
    """Every address of Gatehouse's own that a page leads to, or asks by itself."""
    for element in page.elements:
        for value in filter(None, (element.attrs.get(name) for name in ATTRIBUTES)):
            parts = urlsplit(value)
            if not parts.scheme and not value.startswith(("#", "/static/")):
                yield (parts.path or urlsplit(address).path) + (f"?{parts.query}" if parts.query else "")


def pages_from(client: Client, starts: list[str]) -> Iterator[tuple[str, Page]]:
    """These pages, and one of each other route that can be reached from them."""
    ahead = [(address, "") for address in starts]
    seen = set()
    while ahead:
        address, route = ahead.pop(0)
        if route in seen:
            continue
        seen.add(route or resolve(urlsplit(address).path).route)
        response = client.get(address)
        if response.get("Content-Type", "").startswith("text/html") and response.status_code == 200:
            page = page_of(response)
            yield address, page
            found = [(href, resolve(urlsplit(href).path).route) for href in offered_by(page, address) if is_page(href)]
            ahead += [(href, route) for href, route in dict(found).items() if route not in seen]


def is_page(address: str) -> bool:
    path = urlsplit(address).path
    return path.endswith("/") and path != "/sync/doctor/"


@pytest.mark.usefixtures("_no_sync", "all_logins_known", "all_updates_known")
@pytest.mark.parametrize("visitor", [*(role.value for role in Role), NO_ROLE, SUPERUSER])
def test_pages_offer_only_what_is_allowed(visitor, signed_in_as, make_login, make_update, caplog):
    caplog.set_level("CRITICAL", "django.request")
    make_login(allowed=True, created_at=NOW - timedelta(hours=3))
    make_login()
    off = '{"Operations":[{"op":"replace","value":{"active":false}}]}'
    make_update(request_method="PATCH", status="SUCCESS", request_body=off, logged_at=NOW - timedelta(hours=4))
    update = make_update()
    keys = {"update": update.key.hex, "problem": ScimProblem.objects.get().key}
    starts = ["/"] if visitor == NO_ROLE else [start.format(**keys) for start in STARTS]
    refused, seen = set(), set()
    for address, page in pages_from(signed_in_as(visitor), starts):
        seen.add(resolve(urlsplit(address).path).route)
        for found in offered_by(page, address):
            if declared_outcome(visitor, resolve(urlsplit(found).path).func) != OPENS:
                refused.add(f"{address} offers {found}")
    assert refused == set()
    assert "" in seen
    assert len(seen) > 15 or visitor == NO_ROLE
