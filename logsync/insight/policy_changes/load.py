"""Find changes: forms that differ from those before them, audit entries that no form explains, objects that are gone.

The first form of an object is no change: Gatehouse began to read it then. All of them are found by one query, newest
first, by when each happened, or was seen where nothing says so; who made them is another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)

from logsync.insight.policy_changes.change import Entry, Origin, PolicyChange
from logsync.insight.policy_changes.references import Form, Key, Kind, References, mentioned
from logsync.models import AccessObject, AuditLogChange, Snapshot
from logsync.spans import Span

# What bears on logins by what it says itself, so that references are read from it.
REFERRING = Kind.APP, Kind.POLICY, Kind.GROUP
# Readings are so far apart at most, usually: what was seen later may have happened this long before.
LATEST_READING = timedelta(days=2)
_TIMES = ("after_at", "by_at", "said_at", "when_at")
# Groups may be nested: from an application so many steps are followed.
MOST_STEPS = 60
# Nobody reads more changes on one page than this.
MOST = 200

Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Sources:
    """The three kinds of rows that are changes, under the same names, so that one filter narrows all of them.

    The names: `account_number` and `account_name_id` (the account's primary key and Cloudflare's id), `of_kind`,
    `of_id`, `called`, `after_at`, `by_at`, `said_at`, `when_at` (when it happened, or else by when) and `who`.
    """

    forms: QuerySet[Any]
    entries: QuerySet[Any]
    gone: QuerySet[Any]

    @classmethod
    def all(cls) -> Sources:
        return cls(_changed_forms(), _unexplained_entries(), _gone_objects())

    def narrowed(self, narrow: Narrow) -> Sources:
        return Sources(narrow(self.forms), narrow(self.entries), narrow(self.gone))

    def between(self, span: Span) -> Sources:
        # Nothing happens after it was seen, which has an index.
        return self.narrowed(
            lambda rows: rows.filter(by_at__gte=span.since, when_at__gte=span.since, when_at__lt=span.until)
        )

    def count(self, most: int) -> int:
        """How many changes there are, counting no further than `most` + 1."""
        rows = [of.order_by().values_list("pk", flat=True)[: most + 1] for of in (self.forms, self.entries, self.gone)]
        return min(sum(one.count() for one in rows), most + 1)

    def beyond(self, place: tuple[datetime, str, int], *, older: bool) -> Sources:
        """Those after, or before, a place in the order."""
        at, origin, number = place
        way = "lt" if older else "gt"

        def rows_of(rows: QuerySet[Any], own: Origin) -> QuerySet[Any]:
            found = Q(**{f"when_at__{way}": at})
            if own == origin:
                found |= Q(when_at=at, **{f"pk__{way}": number})
            elif (own > origin) == older:
                found |= Q(when_at=at)
            return rows.filter(found)

        return Sources(
            rows_of(self.forms, Origin.SNAPSHOT), rows_of(self.entries, Origin.ENTRY), rows_of(self.gone, Origin.GONE)
        )

    def read(self, most: int, *, oldest_first: bool = False) -> list[PolicyChange]:
        """At most so many changes in their order, without who made them."""
        columns = (
            "origin",
            "pk",
            "account_number",
            "of_kind",
            "of_id",
            "called",
            "after_at",
            "by_at",
            "said_at",
            "when_at",
        )
        named = [
            rows.annotate(origin=Value(str(origin), output_field=CharField())).order_by().values_list(*columns)
            for rows, origin in (
                (self.forms, Origin.SNAPSHOT),
                (self.entries, Origin.ENTRY),
                (self.gone, Origin.GONE),
            )
        ]
        order = ("when_at", "-origin", "pk") if oldest_first else ("-when_at", "origin", "-pk")
        return [_change(*row) for row in named[0].union(*named[1:], all=True).order_by(*order)[:most]]


def changes_in(accounts: Iterable[int], span: Span, most: int = MOST) -> list[PolicyChange]:
    """The newest changes of these accounts that were seen in a span, newest first."""
    of = Q(account_number__in=[*accounts])
    return Sources.all().narrowed(lambda rows: rows.filter(of)).between(span).read(most)


def change_named(origin: Origin, number: int) -> PolicyChange | None:
    """One change, with who made it; None if there is none, or nobody here may see it."""
    sources = Sources.all()
    rows = {Origin.SNAPSHOT: sources.forms, Origin.ENTRY: sources.entries, Origin.GONE: sources.gone}[origin]
    columns = "pk", "account_number", "of_kind", "of_id", "called", *_TIMES
    row = rows.filter(pk=number).values_list(*columns).first()
    return with_entries([_change(origin, *row)])[0] if row else None


def changes_touching(account_id: int, app_uid: str, span: Span, most: int = MOST) -> list[PolicyChange]:
    """The newest changes seen in a span that touched an application, newest first.

    One query if nothing changed in the account, and else one more for each step from the application.
    """
    found = changes_in([account_id], span, most)
    if not found:
        return []
    references = references_of_apps(account_id, [app_uid])
    return [change for change in found if app_uid in references.apps_touched(change.key, change.span)]


def changes_before(account_id: int, app_uid: str, at: datetime, within: timedelta) -> list[PolicyChange]:
    """The changes that touched an application in so long a time before a moment, newest first, with who made them.

    Those of which it isn't known whether they came before the moment or after it are not among them.
    """
    seen = changes_touching(account_id, app_uid, Span(at - within, at + LATEST_READING))
    return [change for change in with_entries(seen) if at - within <= change.moment <= at]


def with_entries(changes: Sequence[PolicyChange]) -> list[PolicyChange]:
    """The same changes with who made them: entries of the audit log about the same object and the same time."""
    if not changes:
        return []
    spans = {change: _span_of_entries(change) for change in changes}
    rows = AuditLogChange.objects.filter(
        account__in={change.account_id for change in changes},
        kind__in={change.kind for change in changes},
        object_id__in={change.object_id for change in changes},
        changed_at__gte=min(span.since for span in spans.values()),
        changed_at__lte=max(span.until for span in spans.values()),
    )
    by_object: dict[tuple[Any, ...], list[Entry]] = defaultdict(list)
    columns = "account_id", "kind", "object_id", "changed_at", "action", "actor_email"
    for account, kind, object_id, *entry in rows.order_by("changed_at", "pk").values_list(*columns):
        by_object[account, kind, object_id].append(Entry(*entry))
    return [
        change.with_entries(
            tuple(
                entry
                for entry in by_object[change.account_id, change.kind, change.object_id]
                if _is_of(change, entry.changed_at)
            )
        )
        for change in changes
    ]


def references_of(account_id: int, kinds: Iterable[Kind] = REFERRING) -> References:
    """What refers to what in an account, at any time; only what these kinds of objects mention."""
    return References(_forms(Q(object__kind__in=[*kinds]), account_id))


def references_for(account_id: int, changes: Iterable[PolicyChange]) -> References:
    """What is needed to know which applications these changes of an account touched."""
    kinds = {change.kind for change in changes if change.account_id == account_id}
    if kinds <= {Kind.APP}:
        return References(())
    return references_of(account_id, (Kind.APP,) if kinds <= {Kind.APP, Kind.POLICY} else REFERRING)


def references_of_apps(account_id: int, app_uids: Iterable[str]) -> References:
    """What some applications mention, and what that mentions, at any time: a query for each step from them."""
    forms: list[Form] = []
    seen: set[Key] = set()
    left: set[Key] = {(str(Kind.APP), app_uid) for app_uid in app_uids}
    for _ in range(MOST_STEPS):
        if not left:
            break
        ids: dict[str, list[str]] = defaultdict(list)
        for kind, object_id in left:
            ids[kind].append(object_id)
        these = Q()
        for kind, object_ids in ids.items():
            these |= Q(object__kind=kind, object__object_id__in=object_ids)
        found = list(_forms(these, account_id))
        forms += found
        seen |= left
        left = {key for form in found for key in mentioned(form.key[0], form.content) if key[0] in REFERRING} - seen
    return References(forms)


def _forms(these: Q, account_id: int) -> Iterator[Form]:
    rows = Snapshot.objects.filter(these, object__account=account_id).order_by("first_seen_at", "pk")
    columns = "object__kind", "object__object_id", "first_seen_at", "updated_at", "content"
    for kind, object_id, seen, said, content in rows.values_list(*columns):
        # Cloudflare may say that it was so before it was seen.
        yield Form((kind, object_id), min(seen, said or seen), content)


Content = dict[str, Any] | None


def contents_of(change: PolicyChange) -> tuple[Content, Content]:
    """What an object was before a change and after it; None where that isn't known, or there is no such thing."""
    return forms_of([change])[change]


