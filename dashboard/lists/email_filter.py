"""Rows by any part of an e-mail address: found among the known people first, and then by index."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Length

from dashboard.lists.parameters import TextFilter, any_text
from logsync.models import PersonAddress
from logsync.models.people import LONGEST_ADDRESS

# With more people than this a query gets long, and their rows lie all over the table anyway.
MOST_PEOPLE = 2500
# The only letter outside ASCII whose lower case is inside it: "k".
KELVIN_SIGN = "\u212a"


class EmailFilter(TextFilter):
    """Rows whose e-mail address contains all words of one of the texts, in any case.

    `seen` are the fields of PersonAddress that say when an address was last seen in this log.
    """

    def __init__(self, *args: Any, seen: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        # One request applies its filter to several queries.
        self._people: dict[tuple[str, ...], list[str] | None] = {}

    def condition(self, values: list[str]) -> Q:
        key = tuple(values)
        if key not in self._people:
            self._people[key] = people_who_may_hold(values, self.seen)
        people = self._people[key]
        return super().condition(values) if people is None else self._of(people, values)

    def _of(self, people: list[str], values: list[str]) -> Q:
        """The rows of these people that contain any of the texts; most people need no second look.

        Planners think that a LIKE is selective: they read all rows of all people, and sort them afterwards.
        """
        sure = []
        if unsure := [person for person in people if not person.isascii() or len(person) >= LONGEST_ADDRESS]:
            sure.append(~Q(person__in=unsure))
        if any("k" in value.lower() for value in values):
            sure.append(~Q(**{f"{self.field_name}__contains": KELVIN_SIGN}))
        found = Q(person__in=people)
        return found & (super().condition(values) | Q(*sure)) if sure else found


def people_who_may_hold(parts: list[str], seen: tuple[str, ...]) -> list[str] | None:
    """Everyone with a row whose address contains all words of one of these texts, in any case.

    It may also name people whose address has a letter outside ASCII, which each database folds in its own way, or whose
    address was cut. None if there are more than MOST_PEOPLE, or if a text itself has such a letter.
    """
    if not parts or not all(part.isascii() for part in parts):
        return None
    may_hold = ~Q(octets=F("letters")) | Q(letters__gte=LONGEST_ADDRESS)
    may_hold |= any_text(parts, lambda word: Q(person__contains=word.lower()))
    known = PersonAddress.objects.exclude(**dict.fromkeys(seen)).order_by()
    sized = known.alias(octets=_Octets("person", output_field=IntegerField()), letters=Length("person"))
    people = list(sized.filter(may_hold).values_list("person", flat=True)[: MOST_PEOPLE + 1])
    return list(dict.fromkeys(people)) if len(people) <= MOST_PEOPLE else None


class _Octets(Func):
    """The length of a text in UTF-8 octets; it equals the number of letters only if all are ASCII."""

    function = "OCTET_LENGTH"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)
