"""People by their names: words of an address, or of the name that SCIM gives a user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from logsync.derived.mentions import DISPLAY_NAME, display_names, mention_of
from logsync.models import Mention, PersonAddress, ScimUpdate

# At most so many updates are read to see whom they name.
MOST_UPDATES = 1_000


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person, by their address in lower case; `name` is what SCIM calls them, blank if the address was enough."""

    address: str
    name: str
    seen_at: datetime | None = None

    def is_called(self, text: str) -> bool:
        """Whether the text is their whole name or address, and not only a part of it."""
        words, local = text.lower().split(), self.address.partition("@")[0]
        wholes = {self.address, local, " ".join(self.name.lower().split()), " ".join(local.replace(".", " ").split())}
        return " ".join(words) in wholes


def people_named(words: Sequence[str], most: int) -> list[NamedPerson]:
    """At most so many people with all these words in their address or in their name, in any order and case."""
    if not words:
        return []
    by_address = PersonAddress.objects.order_by("person")
    for word in words:
        by_address = by_address.filter(person__holds=word)
    addresses = list(by_address.values_list("person", flat=True).distinct()[:most])
    called = people_called(words, most)
    found = list(dict.fromkeys([*called, *addresses]))[:most]
    seen = last_seen(found)
    return [NamedPerson(address, called.get(address, ""), seen.get(address)) for address in found]


def people_called(words: Sequence[str], most: int) -> dict[str, str]:
    """Whom SCIM gives a name with all these words: the address of each with that name, the newest first."""
    mentions = Mention.objects.filter(field=DISPLAY_NAME)
    for word in words:
        mentions = mentions.filter(value__contains=mention_of(word))
    newest = list(mentions.order_by("-seen_at", "value")[:most]) if words else []
    wanted = {(one.account_id, one.seen_at, one.value) for one in newest}
    at_these_times = ScimUpdate.objects.filter(logged_at__in={one.seen_at for one in newest}, resource_type="USER")
    found: dict[str, str] = {}
    updates = at_these_times.order_by("-logged_at", "-id")[:MOST_UPDATES] if newest else []
    owners = _owners({update.resource_id for update in updates if not update.person})
    for update in updates:
        for name in sorted(display_names(update.request_body)):
            person = update.person or owners.get(update.resource_id, "")
            if person and (update.account_id, update.logged_at, mention_of(name)) in wanted:
                found.setdefault(person, name)
    return found


def last_seen(people: Iterable[str]) -> dict[str, datetime]:
    """When each of these people was last seen in a log."""
    found: dict[str, datetime] = {}
    for row in PersonAddress.objects.filter(person__in=list(people)).order_by():
        times = [at for at in (row.login_at, row.update_at, row.other_at, found.get(row.person)) if at]
        if times:
            found[row.person] = max(times)
    return found


def _owners(resources: set[int | None]) -> dict[int | None, str]:
    """Whose resource each one is, by an update that says so."""
    named = ScimUpdate.objects.filter(resource__in=resources).exclude(person="").order_by("logged_at", "id")
    return dict(named.values_list("resource_id", "person").distinct()) if resources else {}
