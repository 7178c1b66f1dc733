"""Nothing is called zero, complete or unknown that is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tests.worlds.look import Asked, Look
from tests.worlds.reading import Reading
from tests.worlds.world import KNOWN, Log, State, Stretch

ABSENCE = re.compile(r"^(No|Nobody|Nothing|None)\b")
# Words that say that more may come, or that not all is known.
HEDGE = re.compile(
    r"so far|may still|not known|unknown|on record|covered time|logs we have|that is known|as far as|do not know|"
    r"don’t know|"
    r"not (yet )?(been )?(read|synced|asked)|could not|cannot be read|not readable|provisional|refused|is known|"
    r"may hold|still to be read|hidden by|filter|late|were kept|deleted",
    re.IGNORECASE,
)
REAL_ZERO = re.compile(r"So there were none|So this is a zero", re.IGNORECASE)
ALL_READ = re.compile(r"were read for all of this range|was read for all of this range")
NOTHING_KNOWN = re.compile(
    r"nothing (of it )?is known|nothing of this range (has been|was|is)|nobody can tell|never asked for", re.IGNORECASE
)
PAST_REACH = re.compile(r"past (what )?Cloudflare(’|')s? (still has|retention|reach)|no longer has", re.IGNORECASE)
# How long Cloudflare keeps a log is known only where it was asked for older time in vain; else time "may leave".
RETENTION = re.compile(r"known to keep|\bleaves Cloudflare(’|')s? reach|about to be lost", re.IGNORECASE)
# "Complete from 12 Nov 14:06 to 13:51 UTC": a time without a day is of today.
MOMENT = r"(?:(\d{1,2} [A-Z][a-z]{2}(?: \d{4})?) )?(\d\d:\d\d)"
FROM_TO = re.compile(rf"\b(Complete|Synced) from {MOMENT} to {MOMENT} UTC(.*)")
ALL_COMPLETE = re.compile(r"^.+: complete\b")


def check_emptiness(look: Look, path: str, page: Reading, logs: Sequence[Log], shown: Callable[[Log], int]) -> None:
    """What a page about these logs says of time; `shown` is how many rows of a log it shows."""
    asked = look.asked(path)
    states = look.truth.states(logs, asked.since, asked.until)
    is_settled = states == {State.SETTLED} and bool(logs)
    for sentence, logs_there in _by_section(page, logs):
        if REAL_ZERO.search(sentence) or ALL_READ.search(sentence):
            look.claim("zero", is_settled, path, f"says “{sentence}” of time that is {_named(states)}")
        if NOTHING_KNOWN.search(sentence):
            _check_nothing_known(look, path, sentence, meant(sentence, logs_there), shown)
        check_times(look, path, sentence, meant(sentence, logs_there))
        if PAST_REACH.search(sentence):
            named = meant(sentence, logs_there)
            gone = any(part.state is State.GONE for log in named for part in log.stretches)
            look.claim("past reach", gone, path, f"says “{sentence}”, but Cloudflare was never asked in vain")
    if logs and page.empty and ABSENCE.match(page.empty) and not HEDGE.search(page.empty):
        look.claim("zero", is_settled, path, f"says “{page.empty}” of time that is {_named(states)}")


def _check_nothing_known(
    look: Look, path: str, sentence: str, logs: Sequence[Log], shown: Callable[[Log], int]
) -> None:
    """Nothing is known of these logs. Of some that are called the same, it may be any."""
    asked = look.asked(path)
    known = [any(part.is_known and _is_inside(part, asked, look) for part in log.stretches) for log in logs]
    rows = [shown(log) for log in logs]
    are_alike = len({log.name for log in logs}) == 1
    is_known, has_rows = (all(known), all(rows)) if are_alike else (any(known), any(rows))
    look.claim("nothing known", not (logs and is_known), path, f"says “{sentence}”, but part of it is known")
    look.claim("nothing known", not (logs and has_rows), path, f"says “{sentence}” above {sum(rows)} rows")


def check_times(look: Look, path: str, sentence: str, logs: Sequence[Log]) -> None:
    """Time that is called complete or synced is so, in every log that is meant."""
    asked = look.asked(path)
    if found := FROM_TO.search(sentence):
        since = _moment_of(look, found[2], found[3]) + timedelta(minutes=1)
        until = _moment_of(look, found[4], found[5])
        right = {State.SETTLED} if found[1] == "Complete" else KNOWN
        if "except" not in found[6] and since < until:
            _check_states(look, path, sentence, logs, (since, until), right)
    elif ALL_COMPLETE.search(sentence):
        _check_states(look, path, sentence, logs, (asked.since, asked.until), {State.SETTLED})


def _check_states(
    look: Look,
    path: str,
    sentence: str,
    logs: Sequence[Log],
    span: tuple[datetime | None, datetime | None],
    right: set[State],
) -> None:
    states = [look.truth.states([log], *span) for log in logs]
    every = any if len({log.name for log in logs}) == 1 else all
    named = _named(set().union(*states))
    look.claim("time", every(found <= right for found in states), path, f"says “{sentence}” of time that is {named}")


def _moment_of(look: Look, day: str | None, time: str) -> datetime:
    today = f"{look.world.now:%d %b}"
    return datetime.strptime(f"{day or today} {look.world.now.year} {time}", "%d %b %Y %H:%M").replace(tzinfo=UTC)


def _by_section(page: Reading, logs: Sequence[Log]) -> Iterator[tuple[str, Sequence[Log]]]:
    """Each sentence, with the logs that its section is about."""
    of_logins = [log for log in logs if not log.is_scim]
    of_scim = [log for log in logs if log.is_scim]
    about = {
        "over-time": of_logins,
        "apps": of_logins,
        "lost-access": of_logins,
        "never-had-access": of_logins,
        "problems": of_scim,
    }
    for sentence in page.said:
        # That card speaks of the whole of each log, and names it in the line above.
        if sentence.section != "fresh":
            yield sentence.text, about.get(sentence.section, logs)


def check_export(look: Look, path: str, logs: Sequence[Log]) -> None:
    """The kind in the name of a file, and its header field, are true."""
    rows, headers = look.export(path)
    found = re.search(r"-(\w+)\.csv", headers["Content-Disposition"])
    kind = found[1] if found else ""
    asked = look.asked(path)
    states = look.truth.states(logs, asked.since, asked.until)
    right = {
        "complete": states == {State.SETTLED},
        "provisional": states <= KNOWN and states != {State.SETTLED},
        # Time that a late row has just proved incomplete is known but for what else is late.
        "partial": bool(states & KNOWN or rows) and (not states <= KNOWN or State.LATE in states),
        "unknown": not states & KNOWN,
    }
    look.claim(
        "export", right.get(kind, False), path, f"is called {kind or 'nothing'}, and its time is {_named(states)}"
    )
    if kind == "unknown":
        look.claim("export", not rows, path, f"is called unknown with {len(rows)} rows")


def check_accounts(look: Look, path: str, page: Reading, account_ids: set[str]) -> None:
    """A page about some accounts names no other."""
    for company in look.world.companies:
        if company.account_id not in account_ids:
            named = [sentence for sentence in page.sentences if company.name in sentence]
            look.claim(
                "other account", not named, path, f"is not about {company.name}, but says “{' … '.join(named[:2])}”"
            )


def meant(sentence: str, logs: Sequence[Log]) -> list[Log]:
    """The logs that a sentence names by their account and provider; all where it names none.

    What a chart is "without" is left out: the rest of what it says is about the others.
    """
    left_out = [log for log in logs if f"ithout {log.account.name}, logins" in sentence and not log.is_scim]
    logs = [log for log in logs if log not in left_out] if len(left_out) < len(logs) else logs
    sentence = re.sub(r"\b[Ww]ithout .*?, logins", "", sentence)
    named = [log for log in logs if log.account.name in sentence] or list(logs)
    if re.search(r"\bSCIM\b", sentence):
        named = [log for log in named if log.is_scim] or named
        if apart := re.search(r"\(([0-9a-f-]{6,8})\)", sentence):
            # Providers of one name are told apart by the beginning of their ids.
            named = [log for log in named if log.idp_id.startswith(apart[1])] or named
        return [log for log in named if log.is_scim and log.provider_name in sentence] or named
    if re.search(r"\b[Ll]ogins?\b", sentence):
        return [log for log in named if not log.is_scim] or named
    return named


def _is_inside(part: Stretch, asked: Asked, look: Look) -> bool:
    return part.since < (asked.until or look.world.now) and (asked.since is None or asked.since < part.until)


def _named(states: set[State]) -> str:
    return ", ".join(sorted(states)) or "of no log"
