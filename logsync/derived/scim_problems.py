"""What is derived from SCIM updates: what each is about, which problem a failure is, and the status of every problem.

It is written in the transaction that stores the updates, and is a pure function of them: whatever order they come in,
the result is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When

from logsync.cloudflare.records import LONGEST_ID
from logsync.derived.scim_resources import assign_resources, forget_unused
from logsync.derived.table_lock import lock_event_tables
from logsync.derived.upsert import save_each
from logsync.models import Account, ScimMember, ScimProblem, ScimProblemStatus, ScimResource, ScimUpdate
from logsync.scim.fingerprint import problem_key, template_of
from logsync.scim.history.problem_lifecycle import Attempt, ProblemStatus, State, outcomes, statuses
from logsync.scim.request.parse import Activity, ParsedRequest, read_request
from logsync.scim.request.touched import UNREADABLE
from logsync.spans import END

# Rows that are read, or written, in one statement.
BATCH = 500

Way = ScimMember.Way


@dataclass(frozen=True, slots=True)
class Derived:
    """What is left to save once the updates that it was derived from are stored.

    `changed` are the resources whose problems may have another status now.
    """

    members: list[ScimMember]
    changed: set[int]

    def save(self) -> None:
        """Save the members of all updates that are stored, and recompute the status of problems."""
        stored = [member for member in self.members if member.update.pk]
        ScimMember.objects.bulk_create(stored, batch_size=BATCH)
        recompute_status(self.changed)


def derive(account: Account, updates: Sequence[ScimUpdate]) -> Derived:
    """Set every derived column of these updates of an account; they may be new, and are not saved here.

    Their resources and problems are saved if they are new. Call it with the account's row locked, as one id must not
    become two resources.
    """
    members: list[ScimMember] = []
    for update in updates:
        request = read_request(update.request_method, update.resource_type, update.request_body)
        update.touched = "\n".join(sorted(request.touched))
        update.activity = _activity(update, request)
        members += _members(update, request)
    _assign_problems(account, [update for update in updates if update.has_failed])
    return Derived(members, changed=assign_resources(account, updates))


def _activity(update: ScimUpdate, request: ParsedRequest) -> str:
    """What the request makes of a user's account; a POST creates it, and active unless it says otherwise."""
    if update.resource_type != "USER":
        return ""
    if update.request_method == "DELETE":
        return ScimUpdate.Activity.DELETED
    if request.activity == Activity.OFF:
        return ScimUpdate.Activity.OFF
    is_on = request.activity == Activity.ON or (update.request_method == "POST" and request.is_readable)
    return ScimUpdate.Activity.ON if is_on else ""


def _members(update: ScimUpdate, request: ParsedRequest) -> Iterator[ScimMember]:
    if update.resource_type == "GROUP":
        ways = ((Way.ADDED, request.added), (Way.REMOVED, request.removed), (Way.LISTED, request.listed or ()))
        for way, members in ways:
            for member_id in dict.fromkeys(member.id[:LONGEST_ID] for member in members if member.id):
                yield ScimMember(update=update, member_id=member_id, way=way)


def _assign_problems(account: Account, failures: Sequence[ScimUpdate]) -> None:
    """Set the problem of each failure, creating those that are new."""
    templates = {text: template_of(text) for text in {update.error_description for update in failures}}
    wanted: dict[str, ScimProblem] = {}
    keys = []
    for update in failures:
        kind = (update.idp_id, update.resource_type, update.request_method, templates[update.error_description])
        keys.append(problem_key(account.account_id, *kind))
        wanted[keys[-1]] = _problem(account, keys[-1], *kind)
    ids = dict(ScimProblem.objects.filter(key__in=wanted).values_list("key", "pk"))
    created = ScimProblem.objects.bulk_create(problem for key, problem in wanted.items() if key not in ids)
    ids |= {problem.key: problem.pk for problem in created}
    for update, key in zip(failures, keys, strict=True):
        update.problem_id = ids[key]


