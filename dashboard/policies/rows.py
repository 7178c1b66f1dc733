"""Objects of Access with all that the list says about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from logsync.cloudflare.policies import Policy, RuleLists
from logsync.cloudflare.references import Reference
from logsync.insight.blind_spots.findings import Finding, Findings, findings_about, findings_of
from logsync.insight.blind_spots.load import setup_of
from logsync.insight.blind_spots.setup import Setup
from logsync.models import AccessObject, Account, Snapshot
from logsync.words import rfc3339

Kind = AccessObject.Kind


@dataclass(frozen=True, slots=True, eq=False)
class Configured:
    """What an account is set up to do, and what is odd about it."""

    account: Account
    setup: Setup
    findings: Findings
    now: datetime

    @classmethod
    def of(cls, account: Account, now: datetime, thing: Reference | None = None) -> Configured:
        """With the findings about one thing alone, if it is given."""
        setup = setup_of(account)
        found = findings_about(setup, thing, now) if thing else findings_of(setup, now)
        return cls(account, setup, found, now)


@dataclass(frozen=True)
class ObjectRow:
    """One object. `changed_at` is when it was last changed, as far as that is known."""

    thing: AccessObject
    configured: Configured
    findings: tuple[Finding, ...]
    changed_at: datetime | None

    @property
    def reference(self) -> Reference:
        return Reference(self.thing.kind, self.thing.object_id)

    @property
    def kind(self) -> str:
        return self.thing.kind

    @property
    def object_id(self) -> str:
        return self.thing.object_id

    @property
    def last_seen_at(self) -> datetime:
        return self.thing.last_seen_at

    @property
    def account_name(self) -> str:
        return str(self.configured.account)

    @property
    def name(self) -> str:
        return str(self.thing)

    @property
    def sort_name(self) -> str:
        return self.name.casefold()

    @property
    def kind_word(self) -> str:
        return Kind(self.thing.kind).label

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """The policies of an application as Cloudflare judges them; a policy is the only one of its own."""
        setup, object_id = self.configured.setup, self.thing.object_id
        if self.thing.kind == Kind.APP and object_id in setup.apps:
            return tuple(setup.policies_of(object_id))
        if self.thing.kind == Kind.POLICY and object_id in setup.policies:
            return (setup.policies[object_id],)
        return ()

    @property
    def decisions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(policy.decision for policy in self.policies))

    @property
    def users(self) -> tuple[Reference, ...]:
        """What uses it."""
        return self.configured.setup.users.get(self.reference, ())

    @property
    def use_count(self) -> int:
        return len(self.users)

    @property
    def has_no_policies(self) -> bool:
        """Whether it is an application that is known to have none."""
        app = self.configured.setup.apps.get(self.object_id) if self.kind == Kind.APP else None
        return app is not None and app.settings.policies == ()

    @property
    def rules(self) -> RuleLists:
        """The lists of a rule group."""
        group = self.configured.setup.groups.get(self.object_id)
        return group.rules if group else RuleLists()

    @property
    def finding_count(self) -> int:
        return len(self.findings)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is odd about it, in words, with times in UTC."""
        return tuple(finding.sentence.text(rfc3339) for finding in self.findings)

    @property
    def expires_at(self) -> datetime | None:
        token = self.configured.setup.tokens.get(self.object_id) if self.kind == Kind.SERVICE_TOKEN else None
        return token.expires_at if token else None

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= self.configured.now


def rows_of(things: QuerySet[AccessObject], configured: Mapping[int, Configured]) -> list[ObjectRow]:
    """These objects with what is said about them, by one query."""
    about: dict[tuple[int, Reference], list[Finding]] = {}
    for account, one in configured.items():
        for finding in one.findings.found:
            for thing in dict.fromkeys((finding.of, *finding.others)):
                about.setdefault((account, thing), []).append(finding)
    return [
        ObjectRow(
            thing=thing,
            configured=configured[thing.account_id],
            findings=tuple(about.get((thing.account_id, Reference(thing.kind, thing.object_id)), ())),
            changed_at=thing.changed_at,
        )
        for thing in with_changes(things)
        if thing.account_id in configured
    ]


def with_changes(things: QuerySet[AccessObject]) -> Any:
    """The same with `changed_at`: when Cloudflare says it was changed, else when its newest form was first read."""
    forms = Snapshot.objects.filter(object=OuterRef("pk")).newest_first()
    said, read = (
        Subquery(rows.values(name)[:1])
        for rows, name in ((forms, "updated_at"), (forms.filter(is_first=False), "first_seen_at"))
    )
    return things.annotate(changed_at=Coalesce(said, read))
