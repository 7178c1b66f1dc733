"""A SCIM problem as Markdown for a ticket: facts with their times, and no request body.

Log text stands in code spans (CommonMark 6.1), in which nothing is a link, an image or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from dashboard.scim.resources import ResourceLine

MOST_LISTED = 20
LONGEST_TEXT = 500

# Line breaks, other control characters, and those that turn the direction of the text around them.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def code(text: str) -> str:
    """Log text as a code span of one line, which no backtick in it can end."""
    line = CONTROL.sub(" ", text).strip()
    line = line if len(line) <= LONGEST_TEXT else f"{line[:LONGEST_TEXT]}…"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{edge}{line}{edge}{fence}" if line else "(blank)"


def ticket_text(
    *,
    template: str,
    kind: str,
    provider: str,
    state: str,
    counts: str,
    error: str,
    lines: Sequence[ResourceLine],
    href: str,
) -> str:
    """The whole text. `kind` is method and type, `error` one error description, `lines` what is failing now."""
    rows = [
        f"SCIM problem: {code(template)}",
        "",
        f"- Request: {code(kind)} from {code(provider)}",
        f"- State: {state}{f' ({counts})' if counts else ''}",
        f"- Error text, the newest: {code(error)}",
        *_failing(lines),
        "",
        "SCIM status says what Cloudflare stored, not what the identity provider or a policy decided.",
        href,
    ]
    return "\n".join(rows)


def _failing(lines: Sequence[ResourceLine]) -> list[str]:
    failing = [line for line in lines if line.is_open]
    if not failing:
        return []
    rows = [f"- Failing now, as of the newest {'row' if len(failing) == 1 else 'rows'}:"]
    rows += [f"  - {_resource(line)}" for line in failing[:MOST_LISTED]]
    return rows + ([f"  - and {len(failing) - MOST_LISTED:,} more"] if len(failing) > MOST_LISTED else [])


def _resource(line: ResourceLine) -> str:
    standing = line.standing
    tries = f"{standing.tries:,} failed {'request' if standing.tries == 1 else 'requests'}"
    first, last = (_moment(update.logged_at) for update in (standing.first_failed, standing.last_failed))
    return f"{code(line.name)}: {tries}, first {first}, last {last}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