def _problem(account: Account, key: str, idp_id: str, resource_type: str, method: str, template: str) -> ScimProblem:
    return ScimProblem(
        key=key,
        account=account,
        idp_id=idp_id,
        resource_type=resource_type,
        request_method=method,
        template=template,
    )


# The status of every problem


def recompute_status(resources: Iterable[int]) -> None:
    """Compute the status of every problem of these resources again; call it with the account's row locked."""
    roots = ScimResource.objects.filter(pk__in=resources).roots()
    ScimProblemStatus.objects.filter(Q(resource__in=resources) | Q(resource__in=roots)).delete()
    failing = updates_of(roots).exclude(problem=None).order_by().values_list("root", flat=True).distinct()
    found = statuses_of(set(failing))
    ScimProblemStatus.objects.bulk_create(
        (_status_row(root, status) for root, statuses in found.items() for status in statuses), batch_size=BATCH
    )


def statuses_of(roots: Collection[int], until: datetime = END) -> dict[int, list[ProblemStatus]]:
    """The status of every problem of these resources, from all their updates, or those before `until`.

    `problem` is a primary key as text.
    """
    return {root: statuses(attempts) for root, attempts in _attempts(roots, until).items()}


def outcomes_of(roots: Collection[int]) -> dict[int, State]:
    """What became of each failure of these resources, by its primary key."""
    return {pk: state for attempts in _attempts(roots, END).values() for pk, state in outcomes(attempts).items()}


def updates_of(roots: Collection[int]) -> Any:
    """Every update of these resources and of those that are the same, with its `root`."""
    # The resources are looked up first, as no index covers a condition on two tables.
    resources = ScimResource.objects.of_roots(roots).order_by()
    return ScimUpdate.objects.filter(resource__in=resources.values("pk")).with_root()


def _attempts(roots: Collection[int], until: datetime) -> dict[int, list[Attempt]]:
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    # Bodies may be long, and only those that could not be read are compared.
    body = Case(
        When(touched__contains=UNREADABLE, then=F("request_body")), default=Value(""), output_field=models.TextField()
    )
    rows = updates_of(roots).annotate(body=body).order_by("pk")
    if until != END:
        rows = rows.filter(logged_at__lt=until)
    names = ("root", "pk", "logged_at", "status", "request_method", "problem", "touched", "body")
    for root, pk, at, status, method, problem, touched, text in rows.values_list(*names).iterator(chunk_size=BATCH):
        key = str(problem) if problem else ""
        attempts[root].append(Attempt(pk, at, status, method, key, frozenset(touched.split("\n")), text))
    return attempts


def _status_row(root: int, status: ProblemStatus) -> ScimProblemStatus:
    return ScimProblemStatus(
        resource_id=root,
        problem_id=int(status.problem),
        state=status.state,
        tries=status.tries,
        first_failed_id=status.first_failed.id,
        last_failed_id=status.last_failed.id,
        proof_id=status.proof.id if status.proof else None,
        other_success_id=status.other_success.id if status.other_success else None,
    )


def forget_before(moment: datetime) -> int:
    """Delete the updates from before `moment`, and what only they said; return how many were deleted.

    A problem without updates stays as long as its newest note is that young. Call it only while writers are blocked.
    """
    deleted = delete_updates(ScimUpdate.objects.filter(logged_at__lt=moment))
    ScimProblem.objects.filter(updates=None).exclude(notes__written_at__gte=moment).delete()
    return deleted


def delete_updates(updates: models.QuerySet[ScimUpdate]) -> int:
    """Delete updates, and what only they said; return how many. Call it only while writers are blocked."""
    resources = set(updates.exclude(resource=None).order_by().values_list("resource", flat=True).distinct())
    _, by_model = updates.delete()
    recompute_status(resources | forget_unused(resources))
    ScimProblem.objects.filter(updates=None, notes=None).delete()
    return by_model.get(ScimUpdate._meta.label, 0)


