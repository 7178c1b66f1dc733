"""The audit log of the account, version 2: who changed a policy or a rule group in the dashboard, and when.

https://developers.cloudflare.com/api/resources/accounts/subresources/logs/subresources/audit/
"""

import base64
import binascii
from collections.abc import Iterator
from functools import lru_cache

from logsync.simulator import nanoseconds
from logsync.simulator.company.company import Company
from logsync.simulator.logs.timeline import Row
from logsync.simulator.nanoseconds import DAY, MINUTE
from logsync.simulator.policies.catalogue import SECURITY_TEAM
from logsync.simulator.policies.edits import Edit
from logsync.simulator.policies.policies import Policies, written
from logsync.simulator.server import parameters
from logsync.simulator.server.http import INVALID_REQUEST, Answer, Query, Refused, success
from logsync.simulator.server.log_endpoints import Habits

# An entry shows up later than it happened, later than a login does.
LATE = 5 * MINUTE
LIMIT, MOST = 100, 1000
RESOURCE_TYPES = {"groups": "access_group", "policies": "access_policy"}


class AuditLog:
    def __init__(self, company: Company, policies: Policies, habits: Habits) -> None:
        self.company = company
        self.policies = policies
        self.habits = habits
        self._of_edit = lru_cache(maxsize=512)(self._entry_of_edit)

    def entries(self, query: Query) -> Answer:
        since, before = parameters.moment(query, "since"), parameters.moment(query, "before")
        if since is None or before is None:
            return INVALID_REQUEST
        limit = min(parameters.integer(query, "limit") or LIMIT, MOST)
        first = _position(parameters.last(query, "cursor"))
        oldest_first = [row for row in self._rows(since[0], before[0]) if _is_wanted(row, query)]
        is_descending = parameters.choice(query, "direction", "desc", "asc") == "desc"
        rows = oldest_first[::-1] if is_descending else oldest_first
        page = rows[first : first + limit]
        cursor = _cursor(first + limit) if first + limit < len(rows) else ""
        # The reference has `cursor` in one place, Cloudflare's own SDK reads it in another.
        info = {"count": len(page), "cursor": cursor, "cursors": {"after": cursor}}
        return success(page, result_info=info)

    def _rows(self, since: int, before: int) -> Iterator[Row]:
        """Yield the entries of a time, oldest first."""
        late = 0 if self.habits.lateness is None else LATE
        since, before = max(since, self.habits.earliest()), min(before, self.habits.now() - late + 1)
        for day in range(since // DAY, before // DAY + 1):
            entries = [(edit.at, self._of_edit(edit)) for edit in self.policies.edits.on(day)]
            entries.append((nanoseconds.at(day, "10:05:30"), self._of_another_product(day)))
            yield from (row for at, row in sorted(entries, key=lambda entry: entry[0]) if since <= at < before)

    def _entry_of_edit(self, edit: Edit) -> Row:
        """Return the entry of an edit, with the whole of what was edited as it became."""
        path, edited = self._edited(edit)
        uri = f"/accounts/{self.company.account_id}/access/{path}/{edit.object_id}"
        own = {"id", "reusable", "app_count", "created_at", "updated_at"}
        return self._entry(edit.at, edit.actor.email, "PUT", uri) | {
            "resource": {
                "id": edit.object_id,
                "product": "access",
                "type": RESOURCE_TYPES[edit.kind],
                "scope": "accounts",
                "request": {name: value for name, value in edited.items() if name not in own},
                "response": edited,
            }
        }

    def _edited(self, edit: Edit) -> tuple[str, Row]:
        """Return where the API has what was edited, and how it came out of that."""
        now = self.policies.at(edit.at)
        if edit.kind == "groups":
            return "groups", now.groups[edit.object_id]
        if policy := now.reusable.get(edit.object_id):
            return "policies", policy
        app_id = next(app_id for app_id, ids in now.of_app.items() if edit.object_id in ids)
        [policy] = (policy for policy in now.policies_of(app_id) if policy["id"] == edit.object_id)
        return f"apps/{app_id}/policies", policy

    def _of_another_product(self, day: int) -> Row:
        """Return an entry that has nothing to do with Access."""
        moment = nanoseconds.at(day, "10:05:30")
        actor = self.company.email(SECURITY_TEAM[day % len(SECURITY_TEAM)])
        record = self.company.hexadecimal("dns record", day)[:32]
        return self._entry(moment, actor, "PATCH", f"/zones/{record}/dns_records/{record}") | {
            "resource": {
                "id": record,
                "product": "dns_records",
                "type": "dns_record",
                "scope": "zones",
                "request": {"ttl": 300},
                "response": {"id": record, "name": f"www.{self.company.domain}", "ttl": 300},
            }
        }

    def _entry(self, moment: int, actor: str, method: str, uri: str) -> Row:
        person = self.company.person_by_email[actor]
        return {
            "id": self.company.guid("audit log", moment, uri),
            "account": {"id": self.company.account_id, "name": self.company.name},
            "action": {"description": "", "result": "success", "time": written(moment), "type": "update"},
            "actor": {
                "id": self.company.hexadecimal("dashboard user", actor)[:32],
                "context": "dash",
                "email": actor,
                "ip_address": person.ip_address,
                "token_id": "",
                "token_name": "",
                "type": "user",
            },
            "raw": {
                "cf_ray_id": self.company.hexadecimal("ray", moment, uri)[:16],
                "method": method,
                "status_code": 200,
                "uri": uri,
                "user_agent": "Mozilla/5.0",
            },
        }


def _is_wanted(row: Row, query: Query) -> bool:
    """Return whether an entry has what the filters ask for, such as `resource_product` or `action_type.not`."""
    for part in ("action", "actor", "resource", "raw"):
        fields = row[part]
        assert isinstance(fields, dict)
        for field, value in fields.items():
            name = f"{part}_{field}"
            if (name in query and value not in query[name]) or value in query.get(f"{name}.not", ()):
                return False
    return True


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"after {position}".encode()).decode()


def _position(cursor: str | None) -> int:
    """Return where the page begins; a cursor that was not given out is refused."""
    if not cursor:
        return 0
    try:
        word, _, position = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        if word == "after":
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise Refused(INVALID_REQUEST)
