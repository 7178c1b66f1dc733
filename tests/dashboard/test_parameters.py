"""Every parameter of every address, with odd values: each gets an answer, never a fault, and nothing is markup.

Which parameters there are is found by asking: what a view reads from its query string or its form is tried, so a new
one is tried from its first day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.shortcuts import resolve_url
from hypothesis import given
from hypothesis import strategies as st

from logsync.models import ScimProblem
from tests.dashboard.test_urls import routes
from tests.examples import examples

MARKUP = "<script>alert(1)</script>"
# Each of these can break a page in its own way, so each is tried alone; the others only come all at once.
ODD = ["9" * 40, "9999-12-31T23:59:59.999999-23:59", f"\"'>{MARKUP}"]
OTHERS = ["0001-01-01T00:00:00+23:59", "2031-01-01", "\ud800\u202e", "%_\\", "-1", "", "x"]
RANDOM = st.text(max_size=40) | st.integers().map(str) | st.datetimes().map(str) | st.sampled_from([*ODD, *OTHERS])
# One of them is about the session that asks, the others ask a log of Cloudflare's.
LEFT_OUT = {"sign-out/", "sync/now/", "sync/doctor/"}
ROUTES = sorted(set(routes()) - LEFT_OUT)
EXPORTS = (".csv", ".json")
# A page also draws a chart of its time.
TIMES = {"range", "since", "until", "zone"}


@contextmanager
def names_asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names of all parameters that are read meanwhile."""
    names: set[str] = set()
    with monkeypatch.context() as patch:
        for method in ("get", "getlist", "__getitem__"):
            original = getattr(QueryDict, method)

            def noting(self, key, *args, original=original, **kwargs):
                names.add(key)
                return original(self, key, *args, **kwargs)

            patch.setattr(QueryDict, method, noting)
        yield names


@pytest.fixture
def address_of(all_logins_known, all_updates_known, make_login, make_update, read_policies):
    """An address of each route, with something on its page."""
    login, update = make_login(), make_update()
    read_policies({"id": "p1", "name": "Staff", "decision": "allow", "include": [{"everyone": {}}]})
    problem = f"scim/problems/{ScimProblem.objects.get().key}/"
    app = f"app_uid={login.app_uid}&account={login.account.account_id}"
    of_a_row = {
        "logins/<slug:key>/": resolve_url(login)[1:],
        "scim/<slug:key>/": resolve_url(update)[1:],
        "scim/problems/<slug:key>/": problem,
        "scim/problems/<slug:key>.csv": f"{problem[:-1]}.csv",
        "scim/problems/<slug:key>.json": f"{problem[:-1]}.json",
        "scim/problems/<slug:key>/note/": f"{problem}note/",
        "policies/<slug:kind>/<str:object_id>/": "policies/app/13d976ec-915a-4e59-afab-cef6291764b8/",
        "what-if/": f"what-if/?{app}",
        "logins/by-app/app/": f"logins/by-app/app/?{app}",
        "logins/by-app/people/": f"logins/by-app/people/?{app}",
        "logins/by-app/people.csv": f"logins/by-app/people.csv?{app}",
        "logins/by-app/people.json": f"logins/by-app/people.json?{app}",
    }

    def find(route):
        address = of_a_row.get(route, route).replace("<int:view>", "1").replace("<int:number>", "1")
        return f"/{address.replace('<address:email>', quote(login.user_email))}"

    return find


@pytest.fixture
def ask(signed_in, address_of, record_property):
    """Ask a route with these parameters, by GET or POST; the answer has been checked."""

    seen: set[tuple[str, str]] = set()

    def send(route, method="get", *pairs):
        encoded = "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)
        address = address_of(route)
        if method == "get":
            response = signed_in.get(f"{address}{'&' if '?' in address else '?'}{encoded}")
        else:
            response = signed_in.post(address, encoded, content_type="application/x-www-form-urlencoded")
        body = b"".join(response)
        assert response.status_code < 500, (address, encoded)
        assert MARKUP.encode() not in body or "html" not in response["Content-Type"], (address, encoded)
        record_property("fuzzed parameters answered", len({*pairs} - seen))
        seen.update(pairs)
        return response

    return send


@pytest.fixture
def names_of(ask, monkeypatch):
    """The names of the parameters that a route reads; none if it takes no such requests."""

    @cache
    def find(route, method="get"):
        with names_asked(monkeypatch) as names:
            is_refused = ask(route, method).status_code == 405
        return [] if is_refused else sorted(names)

    return find


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", ROUTES)
def test_odd_values_get_an_answer(route, method, ask, names_of):
    # An export takes a tenth of the time of its page, and reads the same filters by the same code.
    export = f"{route.removesuffix('/')}.csv"
    tried_there = {*names_of(export)} - TIMES if method == "get" and export in ROUTES else set()
    for name in names_of(route, method):
        for value in () if name in tried_there else ODD:
            ask(route, method, (name, value))
        ask(route, method, *((name, value) for value in [*ODD, *OTHERS]))


def random_pairs(names):
    """Some parameters, most of which the page knows."""
    known = st.sampled_from(names) if names else st.nothing()
    return st.lists(st.tuples(known | st.text(max_size=9), RANDOM), max_size=8)


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.endswith(EXPORTS)])
@given(st.data())
@examples(20)
def test_random_values_get_an_answer(route, ask, names_of, data):
    ask(route, "get", *data.draw(random_pairs(names_of(route))))


@pytest.mark.parametrize("route", [route for route in ROUTES if route.endswith(EXPORTS)])
@given(st.data())
@examples(100)
def test_random_values_get_an_export(route, ask, names_of, data):
    ask(route, "get", *data.draw(random_pairs(names_of(route))))
