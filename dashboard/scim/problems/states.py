"""The states of problems, and of their resources, as people see them: by icon, word and colour."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Coalesce

from logsync.models import ScimProblemStatus, ScimUpdate


def states_of(updates: Sequence[ScimUpdate]) -> dict[int, str]:
    """The state of each failed update's problem and resource, by the update's pk.

    A failure that names no resource has none: no later request can be known to be about the same.
    """
    failed = [update.pk for update in updates if update.problem_id and update.resource_id]
    if not failed:
        return {}
    rows = ScimUpdate.objects.filter(pk__in=failed).annotate(root=Coalesce("resource__same_as", "resource"))
    of = {pk: (problem, root) for pk, problem, root in rows.values_list("pk", "problem", "root")}
    statuses = ScimProblemStatus.objects.filter(
        problem__in={problem for problem, _ in of.values()}, resource__in={root for _, root in of.values()}
    )
    states = {(problem, root): state for problem, root, state in statuses.values_list("problem", "resource", "state")}
    return {pk: states[key] for pk, key in of.items() if key in states}
