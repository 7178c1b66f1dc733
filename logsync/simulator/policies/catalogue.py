"""The policies, rule groups, lists and service tokens of a company, as they are on a day without any trouble.

They admit exactly whom the login log lets in. What differs while something is wrong is in `edits.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from logsync.simulator.company.company import (
    ENTRA,
    OKTA,
    ONE_TIME_PIN,
    Application,
    Company,
    Group,
    IdentityProvider,
    Person,
)
from logsync.simulator.company.roster import UTC_OFFSETS
from logsync.simulator.policies import rules
from logsync.simulator.policies.brought import department
from logsync.simulator.policies.rules import Rule, idp_group, lists, rule_group
from logsync.simulator.story.story import INCIDENTS

Content: TypeAlias = dict[str, object]

ALLOW, DENY, SERVICE_AUTH, BYPASS = "allow", "deny", "non_identity", "bypass"

# Used by several applications.
BLOCK_TOR = "Block Tor"
PIN_FOR_STAFF = "One-time PIN for staff"
CONTRACTORS = "Contractors"
CONTRACTORS_BY_PIN = "Contractors with a one-time PIN"
MANAGED_STAFF = "Staff on managed devices"
PUBLIC = "Everyone, without a login"

# Their addresses, without the domain.
SECURITY_TEAM = ("nora.jensen", "sam.ortega", "lukasz.wojcik")
SALES_AT_OKTA = "luca.romano"
APPROVERS = ("sam.ortega", "emily.carter")
# Stands in lists that must not be empty while there is nobody to name.
NOBODY = "nobody"

OFFICE_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
BLOCKED_NETWORKS = ("2001:db8:bad::/48", "2001:db8:dead::/48")
SERVICES = {"Grafana": "grafana-health", "GitLab": "gitlab-runner", "Argo CD": "argocd-sync"}
EXPIRED_TOKEN = "old-backup"

# Applications in which nobody logs in: name, label of the host, policies.
QUIET_APPLICATIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Old wiki": ("old-wiki", ()),
    "Board portal": ("board", ("Board members",)),
    "Press room": ("press", ("Closed until the launch", "Press team")),
}


class PolicyOf(NamedTuple):
    """A policy without its id and times. `more` are settings beside its rules."""

    decision: str
    rules: Content
    more: Content = {}


class Catalogue:
    def __init__(self, company: Company) -> None:
        self.company = company

    def group_id(self, name: str) -> str:
        return self.company.guid("rule group", name)

    def policy_id(self, name: str) -> str:
        return self.company.guid("policy", name)

    def list_id(self, name: str) -> str:
        return self.company.guid("gateway list", name)

    def token_id(self, name: str) -> str:
        return self.company.guid("service token", name)

    def check_id(self, name: str) -> str:
        return self.company.guid("posture check", name)

    @cached_property
    def disk_encryption(self) -> Rule:
        return rules.device_posture(self.check_id("Disk encryption"))

    @cached_property
    def everybody(self) -> Mapping[IdentityProvider, Group]:
        """Return the group of all its people of each provider that has groups."""
        groups = {idp: self.company.groups_of(idp) for idp in self.company.identity_providers}
        return {idp: of_provider[-1] for idp, of_provider in groups.items() if of_provider}

    def is_of_contractors(self, provider: IdentityProvider) -> bool:
        return all(person.team == "contractor" for person in self.company.people_of(provider))

    @cached_property
    def groups(self) -> Mapping[str, Content]:
        """Return every rule group by its name."""
        company = self.company
        managed = lists([rules.device_posture(self.check_id("Managed laptop"))], require=[self.disk_encryption])
        return {
            **{staff_at(idp): lists([self._all_of(idp)]) for idp in self._of_staff_groups},
            "Staff": lists([self._group(staff_at(idp)) for idp in self._of_staff_groups]),
            **dict(self._of_incidents()),
            CONTRACTORS: lists([*self._contractors()]),
            CONTRACTORS_BY_PIN: lists(
                [rules.email_list(self.list_id(CONTRACTORS))], [rules.login_method(company.provider(ONE_TIME_PIN))]
            ),
            "Managed device": managed,
            MANAGED_STAFF: lists([self._group("Staff")], require=[self._group("Managed device")]),
            "Countries we work in": lists([rules.country(code) for code in UTC_OFFSETS]),
            "Office networks": lists([rules.network(range_) for range_ in (*OFFICE_NETWORKS, *self._ipv6_offices())]),
            "Production engineers": lists([self._department(team) for team in ("engineering", "sre")]),
            "Security team": lists([self._email(name) for name in SECURITY_TEAM]),
            "Old VPN users": lists([idp_group(company.group("all-staff"))], exclude=[self._email("emily.carter")]),
        }

    def _of_incidents(self) -> Iterator[tuple[str, Content]]:
        """Yield the rule group of each application that has incidents, for the provider of those."""
        for app, key in INCIDENTS:
            provider = self.company.provider(key)
            yield users_at(app, provider), self.users(app, provider)

    def users(self, app: str, provider: IdentityProvider, pilots: Sequence[Person] | None = None) -> Content:
        """Return the rule group of those who may use an application, by the provider of its incidents.

        With pilots it has the mistake that leads to an incident: another rule in place of the one that all people of
        the provider meet. The pilots of the change are named, and meet theirs.
        """
        if pilots is None:
            include = [self._all_of(provider)]
        else:
            include = [self._mistake(app, provider), *(rules.email(person.email) for person in pilots)]
        return lists(include)

    def under_review(self, people: Sequence[Person] = ()) -> Content:
        """Return the rules of the policy that denies an application to some accounts."""
        return lists([rules.email(person.email) for person in people] or [self._email(NOBODY)])

    @cached_property
    def policies(self) -> Mapping[str, PolicyOf]:
        """Return every policy by its name."""
        return {
            BLOCK_TOR: PolicyOf(DENY, lists([rules.country("T1")])),
            PIN_FOR_STAFF: self._by_pin("Staff"),
            CONTRACTORS: PolicyOf(
                ALLOW,
                lists(
                    [self._group(CONTRACTORS)],
                    require=[rules.external_evaluation(f"contracts.{self.company.domain}")],
                ),
            ),
            MANAGED_STAFF: PolicyOf(ALLOW, lists([self._group(MANAGED_STAFF)])),
            PUBLIC: PolicyOf(BYPASS, lists([rules.EVERYONE])),
            **{under_review(name): PolicyOf(DENY, self.under_review()) for name, _ in INCIDENTS},
            **{services_of(name): self._for_service(token) for name, token in SERVICES.items()},
            services_of("GitLab"): self._for_service(SERVICES["GitLab"], EXPIRED_TOKEN),
            **{f"One-time PIN for {app.name}": self._by_pin(app.name) for app in self.of_teams},
            **self._of_staff(),
            **self._of_teams(),
            **self._of_quiet(),
        }

    @cached_property
    def of_teams(self) -> tuple[Application, ...]:
        """Return the applications that only some teams may use."""
        return tuple(app for app in self.company.applications if not app.teams & {"*", "**"})

    def policies_of(self, app: str) -> tuple[str, ...]:
        """Return the names of an application's policies in their order."""
        pin, services = f"One-time PIN for {app}", services_of(app)
        ways = self._ways_into(app) if app in dict(INCIDENTS) else ()
        staff = [policy for way in ways for policy, _ in self._by_provider(way)]
        of_app = {
            "Grafana": (services, BLOCK_TOR, under_review(app), *staff, PIN_FOR_STAFF, CONTRACTORS),
            "Jira": (BLOCK_TOR, under_review(app), *staff, PIN_FOR_STAFF, CONTRACTORS),
            "GitLab": (BLOCK_TOR, "Developers", pin, CONTRACTORS, services),
            "Confluence": (BLOCK_TOR, under_review(app), *staff, PIN_FOR_STAFF, CONTRACTORS),
            "Payroll": (under_review(app), *staff, PIN_FOR_STAFF),
            "VPN portal": (BLOCK_TOR, under_review(app), *staff, PIN_FOR_STAFF),
            "Vault": ("Production", pin),
            "Argo CD": (services, "Deployers", pin),
            "Sentry": ("Developers of Sentry", "Support", "Helpdesk", pin),
            "Metabase": ("Data team", "Finance and sales", "Guests of the data team", pin),
            "CRM": ("Sales, finance and support", pin),
            "Bastion": ("On call", "Security team", pin),
            "Front desk": ("Front desk in the office", "Front desk from elsewhere", pin),
        }
        return of_app[app]

    def _of_staff(self) -> dict[str, PolicyOf]:
        """Return how staff get into the applications that are for all of them, by the provider that they use."""
        return {
            policy: PolicyOf(ALLOW, lists([self._users_at(app, idp)], [rules.login_method(idp), *require], exclude))
            for app, _ in INCIDENTS
            for way, (require, exclude) in self._ways_into(app).items()
            for policy, idp in self._by_provider(way)
        }

    def _ways_into(self, app: str) -> dict[str, tuple[list[Rule], list[Rule]]]:
        """Return what each policy of the application's staff requires and excludes beside who they are, by its name."""
        managed, countries = self._group("Managed device"), self._group("Countries we work in")
        of_app: dict[str, dict[str, tuple[list[Rule], list[Rule]]]] = {
            "Grafana": {"Grafana: staff": ([self.disk_encryption], [])},
            "Jira": {"Jira: staff": ([managed], [])},
            "Confluence": {"Confluence: staff": ([rules.auth_method("mfa")], [])},
            "Payroll": {
                "Payroll from the office": ([rules.ip_list(self.list_id("Office networks"))], []),
                "Payroll from elsewhere": ([managed, countries], []),
            },
            "VPN portal": {
                "VPN portal: staff": ([countries], [rules.ip_list(self.list_id("Blocked networks"))]),
            },
        }
        return of_app[app]

    def _by_provider(self, way: str) -> list[tuple[str, IdentityProvider]]:
        """Return the names of the policies of one way into an application, one for each provider of staff."""
        return [(f"{way} at {idp.name}", idp) for idp in self._of_staff_groups]

    def _users_at(self, app: str, idp: IdentityProvider) -> Rule:
        has_own = dict(INCIDENTS)[app] == idp.key
        return self._group(users_at(app, idp) if has_own else staff_at(idp))

    def _of_teams(self) -> dict[str, PolicyOf]:
        """Return how teams get into the applications that are for some of them."""
        group, team = self.company.group, self._department
        okta, entra = (rules.login_method(self.company.provider(key)) for key in (OKTA, ENTRA))
        sales = self._email(SALES_AT_OKTA)
        finance, emea, helpdesk = (idp_group(group(name)) for name in ("payroll-admins", "sales-emea", "helpdesk"))
        technology = rules.claim("division", "Technology", self.company.provider(OKTA))
        desk = [idp_group(group("people-ops"))]
        reason: Content = {
            "purpose_justification_required": True,
            "purpose_justification_prompt": "Please provide your reason for accessing the application.",
        }
        approved = {**reason, "approval_required": True, "approval_groups": [self._approvers()]}
        production = [self._group("Production engineers"), idp_group(group("security"))]
        return {
            "Developers": PolicyOf(
                ALLOW, lists([technology, idp_group(group("design"))], [okta, rules.user_risk_score("low", "medium")])
            ),
            "Production": PolicyOf(ALLOW, lists(production, [okta]), {**reason, "session_duration": "1h"}),
            "Deployers": PolicyOf(ALLOW, lists([idp_group(group("eng-prod"))], [okta])),
            "Developers of Sentry": PolicyOf(ALLOW, lists([team("engineering"), team("data")], [okta])),
            "Support": PolicyOf(ALLOW, lists([idp_group(group("support-l2"))], [okta])),
            "Helpdesk": PolicyOf(ALLOW, lists([helpdesk], [entra])),
            "Data team": PolicyOf(ALLOW, lists([idp_group(group("data-platform"))], [okta])),
            "Finance and sales": PolicyOf(ALLOW, lists([finance, emea], [entra])),
            "Guests of the data team": PolicyOf(ALLOW, lists([sales])),
            "Sales, finance and support": PolicyOf(ALLOW, lists([emea, finance, helpdesk, team("support"), sales])),
            "On call": PolicyOf(
                ALLOW,
                lists([idp_group(group("sre-oncall"))], [okta]),
                {**reason, "mfa_config": {"allowed_authenticators": ["security_key"], "session_duration": "1h"}},
            ),
            "Security team": PolicyOf(ALLOW, lists([self._group("Security team")], [okta]), approved),
            "Front desk in the office": PolicyOf(ALLOW, lists(desk, [entra, self._group("Office networks")])),
            "Front desk from elsewhere": PolicyOf(ALLOW, lists(desk, [entra, self._group("Managed device")])),
        }

    def _of_quiet(self) -> dict[str, PolicyOf]:
        board = [self._email("bjorn.lindqvist"), self._email("grace.thompson")]
        return {
            # Nobody is in two countries at once.
            "Board members": PolicyOf(ALLOW, lists(board, [rules.country("SE"), rules.country("US")])),
            "Closed until the launch": PolicyOf(DENY, lists([rules.EVERYONE])),
            "Press team": PolicyOf(ALLOW, lists([self._email("camille.dubois"), self._email("elif.yilmaz")])),
        }

    def owned(self, owner: Person) -> PolicyOf:
        """Return a policy for the owner of an application, wherever they are."""
        return PolicyOf(ALLOW, lists([rules.email(owner.email)], [self._group("Countries we work in")]))

    def _by_pin(self, whom: str) -> PolicyOf:
        """Return the policy for those who have no other way to sign in just now, who bring no groups."""
        by_pin = rules.login_method(self.company.provider(ONE_TIME_PIN))
        named = lists(
            [rules.email_list(self.list_id(pin_list(whom)))],
            require=[by_pin, self.disk_encryption],
            exclude=[self._group(CONTRACTORS)],
        )
        return PolicyOf(ALLOW, named, {"session_duration": "8h"})

    def _for_service(self, *tokens: str) -> PolicyOf:
        return PolicyOf(SERVICE_AUTH, lists([rules.service_token(self.token_id(token)) for token in tokens]))

    @cached_property
    def _of_staff_groups(self) -> tuple[IdentityProvider, ...]:
        """Return the providers that have a group of all their people, who are staff."""
        return tuple(idp for idp in self.everybody if not self.is_of_contractors(idp))

    def _all_of(self, provider: IdentityProvider) -> Rule:
        return idp_group(self.everybody[provider])

    def _contractors(self) -> Iterator[Rule]:
        """Yield rules for all of them: named, in the group of a provider, or on a list without such a group."""
        by_pin = self.company.provider(ONE_TIME_PIN)
        yield from (rules.email(person.email) for person in self.company.people_of(by_pin))
        yield from (self._all_of(idp) for idp in self.everybody if self.is_of_contractors(idp))
        yield self._group(CONTRACTORS_BY_PIN)

    def _ipv6_offices(self) -> list[str]:
        return sorted({f"2001:db8:{sum(map(ord, code)):x}::/48" for code in UTC_OFFSETS})

    def _mistake(self, app: str, provider: IdentityProvider) -> Rule:
        """Return the rule that nobody meets, in place of the one for all people of the provider."""
        staff = self.everybody[provider]
        mistyped = f"{staff.idp_resource_id[:-1]}{'01'[staff.idp_resource_id[-1] == '0']}"
        of_app = {
            "Payroll": rules.entra(self.company.guid("group", "Meridian Staff (new)"), provider.id),
            "Jira": rules.okta("all-staff-2026", provider.id),
            "VPN portal": rules.claim("employment", "permanent", provider),
            "Confluence": rules.entra(mistyped, provider.id),
            "Grafana": rules.okta("allstaff", provider.id),
        }
        return of_app[app]

    def _approvers(self) -> Content:
        return {"approvals_needed": 1, "email_addresses": [self.company.email(name) for name in APPROVERS]}

    def _department(self, team: str) -> Rule:
        return rules.claim("department", department(team), self.company.provider(OKTA))

    def _group(self, name: str) -> Rule:
        return rule_group(self.group_id(name))

    def _email(self, name: str) -> Rule:
        return rules.email(self.company.email(name))


def users_at(app: str, provider: IdentityProvider) -> str:
    return f"{app} users at {provider.name}"


def staff_at(provider: IdentityProvider) -> str:
    return f"Staff at {provider.name}"


def under_review(app: str) -> str:
    return f"{app}: accounts under review"


def services_of(app: str) -> str:
    return f"{app}: service tokens"


def pin_list(whom: str) -> str:
    return f"One-time PIN: {whom}"
