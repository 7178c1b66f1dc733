"""The kept forms of what applications rest on: their policies, and the rule groups and lists that these mention.

However many applications, accounts and moments are asked about, they are read in a bounded number of queries, and only
the contents of the forms that they had.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from logsync.cloudflare.policies import AppSettings, RuleLists
from logsync.insight.explain.group_names import provider_group_names
from logsync.insight.explain.references import References, references_of
from logsync.insight.explain.timeline import Form, Moment, Timeline
from logsync.models import AccessObject, AuditLogChange, Snapshot

Kind = AccessObject.Kind

# The primary key of an account, and the id of something in it.
Key: TypeAlias = tuple[int, str]
# None is for a login of which nobody knows when it was: the newest forms are taken.
Moments: TypeAlias = set[datetime | None]
# Rule groups are seldom nested deeper; below that, all of the accounts are read at once.
DEPTH = 4


class Snapshots:
    """The snapshots of some accounts, as far as they were loaded, and what else is known about these objects."""

    def __init__(self, accounts: Collection[int]) -> None:
        self.accounts = accounts
        # Names for ids that rules mention, the groups of providers that they mention, and who changed an object when.
        self.names: dict[Key, str] = {}
        self.provider_groups: dict[int, set[str]] = defaultdict(set)
        self.audit: dict[tuple[str, int, str], list[tuple[datetime, str]]] = defaultdict(list)
        self._timelines: dict[tuple[str, int, str], Timeline] = {}
        self._asked: set[tuple[str, int, str]] = set()
        self._whole: set[str] = set()
        self._contents: dict[int, dict[str, Any]] = {}
        self._references: dict[int, References] = {}
        self._prepared: dict[Key, Moments] = defaultdict(set)
        self._bounds: list[datetime] | None = None

    def load(self, kind: Kind, keys: Iterable[Key] | None) -> None:
        """Load when these objects had which form, or all objects of a kind: one query, if any is not loaded yet."""
        if kind in self._whole:
            return
        wanted: dict[str, Any] = {}
        if keys is None:
            self._whole.add(kind)
        else:
            fresh = {key for key in keys if (kind, *key) not in self._asked}
            if not fresh:
                return
            self._asked.update((kind, *key) for key in fresh)
            wanted = {"object__object_id__in": {object_id for _, object_id in fresh}}
        rows = Snapshot.objects.filter(object__account__in=self.accounts, object__kind=kind, **wanted)
        names = ("object__account", "object__object_id", "object__name", "object__gone_at")
        times = ("pk", "first_seen_at", "last_seen_at", "updated_at")
        forms: dict[tuple[Any, ...], list[Form]] = defaultdict(list)
        for *thing, pk, first, last, updated in rows.order_by("first_seen_at", "id").values_list(*names, *times):
            forms[tuple(thing)].append(Form(pk, first, last, updated))
        for (account, object_id, name, gone_at), found in forms.items():
            self._timelines[kind, account, object_id] = Timeline(kind, object_id, name, gone_at, found)
        self._bounds = None

    def ids(self, kind: Kind, account: int) -> list[str]:
        """The ids of all objects of a kind that were ever read."""
        self.load(kind, None)
        return [object_id for of, at, object_id in self._timelines if (of, at) == (kind, account)]

    def moment(self, kind: Kind, key: Key, at: datetime | None) -> Moment | None:
        """The form of an object at a moment; None if it was never read."""
        self.load(kind, [key])
        timeline = self._timelines.get((kind, *key))
        return timeline.at(at) if timeline else None

    def content(self, form: Form) -> dict[str, Any]:
        """Cloudflare's JSON of a form."""
        if form.pk not in self._contents:
            self._contents[form.pk] = Snapshot.objects.values_list("content", flat=True).get(pk=form.pk)
        return self._contents[form.pk]

    def references(self, form: Form) -> References:
        """What the rules of a form of a policy or a rule group refer to."""
        if form.pk not in self._references:
            self._references[form.pk] = references_of(RuleLists.from_json(self.content(form)))
        return self._references[form.pk]

    def era(self, at: datetime | None) -> tuple[datetime | None, datetime | None] | None:
        """The same for two moments between which nothing begins or ends of all that is loaded."""
        if at is None:
            return None
        if self._bounds is None:
            self._bounds = sorted({bound for one in self._timelines.values() for bound in one.bounds()})
        left, right = bisect_left(self._bounds, at), bisect_right(self._bounds, at)
        if left < right:
            return at, at
        return (self._bounds[left - 1] if left else None, self._bounds[left] if left < len(self._bounds) else None)

    def prepare(self, wanted: Mapping[Key, Iterable[datetime | None]]) -> None:
        """Load all that these applications rest on at these moments, for `app` and `surroundings` of a Configuration.

        The number of queries doesn't grow with them.
        """
        fresh = {key: set(moments) - self._prepared[key] for key, moments in wanted.items()}
        fresh = {key: moments for key, moments in fresh.items() if moments}
        if not fresh:
            return
        for key, moments in fresh.items():
            self._prepared[key] |= moments
        policies: dict[Key, Moments] = defaultdict(set)
        for (account, _), form, moments in self.read(Kind.APP, fresh):
            for policy_id, _place in AppSettings.from_json(self.content(form)).policies or ():
                policies[account, policy_id] |= moments
        mentioned = _Mentioned()
        for (account, _), form, moments in self.read(Kind.POLICY, policies):
            mentioned.add(account, self.references(form), moments)
        self._read_groups(mentioned)
        self.read(Kind.LIST, mentioned.lists)
        self._load_names(mentioned)
        self._load_audit_log()

    def read(self, kind: Kind, wanted: Mapping[Key, Moments]) -> list[tuple[Key, Form, Moments]]:
        """The forms that these objects had, each with those of the moments, and with its content read."""
        if not wanted:
            return []
        self.load(kind, wanted)
        found: list[tuple[Key, Form, Moments]] = []
        for key, moments in wanted.items():
            if timeline := self._timelines.get((kind, *key)):
                by_form: dict[Form, Moments] = defaultdict(set)
                for at in moments:
                    by_form[timeline.at(at).form].add(at)
                found += [(key, form, some) for form, some in by_form.items()]
        unread = {form.pk for _, form, _ in found} - self._contents.keys()
        if unread:
            rows = Snapshot.objects.filter(pk__in=unread).order_by()
            self._contents.update(rows.values_list("pk", "content"))
        return found

    def _read_groups(self, mentioned: _Mentioned) -> None:
        """Read the rule groups that are mentioned, and those that these mention in turn."""
        seen: dict[Key, Moments] = defaultdict(set)
        depth = 0
        while fresh := {key: left for key, moments in mentioned.groups.items() if (left := moments - seen[key])}:
            depth += 1
            if depth == DEPTH:
                self.load(Kind.GROUP, None)
                self.read(Kind.GROUP, {key: {*moments} for key, moments in self._all_groups(mentioned)})
            for key, moments in fresh.items():
                seen[key] |= moments
            for (account, _), form, moments in self.read(Kind.GROUP, fresh):
                mentioned.add(account, self.references(form), moments)

    def _all_groups(self, mentioned: _Mentioned) -> list[tuple[Key, Moments]]:
        moments = {at for some in mentioned.groups.values() for at in some}
        return [((account, id), moments) for kind, account, id in self._timelines if kind == Kind.GROUP]

    def _load_names(self, mentioned: _Mentioned) -> None:
        tokens, groups = mentioned.service_tokens, mentioned.unnamed_groups
        if tokens:
            named = AccessObject.objects.filter(
                account__in=self.accounts, kind=Kind.SERVICE_TOKEN, object_id__in=tokens
            ).exclude(name="")
            rows = named.order_by().values_list("account_id", "object_id", "name")
            self.names.update({(account, object_id): name for account, object_id, name in rows})
        self.names.update(provider_group_names(self.accounts, groups))
        for account, some in mentioned.provider_groups.items():
            self.provider_groups[account] |= some

    def _load_audit_log(self) -> None:
        """Who changed what is loaded, as far as something changed."""
        changed = {key for key, one in self._timelines.items() if len(one.forms) > 1 or one.gone_at or one.is_edited}
        if fresh := changed - self.audit.keys():
            self.audit.update({key: [] for key in fresh})
            entries = AuditLogChange.objects.filter(account__in=self.accounts, object_id__in={id for *_, id in fresh})
            rows = entries.order_by("changed_at", "pk").values_list(
                "kind", "account_id", "object_id", "changed_at", "actor_email"
            )
            for kind, account, object_id, at, actor in rows:
                if (kind, account, object_id) in fresh:
                    self.audit[kind, account, object_id].append((at, actor))


class _Mentioned:
    """What the rules that were read refer to, and at which moments."""

    def __init__(self) -> None:
        self.groups: dict[Key, Moments] = defaultdict(set)
        self.lists: dict[Key, Moments] = defaultdict(set)
        self.service_tokens: set[str] = set()
        self.unnamed_groups: set[str] = set()
        self.provider_groups: dict[int, set[str]] = defaultdict(set)

    def add(self, account: int, references: References, moments: Moments) -> None:
        for group_id in references.rule_groups:
            self.groups[account, group_id] |= moments
        for list_id in references.lists:
            self.lists[account, list_id] |= moments
        self.service_tokens |= references.service_tokens
        self.unnamed_groups |= references.unnamed_groups
        self.provider_groups[account] |= references.provider_groups
