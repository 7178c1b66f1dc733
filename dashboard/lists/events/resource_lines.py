"""Where a resource of a SCIM problem stands, as pages show it: state, links, and the requests that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from dashboard.page.badges import resource_badge
from dashboard.page.links import updates_href
from logsync.insight.member_names import NamedMembers, members_of
from logsync.insight.problem_resources import ProblemResource, read_resources
from logsync.insight.update_descriptions import describe_all_briefly
from logsync.models import ScimProblemStatus
from logsync.words import rfc3339

# How many members of a group are named where several groups are listed, and where it is only one.
FEW_MEMBERS = 5
MANY_MEMBERS = 20


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """A resource of a problem, with links.

    `tries_href` lists its failed requests, `history_href` all requests for it. `proof_words` describe the request that
    healed it, `other_words` a later success of another kind; blank if there is none. `members` are those that the last
    failed request for a group names.
    """

    resource: ProblemResource
    tries_href: str
    history_href: str
    proof_words: str
    other_words: str
    members: Sequence[NamedMembers]

    @property
    def status(self) -> ScimProblemStatus:
        return self.resource.status

    @property
    def badge(self) -> SafeString:
        return resource_badge(self.status.state, has_succeeded_otherwise=self.status.other_success_id is not None)


def lines_of(
    statuses: Iterable[ScimProblemStatus], now: datetime, *, is_past: bool = False, with_members: bool = False
) -> list[ResourceLine]:
    """A line for each status, in the same order; `with_members` if those of groups are to be named.

    If `now` is in the past, its links leave out what came later.
    """
    until = {"until": rfc3339(now, "auto")} if is_past else {}
    resources = read_resources(statuses, now)
    successes = [one.status.proof or one.status.other_success for one in resources]
    words = describe_all_briefly({update.pk: update for update in successes if update}.values())
    most = FEW_MEMBERS if len(resources) > 1 else MANY_MEMBERS
    members = members_of([one.status.last_failed for one in resources if with_members], most)
    return [
        ResourceLine(
            resource=one,
            tries_href=updates_href(problem=one.status.problem.key, resource=one.status.resource_id, **until),
            history_href=updates_href(resource=one.status.resource_id, status="any", **until),
            proof_words=words.get(one.status.proof_id or 0, ""),
            other_words=words.get(one.status.other_success_id or 0, ""),
            members=members.get(one.status.last_failed_id, ()),
        )
        for one in resources
    ]
