"""Policies, rule groups, lists and service tokens of one account at any moment, in Cloudflare's JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from logsync.simulator.company.company import Application, Company, Person
from logsync.simulator.nanoseconds import DAY, SECOND, date_of, text
from logsync.simulator.policies.brought import Brought
from logsync.simulator.policies.catalogue import (
    BLOCKED_NETWORKS,
    CONTRACTORS,
    EXPIRED_TOKEN,
    MANAGED_STAFF,
    OFFICE_NETWORKS,
    PUBLIC,
    QUIET_APPLICATIONS,
    SERVICES,
    Catalogue,
    Content,
    PolicyOf,
    pin_list,
)
from logsync.simulator.policies.edits import Edits
from logsync.simulator.story.facts import Removal
from logsync.simulator.story.story import REMOVALS, Story

CREATED_AT = "2024-02-05T09:30:00Z"
STATUS_PAGE = "Status page"


@dataclass(frozen=True)
class Configuration:
    """What is in force: policies and rule groups by id, and the ids of each application's policies in their order."""

    policies: Mapping[str, Content]
    groups: Mapping[str, Content]
    of_app: Mapping[str, tuple[str, ...]]

    @cached_property
    def reusable(self) -> dict[str, Content]:
        """Return the policies of more than one application, with how many those are."""
        uses: dict[str, int] = {}
        for ids in self.of_app.values():
            for id_ in ids:
                uses[id_] = uses.get(id_, 0) + 1
        return {
            id_: policy | {"reusable": True, "app_count": uses.get(id_, 0)}
            for id_, policy in self.policies.items()
            if uses.get(id_, 0) != 1
        }

    def policies_of(self, app_id: str) -> list[Content]:
        """Return the policies of an application, each with its precedence."""
        return [
            (self.reusable.get(id_) or self.policies[id_]) | {"precedence": precedence}
            for precedence, id_ in enumerate(self.of_app[app_id], start=1)
        ]


@dataclass(frozen=True)
class GatewayList:
    id: str
    name: str
    type: str
    items: tuple[str, ...]
    updated_at: str


class Policies:
    """`tools`: how many further applications there are, each with a policy of its own and one of many."""

    def __init__(self, company: Company, story: Story, tools: int = 0) -> None:
        self.company = company
        self.story = story
        self.tools = tools
        self.brought = Brought(company, story)
        self.catalogue = Catalogue(company)
        self.edits = Edits(company, story, self.catalogue)
        self._after = lru_cache(maxsize=8)(self._after_edit)
        self._lists_after = lru_cache(maxsize=8)(self._lists_since)

    def at(self, moment: int) -> Configuration:
        return self._after(self.edits.newest(moment).at)

    def _after_edit(self, moment: int) -> Configuration:
        """Return what is in force from the moment of an edit on, until the next one."""
        policies = {self.catalogue.policy_id(name): self._policy(name, policy) for name, policy in self._policies()}
        groups = {self.catalogue.group_id(name): self._group(name, of) for name, of in self.catalogue.groups.items()}
        for edit in self.edits.before(moment):
            edited = groups if edit.kind == "groups" else policies
            edited[edit.object_id] = edited[edit.object_id] | edit.content | {"updated_at": written(edit.at)}
        return Configuration(policies, groups, self.of_app)

    def _policies(self) -> Iterator[tuple[str, PolicyOf]]:
        yield from self.catalogue.policies.items()
        for number in range(1, self.tools + 1):
            yield owners_of(number), self.catalogue.owned(self.company.people[number % len(self.company.people)])

    def _policy(self, name: str, policy: PolicyOf) -> Content:
        return {
            "id": self.catalogue.policy_id(name),
            "name": name,
            "decision": policy.decision,
            **policy.rules,
            "session_duration": "24h",
            "approval_required": False,
            "purpose_justification_required": False,
            "isolation_required": False,
            **policy.more,
            "created_at": CREATED_AT,
            "updated_at": CREATED_AT,
        }

    def _group(self, name: str, rules: Content) -> Content:
        return {
            "id": self.catalogue.group_id(name),
            "name": name,
            **rules,
            "is_default": name == "Staff",
            "created_at": CREATED_AT,
            "updated_at": CREATED_AT,
        }

    @cached_property
    def of_app(self) -> Mapping[str, tuple[str, ...]]:
        """Return the ids of each application's policies by the application's id, in their order."""
        names = {app.name: self.catalogue.policies_of(app.name) for app in self.company.applications}
        names[STATUS_PAGE] = (PUBLIC,)
        names |= {name: policies for name, (_, policies) in QUIET_APPLICATIONS.items()}
        names |= {tool(number): (owners_of(number), MANAGED_STAFF) for number in range(1, self.tools + 1)}
        return {
            self.company.guid("application", app): tuple(map(self.catalogue.policy_id, policies))
            for app, policies in names.items()
        }

    def lists(self, moment: int) -> tuple[GatewayList, ...]:
        """Return the Gateway lists. Those of an application's users follow who is in the group that it asks for."""
        return self._lists_after(self._last_change_of_lists(moment))

    def _lists_since(self, moment: int) -> tuple[GatewayList, ...]:
        lists = {"Office networks": OFFICE_NETWORKS, "Blocked networks": BLOCKED_NETWORKS}
        people = {pin_list("Staff"): self._staff, CONTRACTORS: self._contractors}
        people |= {pin_list(app.name): self._users(app, moment) for app in self.catalogue.of_teams}
        updated_at = {pin_list(out.app.name): self._removal_changed(out, moment) for out in self._removals(moment)}
        return (
            *(self._list(name, "IP", ranges) for name, ranges in lists.items()),
            *(
                self._list(name, "EMAIL", tuple(one.email for one in ones), updated_at.get(name, CREATED_AT))
                for name, ones in people.items()
            ),
        )

    def _list(self, name: str, type_: str, items: tuple[str, ...], updated_at: str = CREATED_AT) -> GatewayList:
        return GatewayList(self.catalogue.list_id(name), name, type_, items, updated_at)

    @cached_property
    def _staff(self) -> list[Person]:
        return [person for person in self.company.people if person.team != "contractor"]

    @cached_property
    def _contractors(self) -> list[Person]:
        return [person for person in self.company.people if person.team == "contractor"]

    def _users(self, app: Application, moment: int) -> list[Person]:
        """Return who of the staff may use an application."""
        return [one for one in self._staff if app.admits(one) and not self.story.is_removed(one, app, moment)]

    def _removals(self, moment: int) -> list[Removal]:
        """Return the removals that tell the contents of all lists, oldest first: one of each application at least."""
        day = moment // DAY
        days = range(day - len(REMOVALS), day + 1)
        return [out for one in days if (out := self.story.removal(date_of(one))).since <= moment]

    def _removal_changed(self, removal: Removal, moment: int) -> str:
        return written(removal.until if removal.until <= moment else removal.since)

    def _last_change_of_lists(self, moment: int) -> int:
        return max(at for out in self._removals(moment) for at in (out.since, out.until) if at <= moment)

    def service_tokens(self) -> Iterator[tuple[str, str]]:
        """Yield the id and name of each service token."""
        for name in (*SERVICES.values(), EXPIRED_TOKEN):
            yield self.catalogue.token_id(name), name


def written(moment: int) -> str:
    return text(moment // SECOND * SECOND, 0)


def tool(number: int) -> str:
    return f"Tool {number:03}"


def owners_of(number: int) -> str:
    return f"{tool(number)}: owners"
