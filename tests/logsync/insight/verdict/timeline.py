"""A small notation for what the logs hold, made into real rows. Events are parted by commas, in any order:

jira+ -900                      ada was allowed at Jira 900 minutes before now (- for denied, ? for not said)
eve@ jira- -10 azureAD DE       another person, by another connection, from another country
5 others jira- -12              five other people; `nobody` is a row without an address
jira- -10 203.0.113.9 u1 action=logout account=2       further fields, in any order
jira- -10 untimed               Cloudflare gave it no time; the number is when it was read
S off ok -180                   a SCIM update of ada's user that worked; FAILED that did not; others as they are
S grp-in eng ok -20             one of a group, that names ada; grp-put, grp-all and grp-delete do not
logins -60..0, hole -30..-20    what of the logins is covered, instead of 28 days; and what is missing of it
SCIM none, SCIM hole -30..-20   the same of Okta's SCIM log; SCIM refused has it want a person's help
"""

from __future__ import annotations

import json
import re
from datetime import timedelta

from logsync.models import Account, Log
from logsync.spans import Span, subtract
from tests.conftest import NOW

DAYS_28 = -28 * 24 * 60
CONNECTIONS = ("okta", "azureAD", "onetimepin", "nonidentity", "google")
STATUSES = {"ok": "SUCCESS", "FAILED": "FAILURE"}
CF_ID, IDP_ID = "cf-ada", "idp-ada"


def at(minutes):
    """A moment so many minutes before now (a negative number)."""
    return NOW + timedelta(minutes=float(minutes))


def _span(words):
    since, until = words.split("..")
    return Span(at(since), at(until))


