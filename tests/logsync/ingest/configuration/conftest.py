"""What an account has set up, as Cloudflare answers it: lists as dictionaries, and each object by its id."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from logsync.ingest.configuration import read_configuration
from logsync.models import Reading, Snapshot
from tests.logsync.cloudflare.answers import client_of, failure, success

LISTS = {
    "access/apps": "apps",
    "access/policies": "policies",
    "access/groups": "groups",
    "access/service_tokens": "service_tokens",
    "gateway/lists": "lists",
    "access/users": "users",
    "logs/audit": "audit",
}
NOT_FOUND = failure(404, 12135, "access.api.error.not_found")


def refusal():
    return failure(403, 10000, "Authentication error")


def policy(policy_id, *include, decision="allow", name="", **more):
    """A policy as Cloudflare writes it; anyone meets it unless told otherwise."""
    return {
        "id": policy_id,
        "name": name or f"Policy {policy_id}",
        "decision": decision,
        "include": list(include) or [{"everyone": {}}],
        "require": [],
        "exclude": [],
        **more,
    }


def app(app_id, *policies, **more):
    """An application as the list has it, with its policies and their precedence."""
    listed = [{**one, "precedence": place} for place, one in enumerate(policies, start=1)]
    return {"id": app_id, "name": f"App {app_id}", "type": "self_hosted", "policies": listed, **more}


class Cloudflare:
    """Answers with these lists; an answer in place of a list is given as it is, and a function is asked for one.

    `by_path` has what is answered at a path before anything else, `unlisted` objects that are in no list but there.
    `asked` counts the calls by their path below the account.
    """

    def __init__(self):
        self.lists: dict[str, Any] = {name: [] for name in LISTS.values()}
        self.by_path: dict[str, Any] = {}
        self.unlisted: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self.params: list[Any] = []

    def __call__(self, request):
        path = re.sub(r"^.*/accounts/[^/]+/", "", request.url.path)
        self.asked[path] += 1
        self.params.append(request.url.params)
        if path in self.by_path:
            return self._given(self.by_path[path], request)
        if path in LISTS:
            return self._given(self.lists[LISTS[path]], request)
        folder, _, object_id = path.rpartition("/")
        return self._object(folder, object_id)

    def _given(self, answer, request):
        if callable(answer):
            return answer(request)
        if not isinstance(answer, list):
            return answer
        email = request.url.params.get("email")
        rows = [row for row in answer if not email or row["email"] == email]
        return success(rows if request.url.params.get("page", "1") == "1" else [])

    def _object(self, folder, object_id):
        if object_id in self.unlisted:
            found = self.unlisted[object_id]
            return success(found) if isinstance(found, dict) else found
        answer = self.lists.get(LISTS.get(folder, ""), [])
        if not isinstance(answer, list):
            return answer
        return next((success(row) for row in answer if row.get("id") == object_id), NOT_FOUND)

    def calls(self):
        return self.asked.total()


@pytest.fixture
def cloudflare_has():
    return Cloudflare()


@pytest.fixture
def read(cloudflare_has, account):
    """Read the account's configuration once; return the error of each part by its name."""

    def read():
        with client_of(cloudflare_has) as client:
            read_configuration(client, account)
        return dict(Reading.objects.values_list("part", "error"))

    return read


def kept(kind, object_id):
    """The contents that an object had, oldest first."""
    rows = Snapshot.objects.filter(object__kind=kind, object__object_id=object_id)
    return [row.content for row in rows.order_by("first_seen_at", "pk")]
