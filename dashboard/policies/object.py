"""The page of one object: what it asks for, where it is used, what is odd about it, and how it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views import View

from dashboard.page.links import app_href, denials_href, what_if_href
from dashboard.page.query_string import QueryString
from dashboard.page.sentences import SentenceRenderer
from dashboard.page.viewer import Viewer
from dashboard.policies.findings import FindingLine, Place, line_of, place_of
from dashboard.policies.readings import Readings, readings_of
from dashboard.policies.rows import Configured, with_changes
from dashboard.policies.rules import MOST_OF_APP, MOST_RULES, RuleLines, RuleList
from dashboard.policies.versions import Versions, versions_of
from dashboard.policies.wording import STEP_WORDS, decision_badge
from logsync.cloudflare.policies import Policy
from logsync.cloudflare.references import PROVIDER, Reference
from logsync.models import AccessObject
from logsync.models.masking import without_addresses
from logsync.models.sight import sight

Kind = AccessObject.Kind
# Nobody reads more of these on one page.
MOST_POLICIES = 50
MOST_USERS = 100
MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class PolicyCard:
    """A policy as its application shows it; `number` is its place in the order in which Cloudflare judges."""

    number: int
    place: Place
    decision: SafeString
    lists: Sequence[RuleList]
    further_steps: Sequence[str]


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a list: those shown, and how many more there are; `are_read` unless they could not be."""

    shown: Sequence[str]
    more: int
    are_read: bool


@dataclass(frozen=True, kw_only=True)
class ObjectContext:
    """`policies/object.html`. What is about another kind of object is blank."""

    thing: Any
    kind_word: str
    readings: Readings
    findings: Sequence[FindingLine]
    versions: Versions
    # Of an application: its policies, how many more there are, and how many of them were not read.
    policies: Sequence[PolicyCard] = ()
    more_policies: int = 0
    unread_policies: int = 0
    has_no_policies: bool = False
    # The only providers that it takes, by name; none if it takes any.
    providers: Sequence[Place] = ()
    app_href: str = ""
    # Where its policies, or this one, can be edited on trial; blank where there is nothing to edit.
    what_if_href: str = ""
    denials: Sequence[tuple[str, str]] = ()
    # Of a policy or a rule group: its rules.
    decision: SafeString | str = ""
    lists: Sequence[RuleList] = ()
    further_steps: Sequence[str] = ()
    # Of a list.
    items: Items | None = None
    # Of a service token.
    expires_at: datetime | None = None
    is_expired: bool = False
    # What uses it, but for applications, which nothing does.
    users: Sequence[Place] = ()
    more_users: int = 0
    can_be_used: bool = True
    facts: Sequence[tuple[str, str]] = field(default=())


