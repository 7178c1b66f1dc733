"""Every address of Gatehouse with something on its page, for tests that walk them all as one user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote

from django.db.models import Model
from django.test import Client

from dashboard.logins.views import LoginListView
from dashboard.scim.views import ScimListView
from logsync.models import AccessRequest, ScimProblem, ScimUpdate
from tests.dashboard.test_urls import routes

# They end the session, or ask Cloudflare.
LEFT_OUT = ("sign-out/", "sync/now/", "sync/doctor/")
FRAGMENT = {"HX-Request": "true"}
# The parameters that lift what a list hides by default.
ALL = {"/logins/": "range=all&allowed=any", "/scim/": "range=all&status=any"}
LISTS = {"/logins/": LoginListView, "/scim/": ScimListView}


def walk(client: Client, people: Sequence[str], below: str = "/") -> Iterator[tuple[str, str]]:
    """Open every address below a path, and give with each all that was sent: header fields and text.

    What is about one event is opened as a fragment for every event, and whole for some of them; what is about one
    person is opened for each of these people.
    """
    for address, headers in addresses(people):
        if not address.startswith(below):
            continue
        response = client.get(address, headers=headers)
        body = b"".join(response).decode()
        head = "\n".join(f"{name}: {value}" for name, value in response.items())
        yield f"{address} {response.status_code}", f"{head}\n{body}\n{unquote(body)}"


def addresses(people: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """Every address with the header fields that it is asked with."""
    found: list[tuple[str, dict[str, str]]] = []
    for route in sorted(set(routes()) - set(LEFT_OUT)):
        path = f"/{route}"
        if "<address:email>" in route:
            wholes = [path.replace("<address:email>", quote(person)) for person in people]
            found += [(f"{whole}{query}", {}) for whole in wholes for query in ("", "?range=all")]
        elif route.startswith("scim/problems/<slug:key>"):
            found += [(path.replace("<slug:key>", one.key), {}) for one in ScimProblem.objects.all()]
        elif "<slug:key>" in route:
            found += _of_events(path)
        elif route.startswith("logins/by-app/") and route != "logins/by-app/":
            found += [(address, {}) for address in _of_apps(path)]
        elif "<" not in route:
            found += [(path, {}), (f"{path}?{ALL.get(path, 'range=all')}", {})]
    return found + [one for path in LISTS for one in _of_list(path)]


def _of_events(path: str) -> Iterator[tuple[str, dict[str, str]]]:
    rows: list[Model] = list((ScimUpdate if path.startswith("/scim/") else AccessRequest)._default_manager.all())
    for at, row in enumerate(rows):
        address = path.replace("<slug:key>", row.key.hex)  # type: ignore[attr-defined]
        yield address, FRAGMENT
        if at % 6 == 0:
            yield address, {}


def _of_apps(path: str) -> Iterator[str]:
    apps = AccessRequest.objects.order_by("app_uid").values_list("app_uid", "account__account_id").distinct()
    for app_uid, account in apps:
        asked = f"{path}?app_uid={app_uid}&account={account}&range=all"
        yield from (asked, f"{asked}&side=allowed&field=country&value=NL")


def _of_list(path: str) -> Iterator[tuple[str, dict[str, str]]]:
    listed = LISTS[path]
    asked = f"{path}?{ALL[path]}"
    yield f"{asked}&per_page=200&columns={','.join(listed.table_class.base_columns)}", {}
    yield f"{asked}&arrived_after=2020-01-01T00:00:00Z", {}
    first = listed.model._default_manager.first()
    yield f"{asked}&open={first.key.hex}", {}  # type: ignore[union-attr]
    yield from ((f"{asked}&facet={facet.name}", FRAGMENT) for facet in listed.facets)
    for start in (*(f"{name}:" for name in listed.filterset_class.base_filters), "19", "me"):
        yield f"{asked}&complete={start}", FRAGMENT
