"""Whether SCIM has switched a person off: deactivated or deleted every user of theirs that it ever switched on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q

from logsync.derived.scim_problems import updates_of
from logsync.models import ScimUpdate
from logsync.models.events import SUCCESS
from logsync.spans import END

Activity = ScimUpdate.Activity
# A POST creates a user again, even if its body can't be read.
SWITCHES_ON = Q(activity=Activity.ON) | Q(request_method="POST", activity="")
SWITCHES_OFF = Q(activity__in=(Activity.OFF, Activity.DELETED))


@dataclass(frozen=True, slots=True)
class Switched:
    """When the user of a provider was last switched on, and first switched off since; None for never.

    At the same instant, on counts as the later one: better to miss a deprovisioning than to make one up.
    """

    idp_id: str
    on_at: datetime | None
    off_at: datetime | None

    @property
    def is_on(self) -> bool:
        return self.off_at is None


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Since when a person has been switched off; `still_on` are the providers that never switched them off."""

    at: datetime
    still_on: tuple[str, ...] = ()


def last_switches(roots: Collection[int], until: datetime = END) -> dict[int, Switched]:
    """How each of these users was switched last before `until`; without those that never were.

    A row without a time of its own switches nobody off, as nothing can be said to have happened after it.
    """
    switched = updates_of(roots).filter(status=SUCCESS).order_by()
    if until != END:
        switched = switched.filter(logged_at__lt=until)
    on = {
        root: (idp_id, at)
        for root, idp_id, at in switched.filter(SWITCHES_ON).values_list("root", "idp_id").annotate(Max("logged_at"))
    }
    off: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    timed = switched.filter(SWITCHES_OFF, lacks_time=False)
    for root, idp_id, at in timed.values_list("root", "idp_id", "logged_at"):
        if root not in on or at > on[root][1]:
            off[root].append((at, idp_id))
    found = {root: Switched(idp_id, at, None) for root, (idp_id, at) in on.items()}
    for root, rows in off.items():
        at, idp_id = min(rows)
        found[root] = Switched(idp_id, on[root][1] if root in on else None, at)
    return found


def switched_off(switches: Iterable[Switched]) -> SwitchedOff | None:
    """Whether these users of one person leave them switched off.

    They are since the last of them was switched off, unless one was switched on at that time or later. A user who was
    switched on before, and not off since, is still on.
    """
    switches = list(switches)
    at = max((one.off_at for one in switches if one.off_at), default=None)
    still_on = [one for one in switches if one.is_on]
    if at is None or any(one.on_at and one.on_at >= at for one in still_on):
        return None
    return SwitchedOff(at, tuple(sorted({one.idp_id for one in still_on})))
