"""A SCIM problem as Markdown for a ticket: facts with their times, without request bodies.

Log text goes into code spans (CommonMark 6.1), where nothing becomes a link, an image or HTML.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.lists.events.resource_lines import ResourceLine
from dashboard.page.markdown import code
from dashboard.page.wording import exact_moment
from logsync.words import counted

MOST_LISTED = 20


def ticket_text(
    *,
    template: str,
    kind: str,
    provider: str,
    state: str,
    counts: str,
    error: str,
    lines: Sequence[ResourceLine],
    failing: int,
    as_of: str,
    href: str,
) -> str:
    """The whole ticket. `kind` is the method and resource type, `error` the newest error description.

    `as_of` says as of when the states are, blank for now. `failing` counts the resources that fail; `lines` begins with
    the first of them, but may go on with others.
    """
    rows = [
        f"SCIM problem: {code(template)}",
        "",
        f"- Request: {code(kind)} from {code(provider)}",
        f"- State: {state}{f' ({counts})' if counts else ''}",
        f"- Latest error: {code(error)}",
        *_failing(lines, failing, as_of),
        "",
        *filter(None, [as_of]),
        "The SCIM status says what Cloudflare stored, not what the identity provider or a policy decided.",
        href,
    ]
    return "\n".join(rows)


def _failing(lines: Sequence[ResourceLine], failing: int, as_of: str) -> list[str]:
    if not failing:
        return []
    heading = "Failing then" if as_of else f"Failing now, as of the newest {'row' if failing == 1 else 'rows'}"
    listed = [line for line in lines if line.resource.is_open][:MOST_LISTED]
    rows = [f"- {heading}:"]
    rows += [f"  - {_resource(line)}" for line in listed]
    return rows + ([f"  - and {failing - len(listed):,} more"] if failing > len(listed) else [])


def _resource(line: ResourceLine) -> str:
    status = line.status
    tries = counted(status.tries, "failed request")
    first, last = (exact_moment(update.logged_at) for update in (status.first_failed, status.last_failed))
    return f"{code(line.resource.name)}: {tries}, first {first}, last {last}"
