"""Whose last seen identity a denial needs: people who were denied just now, where a rule asks for what it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from logsync.cloudflare.policies import ALLOW, AppSettings, RuleLists
from logsync.ingest.snapshots import newest_contents
from logsync.models import AccessObject, AccessRequest, Account, UserReading

Kind = AccessObject.Kind
# Denials as new as this count; who was denied before is read when somebody opens the page.
WITHIN = timedelta(hours=1)
MOST_DENIALS = 500
# People wanted in one round, those denied last first.
MOST_WANTED = 20
# The rules that the last seen identity decides.
IDENTITY_RULES = frozenset(
    {
        *("azureAD", "okta", "gsuite", "github-organization", "saml", "oidc", "login_method"),
        *("device_posture", "certificate", "common_name"),
    }
)


def want_identities(account: Account, now: datetime) -> int:
    """Want the identities of people who were denied just now, as far as they bear on it; return how many."""
    denied = AccessRequest.objects.filter(account=account).denied().logins_of_people().between(now - WITHIN, None)
    rows = list(denied.order_by("-created_at", "-pk").values_list("person", "app_uid", "created_at")[:MOST_DENIALS])
    if not rows:
        return 0
    asking = set(_apps_that_ask(account, {app_uid for _, app_uid, _ in rows}))
    denied_at: dict[str, datetime] = {}
    for person, app_uid, created_at in rows:
        if app_uid in asking:
            denied_at.setdefault(person, created_at)
    subject = UserReading.Subject.IDENTITY
    readings = UserReading.objects.filter(account=account, subject=subject, person__in=denied_at)
    asked_at = dict(readings.values_list("person", "attempted_at"))
    wanted = [person for person, at in denied_at.items() if not ((asked := asked_at.get(person)) and asked >= at)]
    for person in wanted[:MOST_WANTED]:
        UserReading.objects.want(account, person, subject)
    return len(wanted[:MOST_WANTED])


def _apps_that_ask(account: Account, app_uids: set[str]) -> Iterator[str]:
    """The applications with a policy that may admit somebody by what their identity tells."""
    apps = {uid: AppSettings.from_json(app) for uid, app in newest_contents(account, Kind.APP, app_uids).items()}
    ids = {policy_id for app in apps.values() for policy_id, _ in app.policies or ()}
    policies = newest_contents(account, Kind.POLICY, ids)
    groups = newest_contents(account, Kind.GROUP) if policies else {}
    asking = {
        policy_id
        for policy_id, policy in policies.items()
        if policy.get("decision") == ALLOW and _asks(policy, groups, set())
    }
    for uid, app in apps.items():
        if any(policy_id in asking for policy_id, _ in app.policies or ()):
            yield uid


def _asks(content: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]], seen: set[str]) -> bool:
    """Whether one of its rules, or of the groups that they name, is decided by an identity; each group counts once."""
    for _, rules in RuleLists.from_json(content).named():
        for rule in rules:
            if rule.kind in IDENTITY_RULES:
                return True
            group_id = rule.text("id") if rule.kind == "group" else ""
            if group_id in groups and group_id not in seen:
                seen.add(group_id)
                if _asks(groups[group_id], groups, seen):
                    return True
    return False
