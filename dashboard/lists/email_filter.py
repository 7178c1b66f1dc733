"""Rows by a part of an e-mail address: looked up among the known people first, then by index."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Length

from dashboard.lists.parameters import TextFilter
from logsync.models import PersonAddress
from logsync.models.people import LONGEST_ADDRESS

# Of more people than these, a query would be long, and their rows lie everywhere.
MOST_PEOPLE = 2500
# The one letter beyond ASCII whose lower case is in it: "k".
KELVIN_SIGN = "\u212a"


class AddressPartFilter(TextFilter):
    """Rows whose address holds one of the texts, whatever the case: the rows of the people whose address does.

    `seen` is the field of PersonAddress that says when an address was last seen in this log.
    """

    def __init__(self, *args: Any, seen: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        # The filter of a request is applied to several queries.
        self._people: dict[tuple[str, ...], list[str] | None] = {}

    def condition(self, values: list[str]) -> Q:
        key = tuple(values)
        if key not in self._people:
            self._people[key] = people_who_may_hold(values, self.seen)
        people = self._people[key]
        return super().condition(values) if people is None else self._of(people, values)

    def _of(self, people: list[str], values: list[str]) -> Q:
        """The rows of these people that hold any of the texts, where most people need not be looked at again.

        A database thinks that a condition on a part of a text leaves next to no rows, and then reads all rows of all
        people before it sorts them.
        """
        sure = []
        if unsure := [person for person in people if not person.isascii() or len(person) >= LONGEST_ADDRESS]:
            sure.append(~Q(person__in=unsure))
        if any("k" in value.lower() for value in values):
            sure.append(~Q(**{f"{self.field_name}__contains": KELVIN_SIGN}))
        found = Q(person__in=people)
        return found & (super().condition(values) | Q(*sure)) if sure else found


def people_who_may_hold(parts: list[str], seen: str) -> list[str] | None:
    """Everybody whose address holds one of these texts in a row, whatever the case.

    Others are among them only where their address has a letter beyond ASCII, which databases fold in their own ways,
    or was cut. None if they are more than MOST_PEOPLE, or a text itself has such a letter.
    """
    if not parts or not all(part.isascii() for part in parts):
        return None
    may_hold = ~Q(octets=F("letters")) | Q(letters__gte=LONGEST_ADDRESS)
    for part in parts:
        may_hold |= Q(person__contains=part.lower())
    known = PersonAddress.objects.filter(**{f"{seen}__isnull": False}).order_by()
    sized = known.alias(octets=_Octets("person", output_field=IntegerField()), letters=Length("person"))
    people = list(sized.filter(may_hold).values_list("person", flat=True)[: MOST_PEOPLE + 1])
    return list(dict.fromkeys(people)) if len(people) <= MOST_PEOPLE else None


class _Octets(Func):
    """How many octets a text has in UTF-8: as many as letters only if all are ASCII."""

    function = "OCTET_LENGTH"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)
