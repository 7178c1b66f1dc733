"""Which apps a pasted host, URL or name means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from django.db.models import Q
from django.http import QueryDict

from dashboard.page.links import app_href
from dashboard.page.query_string import QueryString
from dashboard.search.places import MOST_CANDIDATES, Place, event_of, logins
from logsync.insight.app_names import name_of_id
from logsync.models import AccessRequest, Application, Mention

# An address of a SaaS app at the team's own host, where every such app of the team is.
SSO = "/cdn-cgi/access/sso/"
MOST_PARTS = 20


def app_place(app_uid: str) -> Place:
    """The logins at an app."""
    return Place(logins(app_uid=app_uid), f"Logins at the app {name_of_id(app_uid)}")


def places_of_address(value: str) -> Iterator[Place]:
    """The apps at a host, or at a host with a path: those that name most of the path, and the logins there."""
    value = value.lower()
    if SSO in value:
        yield from _places_of_sso(value)
        return
    wanted = _shortened(value)
    host = wanted[-1]
    yield from (app_place(app_uid) for app_uid in _listed(wanted, host)[:MOST_CANDIDATES])
    logged = Mention.objects.filter(field="app_domain")
    exact = set(logged.filter(value__in=wanted).values_list("value", flat=True))
    address = next((one for one in wanted if one in exact), "")
    if not address and logged.filter(value__contains=host).exists():
        address = host
    if address:
        yield Place(logins(app_domain=address), f"Logins at {address}")


def _places_of_sso(address: str) -> Iterator[Place]:
    """The one app with a sign-on address, and nothing else of the team."""
    lines = Application.objects.filter(hosts__holds=address).select_related("account")
    apps = {(app.account, app.app_uid) for app in lines if address in app.hosts.lower().split("\n")}
    for mention in Mention.objects.filter(field="app_domain", value=address)[:MOST_CANDIDATES]:
        login = event_of(mention)
        if isinstance(login, AccessRequest) and login.app_uid:
            apps.add((login.account, login.app_uid))
    for account, app_uid in sorted(apps, key=str):
        href = app_href(QueryString(QueryDict("range=all")), account, app_uid)
        if href:
            yield Place(href, f"The app {name_of_id(app_uid)}")


def places_of_name(value: str) -> Iterator[Place]:
    """The apps with this in their name: as Cloudflare lists them or, if it lists none, as logins call them."""
    for app_uid, name in apps_named(value):
        by = {"app_uid": app_uid} if app_uid else {"app_name": name}
        yield Place(logins(**by), f"Logins at the app {name}", name.lower() == value.lower())


def apps_named(text: str) -> list[tuple[str, str]]:
    """The id and the name of each of these apps; the id is blank if logins gave only a name."""
    if listed := Application.objects.filter(name__holds=text)[:MOST_CANDIDATES]:
        return [(app.app_uid, str(app)) for app in listed]
    named = Mention.objects.filter(field="app_name", value__contains=text.lower()).order_by("-seen_at")
    newest = (event_of(mention) for mention in named[:MOST_CANDIDATES])
    logged = [(login.app_uid, login.app_name) for login in newest if isinstance(login, AccessRequest)]
    return list(dict.fromkeys(logged))


def _shortened(value: str) -> list[str]:
    """A host with its path, then with ever less of the path."""
    host, *path = value.split("/")
    return ["/".join([host, *path[:length]]) for length in range(min(len(path), MOST_PARTS), 0, -1)] + [host]


def _listed(wanted: list[str], host: str) -> list[str]:
    """The ids of the listed apps that fit best; wildcards in a host stand for any part of it."""
    found = Application.objects.filter(Q(domain__holds=host) | Q(hosts__holds=host) | Q(hosts__contains="*"))
    hosts = {app.app_uid: [*app.hosts.lower().split("\n"), app.domain.lower()] for app in found}
    for address in wanted:
        if fitting := [app_uid for app_uid, names in hosts.items() if _has(names, address)]:
            return fitting
    return [app_uid for app_uid, names in hosts.items() if any(host in name for name in names)]


def _has(names: Iterable[str], address: str) -> bool:
    return any(name == address or ("*" in name and fnmatchcase(address, name.replace("[", "[[]"))) for name in names)