# Updates whose text was changed


def save_changed(account: Account, updates: Sequence[ScimUpdate], fields: Sequence[str]) -> None:
    """Save these fields of updates that lost some of their text, and derive again what comes from it.

    Call it in a transaction in which the account's row is locked. The counts stay as they are, and the texts to search
    by are not looked at (see `mentions`).
    """
    before = dict(ScimUpdate.objects.filter(pk__in=[one.pk for one in updates]).values_list("pk", "resource"))
    problems = {update.pk: update.problem_id for update in updates if update.problem_id}
    for update in updates:
        update.problem_id = None
    derived = derive(account, updates)
    save_each(ScimUpdate, updates, [*fields, "touched", "activity", "problem", "resource"])
    ScimMember.objects.filter(update__in=updates).delete()
    resources = {resource for resource in before.values() if resource}
    ScimMember.objects.bulk_create(derived.members, batch_size=BATCH)
    recompute_status(derived.changed | resources | forget_unused(resources))
    left = ScimProblem.objects.filter(pk__in=set(problems.values()), updates=None)
    for problem in left.exclude(notes=None).distinct():
        moved = next(update for update in updates if problems.get(update.pk) == problem.pk)
        _move_notes(problem, ScimProblem.objects.get(updates=moved))
    left.filter(notes=None).delete()


# Checked against the updates


def kept() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """All derived values as stored, by update, or by problem and resource."""
    members: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for update, *member in ScimMember.objects.order_by("way", "member_id").values_list("update", "way", "member_id"):
        members[update].append((member[0], member[1]))
    updates = ScimUpdate.objects.order_by().values_list("pk", "resource", "problem__key", "touched", "activity")
    names = ("state", "tries", "first_failed", "last_failed", "proof", "other_success")
    by_resource = ScimProblemStatus.objects.order_by().values_list("problem__key", "resource", *names)
    return {("update", pk): (*rest, tuple(members[pk])) for pk, *rest in updates.iterator()} | {
        ("standing", *row[:2]): row[2:] for row in by_resource.iterator()
    }


def rebuild() -> None:
    """Derive everything again, and block writers meanwhile.

    The links from ids to resources stay, as the row that linked them may have been deleted since. So do problems that
    someone wrote about; if such a problem has another key now, the notes move to that one.
    """
    with transaction.atomic():
        lock_event_tables()
        ScimMember.objects.all().delete()
        ScimProblemStatus.objects.all().delete()
        ScimUpdate.objects.update(problem=None)
        for account in Account.objects.all():
            rows = ScimUpdate.objects.filter(account=account).order_by("pk")
            pks = list(rows.values_list("pk", flat=True))
            for at in range(0, len(pks), BATCH):
                updates = list(rows.filter(pk__in=pks[at : at + BATCH]))
                derived = derive(account, updates)
                save_each(ScimUpdate, updates, ["touched", "activity", "problem", "resource"])
                ScimMember.objects.bulk_create(derived.members, batch_size=BATCH)
        _carry_notes()
        ScimProblem.objects.filter(updates=None, notes=None).delete()
        all_resources = list(ScimResource.objects.values_list("pk", flat=True))
        for at in range(0, len(all_resources), BATCH):
            recompute_status(all_resources[at : at + BATCH])


def _carry_notes() -> None:
    """Move the notes of problems of earlier rules to the problems that their failures are now."""
    for old in ScimProblem.objects.filter(updates=None).exclude(notes=None).select_related("account").distinct():
        kind = (old.idp_id, old.resource_type, old.request_method, template_of(old.template))
        new = ScimProblem.objects.filter(key=problem_key(old.account.account_id, *kind)).exclude(pk=old.pk).first()
        if new:
            _move_notes(old, new)


def _move_notes(old: ScimProblem, new: ScimProblem) -> None:
    old.notes.update(problem=new)
    new.is_ignored |= old.is_ignored
    new.save(update_fields=["is_ignored"])