def forms_of(changes: Sequence[PolicyChange]) -> dict[PolicyChange, tuple[Content, Content]]:
    """The contents before and after each of these changes, in two queries."""
    keys = {(change.account_id, change.kind, change.object_id) for change in changes}
    objects = AccessObject.objects.filter(
        account__in={account for account, _, _ in keys},
        kind__in={kind for _, kind, _ in keys},
        object_id__in={object_id for _, _, object_id in keys},
    )
    numbers = {
        (account, kind, object_id): number
        for number, account, kind, object_id in objects.values_list("pk", "account_id", "kind", "object_id")
        if (account, kind, object_id) in keys
    }
    times: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    rows = Snapshot.objects.filter(object__in=numbers.values()).order_by("first_seen_at", "pk")
    for number, snapshot, first_seen in rows.values_list("object_id", "pk", "first_seen_at"):
        times[number].append((snapshot, first_seen))
    sides = {
        change: _sides(change, times.get(numbers.get((change.account_id, *change.key), 0), [])) for change in changes
    }
    wanted = {number for both in sides.values() for number in both if number}
    contents = dict(Snapshot.objects.filter(pk__in=wanted).values_list("pk", "content"))
    return {change: (contents.get(before), contents.get(after)) for change, (before, after) in sides.items()}