class Timeline:
    """Makes the rows of a timeline, with what is covered; `make_*` and `cover` are the fixtures of that name."""

    def __init__(self, account, okta, make_stream, cover, make_login, make_update):
        self.account, self.okta = account, okta
        self.make_stream, self.cover, self.make_login, self.make_update = make_stream, cover, make_login, make_update
        self.knows_ids = False

    def make(self, text):
        """Make all that the text says."""
        events = [event.split() for event in text.split(",") if event.strip()]
        self._cover(Log.ACCESS_REQUESTS, [words for words in events if words[0] in ("logins", "hole")])
        self._cover(Log.SCIM_UPDATES, [words[1:] for words in events if words[0] == "SCIM"])
        for words in events:
            if words[0] == "S":
                self._update(words[1:])
            elif words[0] not in ("logins", "hole", "SCIM"):
                self._logins(words)

    def _cover(self, log, said):
        idp_id = self.okta.idp_id if log == Log.SCIM_UPDATES else ""
        stream = self.make_stream(
            log, idp_id, needs_person=["refused"] in said, error="Refused." * (["refused"] in said)
        )
        spans = [_span(words[-1]) for words in said if ".." in words[-1] and words[0] != "hole"]
        spans = [] if ["none"] in said or ["logins", "none"] in said else spans or [Span(at(DAYS_28), NOW)]
        for span in subtract(spans, [_span(words[1]) for words in said if words[0] == "hole"]):
            self.cover(stream, *span)

    def _logins(self, words):
        people = ["ada"]
        if words[0].isdigit():
            people = [f"other{number}" for number in range(int(words[0]))]
        for person in people:
            self.make_login(**self._login(person, words))

    def _login(self, person, words):
        values = {"user_email": f"{person}@example.com", "user_id": person, "ip_address": "192.0.2.7", "country": "NL"}
        for word in words:
            if app := re.fullmatch(r"([a-z]+)([+?-])", word):
                name, result = app.groups()
                values |= {"app_uid": f"uid-{name}", "app_name": name.capitalize(), "app_domain": f"{name}.example.com"}
                values["allowed"] = {"+": True, "-": False, "?": None}[result]
            else:
                values |= self._field(word)
        return values

    def _field(self, word):
        if re.fullmatch(r"-[0-9.]+|[0-9.]+ahead", word):
            return {"created_at": at(word.removesuffix("ahead"))}
        if word.endswith("@"):
            return {"user_email": f"{word}example.com", "user_id": word}
        if word == "untimed":
            return {"lacks_time": True}
        if word in CONNECTIONS:
            return {"connection": word}
        if word == "nobody":
            return {"user_email": "", "user_id": ""}
        if re.fullmatch(r"[A-Za-z]{2}", word):
            return {"country": word}
        if re.fullmatch(r"u[0-9]", word):
            return {"user_id": word}
        if re.fullmatch(r"[0-9.]+\.[0-9]+", word):
            return {"ip_address": word}
        if "=" in word:
            name, value = word.split("=")
            return {name: self._account(value) if name == "account" else value}
        assert word == "others" or word.isdigit(), f"{word} is no word of the notation"
        return {}

    def _account(self, number):
        return Account.objects.get_or_create(account_id=number * 32, name=f"Account {number}")[0]

    def _update(self, words):
        kind, *rest = words
        minutes = next(word for word in rest if word.startswith("-"))
        rest.remove(minutes)
        fields = dict(word.split("=") for word in rest if "=" in word)
        fields |= {"lacks_time": True} if "untimed" in rest else {}
        rest = [word for word in rest if word != "untimed"]
        fields |= {"account": self._account(fields["account"])} if "account" in fields else {}
        plain = [word for word in rest if "=" not in word]
        status = next((STATUSES.get(word, word) for word in plain if word in STATUSES or word.isupper()), "SUCCESS")
        group = next((word for word in plain if word not in STATUSES and not word.isupper()), "eng")
        values = {"logged_at": at(minutes), "status": status, "error_description": "" if status == "SUCCESS" else "no"}
        values |= self._group(kind, group) if kind.startswith("grp") else _user(kind)
        self.make_update(**{**values, "idp_id": self.okta.idp_id, **fields})

    def _group(self, kind, name):
        if not self.knows_ids:
            # Groups name their members by ids, so some row must tie these to the person.
            self.knows_ids = True
            self._update(["on", "ok", "-40000"])
        path = f'members[value eq "{CF_ID}"]'
        members = [{"value": CF_ID}]
        others = [{"value": "cf-bob"}]
        operation = {
            "grp-in": {"op": "add", "path": "members", "value": members},
            "grp-out": {"op": "remove", "path": path},
            "grp-set": {"op": "replace", "path": "members", "value": members},
            "grp-all": {"op": "remove", "path": "members"},
            "grp-put": {"displayName": name, "members": others},
            "grp-delete": {},
        }[kind]
        return {
            "resource_type": "GROUP",
            "request_method": {"grp-put": "PUT", "grp-delete": "DELETE"}.get(kind, "PATCH"),
            "resource_user_email": "",
            "resource_group_name": name,
            "cf_resource_id": f"cf-{name}",
            "idp_resource_id": f"idp-{name}",
            "request_body": json.dumps(operation if kind == "grp-put" else {"Operations": [operation]}),
        }


def _user(kind):
    values = {
        "resource_type": "USER",
        "request_method": "PATCH",
        "resource_user_email": "ada@example.com",
        "cf_resource_id": CF_ID,
        "idp_resource_id": IDP_ID,
    }
    if kind == "delete":
        return values | {"request_method": "DELETE", "request_body": ""}
    if kind in ("create", "broken-create"):
        body = '{"userName":"ada@exa' if kind == "broken-create" else json.dumps({"userName": "ada@example.com"})
        return values | {"request_method": "POST", "request_body": body}
    attribute, value = {"on": ("active", True), "off": ("active", False), "other": ("title", "Countess")}[kind]
    operation = {"op": "replace", "path": attribute, "value": value}
    return values | {"request_body": json.dumps({"Operations": [operation]})}
