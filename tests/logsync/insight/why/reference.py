"""The judgement written another way: each rule as the set of what it may be, once by the row and once by all evidence.

What is known is a set of one value. Nothing here is shared with the evaluator but the facts that go in.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address, ip_network

KNOWN_TRUE, KNOWN_FALSE, EITHER = frozenset({True}), frozenset({False}), frozenset({True, False})
PROVIDER_TYPES = {
    "azureAD": "azureAD",
    "okta": "okta",
    "gsuite": "google-apps",
    "github-organization": "github",
    "saml": "saml",
    "oidc": "oidc",
}
NAMES = {"azureAD": "id", "okta": "name", "gsuite": "email", "github-organization": "name"}


def every(sets):
    """AND of the one value of each set, whichever it is."""
    found = KNOWN_TRUE
    for one in sets:
        found = frozenset(a and b for a in found for b in one)
    return found


def some(sets):
    found = KNOWN_FALSE
    for one in sets:
        found = frozenset(a or b for a in found for b in one)
    return found


def negated(one):
    return frozenset(not value for value in one)


def known(value):
    return EITHER if value is None else frozenset({value})


class Reference:
    """What the policies of an application make of a login."""

    def __init__(self, evidence):
        self.evidence, self.login, self.around = evidence, evidence.login, evidence.surroundings
        self.person = self.same_person()

    def same_person(self):
        identity, login = self.evidence.identity, self.login
        if identity is None:
            return None
        if identity.user_id and login.user_id:
            return identity if identity.user_id == login.user_id else None
        is_same = identity.user_email and identity.user_email.lower() == login.user_email.lower()
        return identity if is_same else None

    # One rule: what it may be by the row, and what by all that is known.

    def rule(self, rule, inside=()):
        if rule.kind == "group":
            group = self.around.groups.get(rule.text("id"))
            if group is None or group.group_id in inside:
                return EITHER, EITHER
            return self.lists(group.rules, (*inside, group.group_id))
        by_row = self.by_row(rule.kind, rule.value)
        return known(by_row), known(self.by_older(rule.kind, rule.value) if by_row is None else by_row)

    def lists(self, lists, inside=()):
        found = []
        for level in (0, 1):
            include = some(self.rule(rule, inside)[level] for rule in lists.include) if lists.include else EITHER
            require = every(self.rule(rule, inside)[level] for rule in lists.require)
            exclude = some(self.rule(rule, inside)[level] for rule in lists.exclude)
            found.append(every([include, require, negated(exclude)]))
        return tuple(found)

    def by_row(self, kind, value):
        if kind == "everyone":
            return True
        if not isinstance(value, dict):
            value = {}
        login, email = self.login, self.login.user_email.lower()
        if kind == "email" and value.get("email") and email:
            return value["email"].lower() == email
        if kind == "email_domain" and value.get("domain") and email:
            return email.split("@")[-1] == value["domain"].lower()
        if kind == "ip" and value.get("ip") and login.ip_address:
            return ip_address(login.ip_address) in ip_network(value["ip"])
        if kind == "geo" and value.get("country_code") and login.country:
            return login.country.upper() == value["country_code"].upper()
        if kind == "login_method" and value.get("id"):
            return self.by_type(value["id"])
        if kind in ("service_token", "any_valid_service_token") and login.who == "person":
            return False
        if kind == "email_list":
            items = self.items(value.get("id"))
            return None if items is None or not email else email in {item.lower() for item in items}
        if kind == "ip_list":
            items = self.items(value.get("id"))
            if items is None or not login.ip_address:
                return None
            return any(ip_address(login.ip_address) in ip_network(item) for item in items)
        return None

    def by_type(self, wanted):
        types = self.around.provider_types
        if types is None or not self.login.connection:
            return None
        alike = [idp for idp in types if types[idp] == self.login.connection]
        if wanted not in alike:
            return False
        return True if alike == [wanted] else None

    def items(self, list_id):
        found = self.around.lists.get(list_id)
        return found.items if found else None

    def by_older(self, kind, value):
        value = value if isinstance(value, dict) else {}
        if kind == "login_method" and value.get("id"):
            return self.seen_at_login(value["id"])
        if kind in NAMES and value.get(NAMES[kind]):
            return self.in_group(kind, value)
        if kind in ("saml", "oidc"):
            return self.has_claim(kind, value)
        if self.person is None:
            return None
        if kind == "device_posture":
            check = self.person.device_posture.get(value.get("integration_uid"))
            return check.success if check else None
        certificate = self.person.certificate or {}
        is_valid = {"SUCCESS": True, "NONE": False}.get(certificate.get("auth_status", ""))
        if kind == "certificate":
            return is_valid
        if kind == "common_name" and value.get("common_name"):
            if not is_valid:
                return is_valid
            name = certificate.get("common_name")
            return None if not name else name == value["common_name"]
        return None

    def seen_at_login(self, wanted):
        person, at = self.person, self.login.at
        if person is None or not person.idp_id or person.seen_at is None or at is None:
            return None
        if not at - timedelta(minutes=5) <= person.seen_at <= at + timedelta(minutes=5):
            return None
        return person.idp_id == wanted

    def provider_of(self, kind, value):
        if value.get("identity_provider_id"):
            return value["identity_provider_id"]
        alike = [idp for idp, one in (self.around.provider_types or {}).items() if one == PROVIDER_TYPES[kind]]
        return alike[0] if len(alike) == 1 else None

    def in_group(self, kind, value):
        wanted, provider = value[NAMES[kind]], self.provider_of(kind, value)
        through = self.person is not None and provider and self.person.idp_id == provider
        if through and self.person.groups is not None:
            groups = set(self.person.groups)
            if kind == "github-organization":
                groups |= {group.split("/")[0] for group in groups}
                if value.get("team") and wanted in groups:
                    return True if f"{wanted}/{value['team']}" in groups else None
            return wanted in groups
        if kind not in ("azureAD", "okta") or not provider:
            return None
        said = [
            (one.at, not one.is_member)
            for one in self.evidence.scim_groups
            if one.idp_id == provider and wanted in one.names and (self.login.at is None or one.at <= self.login.at)
        ]
        return not max(said)[1] if said else None

    def has_claim(self, kind, value):
        name, wanted = ("attribute_name", "attribute_value") if kind == "saml" else ("claim_name", "claim_value")
        name, wanted = value.get(name), value.get(wanted)
        if not name or not wanted or self.person is None or self.person.idp_id != self.provider_of(kind, value):
            return None
        values = (self.person.claims or {}).get(name)
        return None if values is None else wanted in values

    # All policies together.

    def ordered(self):
        policies = self.evidence.app.policies
        first = [one for one in policies if one.decision in ("bypass", "non_identity")]
        then = [one for one in policies if one not in first]
        return [
            one
            for part in (first, then)
            for one in sorted(part, key=lambda one: (one.precedence is None, one.precedence or 0))
        ]

    def headline(self):
        if not self.evidence.app.policies:
            return "Y6"
        policies = [(one.decision, *self.lists(one.rules)) for one in self.ordered()]
        by_row, by_all = (self.admissions([(one[0], one[level]) for one in policies]) for level in (1, 2))
        mays = [one for one in policies if one[0] != "deny"]
        if self.login.allowed is not False:
            return self.not_denied(mays, by_all)
        for place, (decision, row, _) in enumerate(policies):
            met_before = any(other != "deny" and known_by == KNOWN_TRUE for other, _, known_by in policies[:place])
            if decision == "deny" and row == KNOWN_TRUE and not met_before:
                return "Y1"
        if all(one == KNOWN_FALSE for one in by_row):
            return "Y2"
        if all(one == KNOWN_FALSE for one in by_all):
            return "Y3"
        nearest = self.nearest()
        usual = nearest.decision if nearest else "allow"
        if any(one == EITHER and may[0] == usual and may[2] == EITHER for one, may in zip(by_all, mays, strict=True)):
            return "Y4"
        return "Y5" if KNOWN_TRUE in by_all else "Y4"

    def not_denied(self, mays, by_all):
        if any(
            may[0] in ("allow", "bypass", "non_identity") and may[2] == KNOWN_TRUE and one != KNOWN_FALSE
            for one, may in zip(by_all, mays, strict=True)
        ):
            return "A1"
        return "A2" if EITHER in by_all else "A3"

    def admissions(self, policies):
        """For each policy that doesn't deny: whether it lets the login in, where it stands."""
        found, blocked = [], KNOWN_FALSE
        for decision, met in policies:
            perhaps = met | KNOWN_FALSE
            admits = {"deny": None, "allow": met, "bypass": met, "non_identity": met}.get(decision, perhaps)
            if admits is not None:
                found.append(every([admits, negated(blocked)]))
            blocks = {"deny": met, "allow": None, "bypass": None, "non_identity": None}.get(decision, perhaps)
            if blocks is not None:
                blocked = some([blocked, blocks])
        return found

    def nearest(self):
        service = [one for one in self.ordered() if one.decision == "non_identity"]
        allow = [one for one in self.ordered() if one.decision == "allow"]
        candidates = service if service and self.login.who == "service" else allow
        return min(candidates, key=self.missing, default=None)

    def missing(self, policy):
        """How many conditions are missing and how many unknown, include being one; and the precedence."""
        lists = policy.rules
        conditions = [some(self.rule(rule)[1] for rule in lists.include) if lists.include else EITHER]
        conditions += [self.rule(rule)[1] for rule in lists.require]
        conditions += [negated(self.rule(rule)[1]) for rule in lists.exclude]
        last = policy.precedence is None, policy.precedence or 0
        return conditions.count(KNOWN_FALSE), conditions.count(EITHER), last
