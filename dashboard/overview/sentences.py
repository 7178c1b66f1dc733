"""The sentences that the overview may begin with. There are no others, and each says only what the rows prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.lists.empty import Way
from dashboard.page.badges import template_text
from dashboard.page.cells import text
from logsync.words import counted

UNKNOWN_PART = "Part of this range is not known; a login there would not show."


@dataclass(frozen=True, slots=True)
class Say:
    """What to know first: a sentence, the facts below it, and the one next step. `kind` is bad, warn, good or blank."""

    kind: str
    icon: str
    title: SafeString | str
    words: SafeString | str
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Denials through one connection, and the logins through it that were allowed, at one application in one time."""

    connection: str
    denied: int
    allowed: int


def refused(stream: str, known_until: str, error: str, way: Way) -> Say:
    """A stream that Cloudflare refuses until a person does something; `known_until` is blank if nothing is known."""
    known = f"nothing after {known_until} is known" if known_until else "nothing of it is known"
    return Say("bad", "cloud-x", format_html("{} is refused: {}.", text(stream), known), text(error), way)


def losing(stream: str, since: str, within: str, kept: str, way: Way) -> Say:
    """A stream whose unread time Cloudflare may soon drop; `kept` is how long rows prove it to keep them."""
    title = format_html("{}: unread time from {} may be lost within {}.", text(stream), since, within)
    words = f"Cloudflare is known to keep this log for {kept}; what it drops before it is read is gone for good."
    return Say("bad", "cloud-x", title, words, way)


def app_denied(app: str, people: int, when: str, still_out: int, routes: Sequence[Route], way: Way) -> Say:
    """An application where far more people were denied than in the time before. `when` is "since 09:12 UTC"."""
    outcome = _outcome(people - still_out, still_out)
    title = format_html("{}: {} denied {}; {}.", text(app), counted(people, "person", "people"), when, outcome)
    return Say("bad", "ban", title, _routes_words(routes), way)


def _outcome(got_in: int, still_out: int) -> str:
    if not still_out:
        return "all have got in since"
    if not got_in:
        return "nobody has got in since"
    has, are = ("has" if got_in == 1 else "have"), ("is" if still_out == 1 else "are")
    return f"{got_in:,} {has} got in since, {still_out:,} {are} still locked out"


def _routes_words(routes: Sequence[Route]) -> SafeString | str:
    """Through which connection the denials came, and whether another worked in the same time."""
    denied = sum(route.denied for route in routes)
    most = max(routes, key=lambda route: route.denied)
    if not most.connection:
        return ""
    if most.denied < denied:
        return format_html("{} of {} came through {}.", f"{most.denied:,}", _denials(denied), text(most.connection))
    came = "The one denial" if denied == 1 else f"All {_denials(denied)}"
    words = format_html("{} came through {}", came, text(most.connection))
    others = [route for route in routes if route.connection and not route.denied and route.allowed]
    if not others:
        return format_html("{}.", words)
    other = max(others, key=lambda route: route.allowed)
    logins = counted(other.allowed, "login")
    was = "was" if other.allowed == 1 else "were"
    sentence = "{}; in the same time {} there through {} {} allowed and none denied."
    return format_html(sentence, words, logins, text(other.connection), was)


def scim_failing(template: str, resources: int, again: int, requests: int, subject: str, way: Way) -> Say:
    """The SCIM problem that keeps most resources failing; `again` of them failed anew after a success."""
    verb = "fails" if resources == 1 else "fail"
    title = format_html("SCIM: {} still {} with “{}”.", counted(resources, "resource"), verb, template_text(template))
    facts = f"{counted(requests, 'failed request')} in this range"
    if again:
        facts += f"; {again:,} of the resources had healed before, and failed again"
    words = format_html("{}: {}.", text(subject), facts)
    return Say("warn" if again else "bad", "repeat" if again else "circle-dot", title, words, way)


def locked_out(people: int, apps: Sequence[str], newest: str, way: Way) -> Say:
    """People who were denied in the range and have not got in since. `newest` is when the last of them tried."""
    are = "is" if people == 1 else "are"
    place = format_html("at {}", text(apps[0])) if len(apps) == 1 else f"at {counted(len(apps), 'app')}"
    title = format_html("{} {} still locked out, {}.", counted(people, "person", "people"), are, place)
    return Say("bad", "lock", title, f"The last try was at {newest}; no login of them there was allowed since.", way)


# Calm


def unknown(range: str, line: str, way: Way) -> Say:
    """Nothing of the range is known of the logins."""
    return Say("", "circle-dashed", f"What happened {range} is not known.", text(line), way)


def quiet(range: str, *, knows_scim: bool) -> Say:
    """No denial and no failure, in a range of which all is known."""
    if not knows_scim:
        return Say("good", "circle-check", f"No denial {range}.", "No SCIM log is read, so nothing is said of it.")
    title = f"No denial and no failure {range}."
    return Say("good", "circle-check", title, "Both logs were read for all of this range.")


def quiet_where_known(range: str, lines: Sequence[str], way: Way) -> Say:
    """No denial and no failure, in a range of which a part is not known."""
    title = f"No denial and no failure on record {range}, of which a part is not known."
    return Say("", "alert-triangle", title, text(" ".join(lines)), way)


def nobody_out(range: str, denied: int, people: int, failures: int, lines: Sequence[str]) -> Say:
    """Denials or failures, none of which leaves a known person or resource out. `lines` say what is not known."""
    facts = [_denials(denied)] if denied else []
    facts += [f"{counted(failures, 'failed SCIM request')}"] if failures else []
    found = " and ".join(facts)
    ends = []
    if denied:
        it, names = ("it", "names") if denied == 1 else ("they", "name")
        ends.append(f"everybody {it} {names} has got in since" if people else f"{it} {names} nobody")
    if failures:
        ends.append("no problem that is watched is open")
    title = f"{found} {range}; {' and '.join(ends)}."
    return Say("", "alert-triangle" if lines else "circle-check", title, text(" ".join(lines)) if lines else "")


def _denials(count: int) -> str:
    return counted(count, "denial")
