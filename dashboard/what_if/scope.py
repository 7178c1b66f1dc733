"""What a what-if is about: an application, or every application that has a policy; and the edit in its address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from dashboard.page.timerange import RANGE_PARAMETERS, TimeRange, read_range
from dashboard.permissions.masking import address_refusal
from logsync.insight.app_names import app_name
from logsync.insight.explain.configuration import Configuration
from logsync.insight.explain.edit import (
    Edit,
    EditError,
    Setup,
    added_rules,
    apps_with,
    edit_between,
    edited,
    read_edit,
    setup_of,
)
from logsync.insight.why.facts import Surroundings
from logsync.models import AccessObject, Account, Replay

DEFAULT_RANGE = "7d"
# A longer edit is kept in a row, and the address has its key.
LONGEST_IN_ADDRESS = 2_000
GONE = "This edit was kept for an hour and is gone. Here are the policies as they are."


@dataclass(frozen=True, slots=True)
class Scope:
    """What is edited, as it was last read. `app_uid` is blank if it is a policy in every application that has it."""

    account: Account
    app_uid: str
    policy_id: str
    configuration: Configuration
    before: Setup
    surroundings: Surroundings

    @classmethod
    def read(cls, query: QueryDict) -> Scope | None:
        """What an address asks for; None if it names nothing that was ever read."""
        account = _account(query.get("account", "").strip())
        app_uid, policy_id = query.get("app_uid", "").strip(), query.get("policy", "").strip()
        if account is None or not (app_uid or policy_id):
            return None
        return cls.of(account, app_uid, policy_id)

    @classmethod
    def of(cls, account: Account, app_uid: str, policy_id: str) -> Scope | None:
        configuration = Configuration(account)
        before = setup_of(configuration, app_uid, policy_id)
        if before is None or not (app_uid or before.policies):
            return None
        return cls(account, app_uid, policy_id, configuration, before, configuration.surroundings(None))

    @property
    def name(self) -> str:
        """What it is called: the application, or the policy."""
        if self.app_uid:
            return app_name(self.account.pk, self.app_uid)
        return str(self.before.policies[0]["name"]) or self.policy_id

    @property
    def app_uids(self) -> list[str]:
        return [self.app_uid] if self.app_uid else apps_with(self.configuration, self.policy_id)

    @property
    def unreadable(self) -> str:
        """Why the policies could not be read; blank if they could."""
        if not self.app_uid:
            return ""
        app = self.configuration.app(self.app_uid, None)
        return app.unreadable or "Gatehouse has not read its policies yet." if app.policies is None else ""

    @property
    def is_readable(self) -> bool:
        """Whether it is known which policies there are; if not, nothing can be tried."""
        return not self.app_uid or self.configuration.app(self.app_uid, None).policies is not None

    def parameters(self) -> dict[str, str]:
        found = {"account": self.account.account_id, "app_uid": self.app_uid, "policy": self.policy_id}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Editing:
    """A scope, its range, and the policies as an address has them edited."""

    scope: Scope
    range: TimeRange
    after: Setup
    problems: tuple[str, ...] = ()

    @classmethod
    def read(cls, request: HttpRequest) -> Editing | None:
        """What the address of a page says; None if it names nothing to edit."""
        scope = Scope.read(request.GET)
        if scope is None:
            return None
        range = read_range(request, DEFAULT_RANGE)
        problems = [range.problem] if range.problem else []
        try:
            after = _edited(request.GET, scope)
            refuse_narrow_addresses(scope.before, after)
        except EditError as error:
            problems, after = [*problems, str(error)], scope.before
        return cls(scope, range, after, tuple(problems))

    @property
    def edit(self) -> Edit:
        return edit_between(self.scope.before, self.after)

    def href(self, request: HttpRequest, edit: Edit) -> str:
        """The address of this page with an edit; a long one is kept in a row."""
        asked = {name: request.GET[name] for name in RANGE_PARAMETERS if request.GET.get(name)}
        text = json.dumps(edit, ensure_ascii=False, separators=(",", ":")) if edit else ""
        if len(urlencode({"edit": text})) > LONGEST_IN_ADDRESS:
            asked["draft"] = keep_draft(request, self.scope, edit).key.hex
        elif text:
            asked["edit"] = text
        return f"{reverse('what-if:edit')}?{urlencode(self.scope.parameters() | asked)}"


def refuse_narrow_addresses(before: Setup, after: Setup) -> None:
    """Raise EditError if a rule that was added would tell somebody who sees addresses masked what they are."""
    for rule in added_rules(before, after):
        if rule.kind == "ip" and (refusal := address_refusal(_texts(rule.value))):
            raise EditError(refusal)


def _texts(value: Any) -> Iterator[str]:
    """All texts in a decoded value, however it is nested."""
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _edited(query: QueryDict, scope: Scope) -> Setup:
    if key := query.get("draft", ""):
        draft = replay_named(key)
        if draft is None:
            raise EditError(GONE)
        return edited(scope.before, draft.edit)
    text = query.get("edit", "")
    return read_edit(text, scope.before) if text else scope.before


def keep_draft(request: HttpRequest, scope: Scope, edit: Edit) -> Replay:
    """Keep an edit that is too long for an address."""
    return Replay.objects.create(
        account=scope.account,
        app_uid=scope.app_uid,
        policy_id=scope.policy_id,
        asked_by=request.user.get_username(),
        asked_at=timezone.now(),
        edit=edit,
    )


def replay_named(key: str) -> Replay | None:
    """The replay of a key; None if there is none any more, or it is of an account that may not be seen."""
    try:
        return Replay.objects.select_related("account").filter(key=UUID(key)).first()
    except ValueError:
        return None


def _account(account_id: str) -> Account | None:
    found = Account.objects.all()
    if account_id:
        return found.filter(account_id=account_id).first()
    accounts = list(found[:2])
    return accounts[0] if len(accounts) == 1 else None


def objects_to_choose(kind: AccessObject.Kind) -> list[AccessObject]:
    """What can be chosen, by name."""
    return sorted(
        AccessObject.objects.filter(kind=kind, gone_at=None).select_related("account"),
        key=lambda one: (str(one).casefold(), one.object_id),
    )
