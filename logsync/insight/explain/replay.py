"""What if: an application's kept logins judged twice, by its policies as they are and as somebody has edited them.

Both judgements have the same evidence, so what differs is due to the edit alone. Logins that brought the same, as far
as any rule looks at it, are judged once. Memory stays the same however many logins and people there are: the database
sorts by person, and each person is done with before the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby, islice
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q

from logsync.insight.why.compiled import NOTHING_KNOWN, Admission, Alternatives, Decision, Effect, Known, Seen
from logsync.models import AccessRequest, Account
from logsync.spans import Span

# So many people are judged, and told of, at a time.
PEOPLE_AT_ONCE = 1_000


class Outcome(StrEnum):
    """What an edit does to a person at an application, over all of their logins.

    GAINS: none of their logins is admitted now, some would be. LOSES: some are, none would be. CHANGES: other logins
    would be admitted than are now. UNTOLD: it can't be told whether anything would change for them.
    """

    GAINS = "gains"
    LOSES = "loses"
    CHANGES = "changes"
    UNTOLD = "untold"
    UNCHANGED = "unchanged"


class CancelledError(Exception):
    """Somebody doesn't want the result any more."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Logins of one person that brought the same: how many, the newest, and what becomes of them now and as edited."""

    seen: Seen
    logins: int
    newest_at: datetime
    now: Decision
    edited: Decision
    effect: Effect


@dataclass(frozen=True, slots=True)
class PersonAtApp:
    """One person at one application. `deciding` are the newest logins with the effect that the outcome rests on."""

    person: str
    app_uid: str
    outcome: Outcome
    logins: Mapping[Effect, int]
    deciding: Judged


@dataclass(slots=True)
class Tally:
    """Sums over all logins so far.

    `people` counts people at an application by their outcome, `logins` by what the edit does to them. `log_agrees` is
    the measure of how good the judgement is: what the policies now make of logins that the log says were allowed
    (True), denied (False), or neither (None).
    """

    people: Counter[Outcome] = field(default_factory=Counter)
    logins: Counter[Effect] = field(default_factory=Counter)
    log_agrees: Counter[tuple[bool | None, Admission]] = field(default_factory=Counter)


class _Group(NamedTuple):
    """Logins of one person that brought the same."""

    app_uid: str
    seen: Seen
    logins: int
    allowed: int
    denied: int
    newest_at: datetime


def logins_in(account: Account, app_uids: Iterable[str], span: Span) -> Any:
    """The logins of people that are replayed."""
    of_apps = AccessRequest.objects.filter(account=account, app_uid__in=sorted(app_uids))
    return of_apps.between(span.since, span.until).logins_of_people().order_by()