class ObjectView(View):
    """One object. `account` says whose it is, where two accounts have the same id."""

    def get(self, request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
        found = AccessObject.objects.filter(kind=kind, object_id=object_id).select_related("account")
        if account := request.GET.get("account"):
            found = found.filter(account__account_id=account)
        thing: Any = next(iter(with_changes(found)[:1]), None)
        if thing is None:
            raise Http404("Gatehouse has never read anything of this kind and ID from Cloudflare.")
        page = _Page(thing, SentenceRenderer(Viewer.of(request), timezone.now()))
        return render(request, "policies/object.html", vars(page.context()))


class _Page:
    def __init__(self, thing: Any, renderer: SentenceRenderer) -> None:
        self.thing = thing
        self.renderer = renderer
        self.reference = Reference(thing.kind, thing.object_id)
        self.configured = Configured.of(thing.account, timezone.now(), self.reference)
        self.setup = self.configured.setup
        self.rules = RuleLines(self.configured, renderer)

    def context(self) -> ObjectContext:
        thing, renderer = self.thing, self.renderer
        parts: dict[str, Any] = {
            Kind.APP: self._app,
            Kind.POLICY: self._policy,
            Kind.GROUP: self._group,
            Kind.LIST: self._list,
            Kind.SERVICE_TOKEN: self._token,
        }
        users = [place_of(user, self.configured) for user in self.setup.users.get(self.reference, ())]
        return ObjectContext(
            thing=thing,
            kind_word=Kind(thing.kind).label.capitalize(),
            readings=readings_of([thing.account]),
            findings=[
                line_of(finding, self.configured, renderer, but=self.reference)
                for finding in self.configured.findings.found
            ],
            versions=versions_of(thing, renderer),
            users=users[:MOST_USERS],
            more_users=max(len(users) - MOST_USERS, 0),
            can_be_used=thing.kind != Kind.APP,
            **parts[thing.kind]() if thing.kind in parts else {},
        )

    def _app(self) -> dict[str, Any]:
        account, app_uid = self.thing.account, self.thing.object_id
        links = {
            "app_href": app_href(QueryString(QueryDict()), account, app_uid),
            "what_if_href": what_if_href(account, app_uid) if app_uid in self.setup.apps else "",
            "denials": [
                (words, href)
                for words, range in (("last 24 hours", "24h"), ("last 7 days", "7d"))
                if (href := denials_href(QueryString(QueryDict(f"range={range}")), account, app_uid))
            ],
        }
        app = self.setup.apps.get(app_uid)
        if app is None:
            return links
        policies, listed = self.setup.policies_of(app_uid), app.settings.policies
        return links | {
            "policies": [self._card(number, one) for number, one in enumerate(policies[:MOST_POLICIES], start=1)],
            "more_policies": max(len(policies) - MOST_POLICIES, 0),
            "unread_policies": len(listed or ()) - len(policies),
            "has_no_policies": listed == (),
            "providers": [
                place_of(Reference(PROVIDER, idp_id), self.configured) for idp_id in app.settings.allowed_idps
            ],
        }

    def _card(self, number: int, policy: Policy) -> PolicyCard:
        thing = Reference(Kind.POLICY, policy.policy_id)
        return PolicyCard(
            number=number,
            place=place_of(thing, self.configured),
            decision=decision_badge(policy.decision),
            lists=self.rules.lists(policy.rules, MOST_OF_APP),
            further_steps=_steps(policy),
        )

    def _policy(self) -> dict[str, Any]:
        policy = self.setup.policies.get(self.thing.object_id)
        if policy is None:
            return {}
        lists = self.rules.lists(policy.rules, MOST_RULES)
        return {
            "decision": decision_badge(policy.decision),
            "lists": lists,
            "further_steps": _steps(policy),
            "what_if_href": what_if_href(self.thing.account, policy_id=self.thing.object_id),
        }

    def _group(self) -> dict[str, Any]:
        group = self.setup.groups.get(self.thing.object_id)
        return {"lists": self.rules.lists(group.rules, MOST_RULES, (self.thing.object_id,))} if group else {}

    def _list(self) -> dict[str, Any]:
        newest = self.thing.snapshots.newest_first().first()
        items = newest.content.get("items") if newest else None
        if not isinstance(items, list):
            return {"items": Items([], 0, are_read=False)}
        shown = [str(item.get("value", "")) if isinstance(item, dict) else str(item) for item in items[:MOST_ITEMS]]
        if sight().is_masked:
            shown = [str(without_addresses(value)) for value in shown]
        return {"items": Items(shown, max(len(items) - MOST_ITEMS, 0), are_read=True)}

    def _token(self) -> dict[str, Any]:
        token = self.setup.tokens.get(self.thing.object_id)
        expires_at = token.expires_at if token else None
        return {"expires_at": expires_at, "is_expired": bool(expires_at and expires_at <= self.configured.now)}


def _steps(policy: Policy) -> list[str]:
    """What a policy asks for after its rules are met."""
    return [STEP_WORDS[step] for step in policy.further_steps]