def _sides(change: PolicyChange, forms: Sequence[tuple[int, datetime]]) -> tuple[int, int]:
    """The primary keys of the snapshots before and after a change among those of its object; 0 for none."""
    numbers = [number for number, _ in forms]
    if change.origin is Origin.SNAPSHOT:
        place = numbers.index(change.number) if change.number in numbers else 0
        return (numbers[place - 1] if place else 0), change.number
    if change.origin is Origin.GONE:
        return (numbers[-1] if numbers else 0), 0
    # What was made is seen for the first time afterwards.
    is_made = bool(forms) and forms[0][1] >= change.by and any(entry.action in MADE for entry in change.entries)
    return 0, (numbers[0] if is_made else 0)


# Cloudflare's word in the audit log for making something.
MADE = ("create", "created", "add")


def _is_of(change: PolicyChange, at: datetime) -> bool:
    """Whether an entry of that time is about the change. One at the time of the form before led to that form."""
    span = _span_of_entries(change)
    return span.since < at <= span.until or at == change.by


def _span_of_entries(change: PolicyChange) -> Span:
    if change.origin is Origin.ENTRY:
        return Span(change.by, change.by)
    return Span(change.after or change.by, change.by)


def _change(
    origin: str,
    number: int,
    account_id: int,
    kind: str,
    object_id: str,
    name: str,
    after: datetime | None,
    by: datetime,
    said: datetime | None,
    listed_at: datetime,
) -> PolicyChange:
    is_within = said is not None and said <= by and (after is None or after <= said)
    at = said if is_within else None
    return PolicyChange(Origin(origin), number, account_id, kind, object_id, name, after, by, at, listed_at=listed_at)


