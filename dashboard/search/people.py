"""Which people a typed name means, alone or together with an app: "zanele", "Zanele Dlamini", "zanele jira"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dashboard.search.apps import apps_named
from dashboard.search.places import MOST_CANDIDATES, Place, list_href, person
from logsync.insight.identity.names import NamedPerson, people_named
from logsync.models import PersonAtApp

# Words that people put between a name and an app.
_JOINING = """
a access an and app at can can't can’t cannot denied for from get gets has in into is locked log login logs not of on
open out please reach sign signs the to use user with
"""
JOINING = frozenset(_JOINING.split())
# More words are a sentence, and not a name with an app.
MOST_WORDS = 6


def places_of_people(text: str) -> Iterator[Place]:
    """The people with these words in their address or name; or a list of them, if they are many."""
    people = people_named(text.split(), MOST_CANDIDATES + 1)
    if len(people) > MOST_CANDIDATES:
        yield Place(list_href("people:list", q=text), f"People with “{text}” in their address or name")
        return
    for one in people:
        yield Place(person(one.address, one.seen_at), f"Person {_called(one)}", one.is_called(text))


def places_of_people_at_apps(text: str) -> Iterator[Place]:
    """People at apps: some of the words name the person, the others the app, whichever comes first."""
    words = text.split()
    for some in (words, [word for word in words if word.lower() not in JOINING]):
        if 1 < len(some) <= MOST_WORDS and (places := _joined(some)):
            yield from places
            return


def _joined(words: Sequence[str]) -> list[Place]:
    for at in range(1, len(words)):
        for who, where in ((words[:at], words[at:]), (words[at:], words[:at])):
            apps = {app_uid: name for app_uid, name in apps_named(" ".join(where)) if app_uid}
            people = people_named(who, MOST_CANDIDATES) if apps else []
            if people:
                return _places_of_pairs(people, apps)
    return []


def _places_of_pairs(people: Sequence[NamedPerson], apps: Mapping[str, str]) -> list[Place]:
    """Each of the people at each of the apps where they tried to log in; or the people, if they never tried there."""
    by_address = {one.address: one for one in people}
    pairs = PersonAtApp.objects.filter(person__in=by_address, app_uid__in=apps).order_by("person", "app_uid")
    found: dict[str, Place] = {}
    for pair in pairs[: MOST_CANDIDATES + 1]:
        seen_at = max((at for at in (pair.allowed_at, pair.denied_at) if at), default=None)
        href = person(pair.person, seen_at, app_uid=pair.app_uid)
        words = f"Person {_called(by_address[pair.person])}, at the app {apps[pair.app_uid]}"
        found.setdefault(href, Place(href, words, is_exact=True))
    if found:
        return list(found.values())[:MOST_CANDIDATES]
    missing = " or ".join(apps.values())
    return [
        Place(person(one.address, one.seen_at), f"Person {_called(one)}, with no login at {missing} on record")
        for one in people
    ]


def _called(one: NamedPerson) -> str:
    return f"{one.address} ({one.name})" if one.name else one.address