def replay(
    logins: Any,
    apps: Mapping[str, Alternatives],
    tally: Tally,
    *,
    known_of: Callable[[Sequence[tuple[str, str]]], Mapping[tuple[str, str], Known]] = lambda people: {},
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[list[PersonAtApp]]:
    """Judge all of `logins`, and yield people at applications a part at a time, counting them in `tally`.

    `known_of` has what is known of people, by address and user id. Raises CancelledError once `is_cancelled` says so.
    """
    fields = frozenset(name for one in apps.values() for name in one.fields)
    people = groupby(_groups(logins, fields), key=lambda group: (group.app_uid, group.seen.person))
    while True:
        if is_cancelled():
            raise CancelledError
        part = [(app_uid, list(groups)) for (app_uid, _), groups in islice(people, PEOPLE_AT_ONCE)]
        if not part:
            return
        wanted = dict.fromkeys((group.seen.person, group.seen.user_id) for _, groups in part for group in groups)
        known = known_of(list(wanted))
        yield [_judge_person(app_uid, apps[app_uid], groups, known, tally) for app_uid, groups in part]


def _groups(logins: Any, fields: frozenset[str]) -> Iterator[_Group]:
    """Logins that brought the same in these fields, counted by the database, person by person."""
    names = [name for name in Seen._fields if name in fields | {"person"}]
    places = [names.index(name) if name in names else None for name in Seen._fields]
    rows = (
        logins.values_list("app_uid", *names)
        .annotate(
            logins=Count("pk"),
            let_in=Count("pk", filter=Q(allowed=True)),
            kept_out=Count("pk", filter=Q(allowed=False)),
            newest_at=Max("created_at"),
        )
        .order_by("app_uid", "person")
    )
    for app_uid, *values in rows.iterator():
        seen = Seen(*("" if place is None else values[place] for place in places))
        yield _Group(app_uid, seen, *values[len(names) :])


def _judge_person(
    app_uid: str,
    app: Alternatives,
    groups: Sequence[_Group],
    known: Mapping[tuple[str, str], Known],
    tally: Tally,
) -> PersonAtApp:
    logins: Counter[Effect] = Counter()
    newest: dict[Effect, Judged] = {}
    judged = []
    for group in groups:
        verdict = app.judge(group.seen, known.get((group.seen.person, group.seen.user_id), NOTHING_KNOWN))
        one = Judged(group.seen, group.logins, group.newest_at, *verdict)
        judged.append(one)
        logins[one.effect] += group.logins
        if one.effect not in newest or newest[one.effect].newest_at < one.newest_at:
            newest[one.effect] = one
        for allowed, count in ((True, group.allowed), (False, group.denied)):
            tally.log_agrees[allowed, one.now.admission] += count
        tally.log_agrees[None, one.now.admission] += group.logins - group.allowed - group.denied
    outcome = _outcome(judged)
    tally.people[outcome] += 1
    tally.logins.update(logins)
    deciding = max((newest[effect] for effect in _DECIDING[outcome] if effect in newest), key=lambda one: one.newest_at)
    return PersonAtApp(groups[0].seen.person, app_uid, outcome, logins, deciding)


# The effects on logins by which an outcome is shown.
_DECIDING = {
    Outcome.GAINS: (Effect.GAINED,),
    Outcome.LOSES: (Effect.LOST,),
    Outcome.CHANGES: (Effect.GAINED, Effect.LOST),
    Outcome.UNTOLD: (Effect.UNTOLD,),
    Outcome.UNCHANGED: (Effect.SAME,),
}


def _outcome(judged: Sequence[Judged]) -> Outcome:
    """What an edit does to a person, by all of their logins."""
    effects = {one.effect for one in judged}
    now, edited = {one.now.admission for one in judged}, {one.edited.admission for one in judged}
    if now == {Admission.REFUSED} and Effect.GAINED in effects:
        return Outcome.GAINS
    if edited == {Admission.REFUSED} and Effect.LOST in effects:
        return Outcome.LOSES
    if effects & {Effect.GAINED, Effect.LOST}:
        return Outcome.CHANGES
    return Outcome.UNTOLD if Effect.UNTOLD in effects else Outcome.UNCHANGED


def newest_logins(logins: Any, people: Sequence[PersonAtApp]) -> dict[tuple[str, str], AccessRequest]:
    """The newest login of each of these people with the effect that decided, by app and person."""
    wanted = {(one.app_uid, one.person): one.deciding for one in people}
    at = {one.deciding.newest_at for one in people}
    found: dict[tuple[str, str], AccessRequest] = {}
    for login in logins.filter(person__in={one.person for one in people}, created_at__in=at).order_by(
        "created_at", "pk"
    ):
        deciding = wanted.get((login.app_uid, login.person))
        if deciding and deciding.newest_at == login.created_at and _brought(login, deciding.seen):
            found[login.app_uid, login.person] = login
    return found


def _brought(login: AccessRequest, seen: Seen) -> bool:
    """Whether a login brought these values; fields that no rule looks at are blank there."""
    return all(not value or getattr(login, name) == value for name, value in seen._asdict().items())
