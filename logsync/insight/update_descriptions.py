"""SCIM updates in words: what each one requested, with people by name, compared with what was known before.

The number of queries doesn't grow with the updates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber

from logsync.derived.scim_problems import updates_of
from logsync.insight.logged_updates import logged_update
from logsync.insight.member_names import MemberNames
from logsync.models import ScimUpdate
from logsync.models.events import SUCCESS
from logsync.scim.description import Intent, describe
from logsync.scim.history.resource_state import resource_state

# To tell what a replacement (PUT) changes, look at no more than this many successes before it.
MOST_BEFORE = 60
# After one of these succeeds, nothing known before counts any more.
AFRESH = ("POST", "PUT", "DELETE")
# Successes that give a group's name or leave it in doubt: whole groups, deletions, unreadable bodies.
ABOUT_THE_NAME = (
    ~Q(resource_group_name="")
    | Q(touched__contains="displayname")
    | Q(touched__contains="*")
    | Q(touched__contains="unknown")
    | Q(request_method="DELETE")
)

Known = Mapping[str, Any] | None


def read_intents(updates: Sequence[ScimUpdate]) -> dict[int, Intent]:
    """What each of these updates requested, by its pk. All of it is log text."""
    known = _known_before(updates)
    wanted = {update.pk: _ids_to_name(update, known.get(update.pk)) for update in updates}
    names = MemberNames({id for ids in wanted.values() for id in ids})
    return {
        update.pk: _described(update, _named(update, wanted[update.pk], names), known.get(update.pk))
        for update in updates
    }


def describe_update(update: ScimUpdate, intent: Intent) -> str:
    """The intent as a sentence without a subject: what was done if the update succeeded, else what was requested."""
    words = intent.done if update.status == SUCCESS else intent.phrase
    return words[:1].upper() + words[1:]


def describe_briefly(update: ScimUpdate, intent: Intent) -> str:
    """The same for a list: leaves out an unchanged group name, which some providers send with every change."""
    return describe_update(update, intent.brief or intent)


def describe_all_briefly(updates: Collection[ScimUpdate]) -> dict[int, str]:
    """Each of these updates in words, by its pk."""
    intents = read_intents(list(updates))
    return {update.pk: describe_briefly(update, intents[update.pk]) for update in updates}


def _described(update: ScimUpdate, names: Mapping[str, str], known: Known) -> Intent:
    return describe(update.request_method, update.resource_type, update.request_body, names=names, known=known)


# Names of people


class _Recorder(dict[str, str]):
    """An empty dictionary of names that records which ids are looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, None] = {}

    def get(self, name: str, default: Any = None) -> Any:
        self.ids[name] = None
        return default


def _ids_to_name(update: ScimUpdate, known: Known) -> list[str]:
    """The ids of people that the description would show: a few, however many the update names."""
    recorder = _Recorder()
    _described(update, recorder, known)
    return list(recorder.ids)


def _named(update: ScimUpdate, ids: Collection[str], names: MemberNames) -> dict[str, str]:
    """The names of these ids, as the update means them."""
    found = {id: names.name_of(id, update) for id in ids}
    return {id: name.text for id, name in found.items() if name}


# What was known before


class _Success(NamedTuple):
    """A successful update of a resource, without its body."""

    root: int
    pk: int
    at: Any
    method: str


def _known_before(updates: Sequence[ScimUpdate]) -> dict[int, Known]:
    """What was known of the resource before each update that is described by comparison. Others are not here."""
    compared = [update for update in updates if update.resource_id]
    puts = [update for update in compared if update.request_method == "PUT"]
    patches = [update for update in compared if update.request_method == "PATCH" and update.resource_type == "GROUP"]
    needed = _since_the_last_whole(puts) | _newest_name(patches)
    rows = ScimUpdate.objects.in_bulk({pk for pks in needed.values() for pk in pks}) if needed else {}
    return {update: resource_state(logged_update(rows[pk]) for pk in pks) for update, pks in needed.items()}


def _newest_name(patches: Sequence[ScimUpdate]) -> dict[int, list[int]]:
    """The success before each PATCH of a group that gave its name; Okta sends the name with every change."""
    if not patches:
        return {}
    is_before = Q(logged_at__lt=OuterRef("logged_at")) | Q(logged_at=OuterRef("logged_at"), pk__lt=OuterRef("pk"))
    naming = ScimUpdate.objects.filter(ABOUT_THE_NAME, is_before, resource=OuterRef("root"), status=SUCCESS)
    newest = naming.order_by("-logged_at", "-pk").values("pk")[:1]
    rows = _with_root(patches).annotate(named_by=Subquery(newest)).exclude(named_by=None)
    return {pk: [named_by] for pk, named_by in rows.values_list("pk", "named_by")}


def _since_the_last_whole(puts: Sequence[ScimUpdate]) -> dict[int, list[int]]:
    """The successes before each PUT, back to the last one that gave everything; none if that was too long ago."""
    if not puts:
        return {}
    root_of = dict(_with_root(puts).values_list("pk", "root"))
    most = MOST_BEFORE + len(puts)
    earlier = _newest_successes(set(root_of.values()), before=max(update.logged_at for update in puts), most=most)
    return {update.pk: _needed(update, earlier[root_of[update.pk]], most) for update in puts}


def _with_root(updates: Sequence[ScimUpdate]) -> Any:
    rows = ScimUpdate.objects.filter(pk__in=[update.pk for update in updates]).order_by()
    return rows.with_root()


def _newest_successes(roots: Collection[int], before: Any, most: int) -> dict[int, list[_Success]]:
    newest_first = Window(RowNumber(), partition_by="root", order_by=(F("logged_at").desc(), F("pk").desc()))
    rows = updates_of(roots).filter(status=SUCCESS, logged_at__lte=before).order_by()
    found = rows.annotate(place=newest_first).filter(place__lte=most)
    successes: dict[int, list[_Success]] = defaultdict(list)
    for row in found.order_by("place").values_list("root", "pk", "logged_at", "request_method"):
        success = _Success(*row)
        successes[success.root].append(success)
    return successes


def _needed(update: ScimUpdate, successes: Sequence[_Success], most: int) -> list[int]:
    before = [row for row in successes if (row.at, row.pk) < (update.logged_at, update.pk)]
    for place, row in enumerate(before[:MOST_BEFORE]):
        if row.method in AFRESH:
            return [row.pk for row in before[: place + 1]]
    is_cut = len(before) > MOST_BEFORE or len(successes) == most
    return [] if is_cut else [row.pk for row in before]
