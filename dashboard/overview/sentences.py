"""Every headline that the overview can begin with. Each says only what the rows prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.empty import Way
from dashboard.page.badges import template_text
from dashboard.page.cells import text
from logsync.insight.spikes import ConnectionCount
from logsync.words import counted

UNKNOWN_PART = "Part of this range is missing; a login there would not show."


@dataclass(frozen=True, slots=True)
class Headline:
    """What to know first: a title, the facts below it, and a link to the next step.

    `kind` is its colour: bad, warn, good or blank.
    """

    kind: str
    icon: str
    title: SafeString | str
    words: SafeString | str
    way: Way | None = None


def refused(stream: str, known_until: str, error: str, way: Way) -> Headline:
    """Cloudflare refuses a stream until a person acts; `known_until` is blank if none of its time is known."""
    since = f": not readable since {known_until}" if known_until else ", and could not be read so far"
    return Headline("bad", "cloud-x", format_html("{} is refused{}.", text(stream), since), text(error), way)


def losing(stream: str, since: str, within: str, kept: str, way: Way) -> Headline:
    """Cloudflare may soon drop time that was not read; `kept` is a sentence about how long it keeps rows."""
    title = format_html("{}: unread time from {} may be lost within {}.", text(stream), since, within)
    words = f"{kept} What it drops before it is read is gone for good."
    return Headline("bad", "cloud-x", title, words, way)


def app_denied(
    app: str,
    people: int,
    when: str,
    locked_out: int,
    never_had_access: int,
    connections: Sequence[ConnectionCount],
    way: Way,
) -> Headline:
    """An app denied far more people than before. `when` is like "since 09:12 UTC"."""
    outcome = outcome_words(people, locked_out, never_had_access)
    title = format_html("{}: {} denied {}; {}.", text(app), counted(people, "person", "people"), when, outcome)
    return Headline("bad", "ban", title, _connection_words(connections), way)


def outcome_words(people: int, locked_out: int, never_had_access: int) -> str:
    """What became of people who were denied, as of now: the rest has got in since."""
    got_in = people - locked_out - never_had_access
    if not locked_out and not never_had_access:
        return "all have got in since"
    if not got_in and not never_had_access:
        return "nobody has got in since"
    if not got_in and not locked_out:
        return _no_success(never_had_access)
    parts = [f"{got_in:,} {'has' if got_in == 1 else 'have'} got in since"] if got_in else []
    if locked_out:
        parts.append(f"{locked_out:,} {'is' if locked_out == 1 else 'are'} still locked out")
    if never_had_access:
        parts.append(_no_success(never_had_access))
    return ", ".join(parts)


def _no_success(people: int) -> str:
    return f"{people:,} {'has' if people == 1 else 'have'} no successful login there on record"


def _connection_words(connections: Sequence[ConnectionCount]) -> SafeString | str:
    """Which connection the denials came through, and whether another one worked at the same time."""
    denied = sum(one.denied for one in connections)
    most = max(connections, key=lambda one: one.denied)
    if not most.connection:
        return ""
    if most.denied < denied:
        return format_html("{} of {} came through {}.", f"{most.denied:,}", _denials(denied), text(most.connection))
    came = "The one denial" if denied == 1 else f"All {_denials(denied)}"
    words = format_html("{} came through {}", came, text(most.connection))
    others = [one for one in connections if one.connection and not one.denied and one.allowed]
    if not others:
        return format_html("{}.", words)
    other = max(others, key=lambda one: one.allowed)
    logins = counted(other.allowed, "login")
    was = "was" if other.allowed == 1 else "were"
    sentence = "{}; in the same time {} there through {} {} allowed and none denied."
    return format_html(sentence, words, logins, text(other.connection), was)


def people_denied(
    people: int, when: str, app: str, most: int, apps: int, locked_out: int, never_had_access: int, way: Way
) -> Headline:
    """People were denied in a time that was chosen, at so many `apps`, and `most` of them at `app`."""
    where = format_html("at {}", text(app))
    if apps > 1:
        where = format_html("at {}, most at {} ({})", counted(apps, "app"), text(app), f"{most:,}")
    title = format_html("{} denied {}, {}.", counted(people, "person", "people"), when, where)
    outcome = outcome_words(people, locked_out, never_had_access)
    return Headline("bad" if locked_out else "", "ban", title, f"{outcome[0].upper()}{outcome[1:]}.", way)


def scim_failing(
    template: str, resources: int, again: int, requests: int, subject: str, way: Way, as_of: str = ""
) -> Headline:
    """The SCIM problem with most failing resources; `again` of them failed again after a success.

    `as_of` is "as of …" for a moment in the past, blank for now.
    """
    verb = "still fails" if resources == 1 else "still fail"
    if as_of:
        verb = f"{'was' if resources == 1 else 'were'} failing {as_of}"
    title = format_html("SCIM: {} {} with “{}”.", counted(resources, "resource"), verb, template_text(template))
    facts = f"{counted(requests, 'failed request')} in this range"
    if again:
        facts += f"; {again:,} of the resources had healed before, and failed again"
    words = format_html("{}: {}.", text(subject), facts)
    return Headline("warn" if again else "bad", "repeat" if again else "circle-dot", title, words, way)


def locked_out(people: int, apps: Sequence[str], newest: str, way: Way, *, is_past: bool = False) -> Headline:
    """People were denied in the range and have not got in since; `newest` is when the last of them tried.

    `is_past` if the range has ended: who is locked out is as of now.
    """
    are = "is" if people == 1 else "are"
    now = " now" if is_past else ""
    title = format_html("{} {} still locked out{}, {}.", counted(people, "person", "people"), are, now, _place(apps))
    words = f"They had access before. The last attempt was at {newest}; none of them has got in since."
    return Headline("bad", "lock", title, words, way)


def never_had_access(people: int, apps: Sequence[str], way: Way) -> Headline:
    """People were denied in the range, and no success of theirs is on record; it may well be as it should be."""
    verb = "was denied, and has" if people == 1 else "were denied, and have"
    who = counted(people, "person", "people")
    title = format_html("{} {} no successful login on record {}.", who, verb, _place(apps))
    return Headline("", "lock", title, "Nobody lost access that they had before.", way)


def let_in_after_deprovisioning(people: int, range: str) -> str:
    """People whom SCIM had switched off logged in; `range` is like "in the last 24 hours"."""
    who = counted(people, "person", "people")
    return f"{range[0].upper()}{range[1:]}, {who} logged in after being deprovisioned."


def _place(apps: Sequence[str]) -> SafeString | str:
    return format_html("at {}", text(apps[0])) if len(apps) == 1 else f"at {counted(len(apps), 'app')}"


# Calm


def unknown(range: str, lines: Sequence[str], way: Way) -> Headline:
    """The logins of the range are not known at all. `lines` say what is known of each log."""
    title = f"Whether anyone was denied {range} is not known."
    return Headline("", "circle-dashed", title, text(" ".join(lines)), way)


def quiet_so_far(range: str, *, knows_scim: bool) -> Headline:
    """No denial and no failure so far, and only the newest time may still change."""
    if not knows_scim:
        words = "The last minutes may still change. No SCIM log is read, so nothing is said of it."
        return Headline("good", "circle-check", f"No denial so far {range}.", words)
    words = "Both logs were read; the last minutes may still change."
    return Headline("good", "circle-check", f"No denial and no failure so far {range}.", words)


def quiet(range: str, *, knows_scim: bool) -> Headline:
    """No denial and no failure, and all of the range is known."""
    if not knows_scim:
        return Headline("good", "circle-check", f"No denial {range}.", "No SCIM log is read, so nothing is said of it.")
    title = f"No denial and no failure {range}."
    return Headline("good", "circle-check", title, "Both logs were read for all of this range.")


def only_others(range: str, others: int, lines: Sequence[str], way: Way) -> Headline:
    """No person was denied and nothing failed, but services were denied, or someone whom no row names."""
    words = " ".join([f"{others_words(others)}.", *lines])
    return Headline(
        "", "alert-triangle" if lines else "circle-check", f"No person was denied {range}.", text(words), way
    )


def others_words(others: int) -> str:
    """How many denied rows come from services or name no one."""
    return f"{counted(others, 'denied row')} of services or without an e-mail address"


def quiet_where_known(range: str, lines: Sequence[str], way: Way) -> Headline:
    """No denial and no failure, but part of the range is not known."""
    title = f"No denial and no failure on record {range}, of which a part is not known."
    return Headline("", "alert-triangle", title, text(" ".join(lines)), way)


def nobody_out(range: str, denied: int, people: int, failures: int, lines: Sequence[str]) -> Headline:
    """Denials or failures, but everyone got in since and no problem is open. `lines` say what is not known."""
    facts = [_denials(denied)] if denied else []
    facts += [f"{counted(failures, 'failed SCIM request')}"] if failures else []
    found = " and ".join(facts)
    ends = []
    if denied:
        it, names = ("it", "names") if denied == 1 else ("they", "name")
        ends.append(f"everyone {it} {names} has got in since" if people else f"{it} {names} nobody")
    if failures:
        ends.append("no problem that is watched is open")
    title = f"{found} {range}; {' and '.join(ends)}."
    return Headline("", "alert-triangle" if lines else "circle-check", title, text(" ".join(lines)) if lines else "")


def _denials(count: int) -> str:
    return counted(count, "denial")