def _with_previous(forms: QuerySet[Any]) -> QuerySet[Any]:
    """Forms, each with the time at which the one before it was last seen."""
    is_earlier = Q(first_seen_at__lt=OuterRef("first_seen_at"))
    is_earlier |= Q(first_seen_at=OuterRef("first_seen_at"), pk__lt=OuterRef("pk"))
    earlier = Snapshot.objects.filter(is_earlier, object=OuterRef("object"))
    last_seen = earlier.order_by("-first_seen_at", "-pk").values("last_seen_at")[:1]
    rows: QuerySet[Any] = forms.filter(is_first=False).annotate(after_at=Subquery(last_seen))
    return rows


# Cloudflare says when a form came to be, and that is between the readings before and after it.
_IS_TOLD = Q(updated_at__lte=F("first_seen_at")) & (Q(after_at=None) | Q(updated_at__gte=F("after_at")))


def _changed_forms() -> QuerySet[Any]:
    entries = AuditLogChange.objects.filter(
        account=OuterRef("object__account"),
        kind=OuterRef("object__kind"),
        object_id=OuterRef("object__object_id"),
        # One at the time of the form before led to that form.
        changed_at__gt=OuterRef("after_at"),
        changed_at__lte=OuterRef("first_seen_at"),
    )
    rows: QuerySet[Any] = _with_previous(Snapshot.objects.all()).alias(who=_actor_of(entries))
    named: QuerySet[Any] = rows.annotate(
        account_number=F("object__account"),
        account_name_id=F("object__account__account_id"),
        of_kind=F("object__kind"),
        of_id=F("object__object_id"),
        called=F("object__name"),
        by_at=F("first_seen_at"),
        said_at=F("updated_at"),
        when_at=Case(When(_IS_TOLD, then=F("updated_at")), default=F("first_seen_at")),
    )
    return named


def _unexplained_entries() -> QuerySet[Any]:
    """Entries of the audit log, less those that lie between two forms that differ, or before an object is gone."""
    forms = _with_previous(Snapshot.objects.all()).filter(
        object__account=OuterRef("account"),
        object__kind=OuterRef("kind"),
        object__object_id=OuterRef("object_id"),
        first_seen_at__gte=OuterRef("changed_at"),
        after_at__lt=OuterRef("changed_at"),
    )
    gone = AccessObject.objects.filter(
        account=OuterRef("account"),
        kind=OuterRef("kind"),
        object_id=OuterRef("object_id"),
        gone_at__gte=OuterRef("changed_at"),
        last_seen_at__lte=OuterRef("changed_at"),
    )
    rows: QuerySet[Any] = AuditLogChange.objects.filter(~Exists(forms), ~Exists(gone)).annotate(
        account_number=F("account"),
        account_name_id=F("account__account_id"),
        of_kind=F("kind"),
        of_id=F("object_id"),
        called=F("object_name"),
        after_at=Value(None, output_field=DateTimeField()),
        by_at=F("changed_at"),
        said_at=F("changed_at"),
        when_at=F("changed_at"),
        who=F("actor_email"),
    )
    return rows


def _gone_objects() -> QuerySet[Any]:
    entries = AuditLogChange.objects.filter(
        account=OuterRef("account"),
        kind=OuterRef("kind"),
        object_id=OuterRef("object_id"),
        changed_at__gte=OuterRef("last_seen_at"),
        changed_at__lte=OuterRef("gone_at"),
    )
    return (
        AccessObject.objects.exclude(gone_at=None)
        .annotate(
            account_number=F("account"),
            account_name_id=F("account__account_id"),
            of_kind=F("kind"),
            of_id=F("object_id"),
            called=F("name"),
            after_at=F("last_seen_at"),
            by_at=F("gone_at"),
            said_at=Value(None, output_field=DateTimeField()),
            when_at=F("gone_at"),
        )
        .alias(who=_actor_of(entries))
    )


def _actor_of(entries: QuerySet[Any]) -> Subquery:
    return Subquery(entries.order_by("-changed_at", "-pk").values("actor_email")[:1], output_field=TextField())
