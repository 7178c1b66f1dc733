"""Every sentence about known time, case by case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.page.coverage_words import (
    LogFacts,
    count_words,
    full_sentence,
    kind_of,
    kind_of_all,
    names_listed,
    no_scim,
    sentence_of_all,
    short_reason,
    short_words,
)
from dashboard.page.viewer import Viewer
from logsync.coverage import Coverage
from logsync.spans import Span
from tests.conftest import NOW

LACKS = "Cloudflare answered 403. Give the token the permission “Access: SCIM Logs Read”."
SYNCED = "Synced from 18 Nov 14:06 to 19 Nov"


def span(since, until) -> Span:
    """From so many hours ago to so many hours ago."""
    return Span(NOW - timedelta(hours=since), NOW - timedelta(hours=until))


def known(*, asked=(24, 0), **lists) -> Coverage:
    """What is known of the last day, or of another span; what no list names was not requested."""
    return Coverage(span(*asked), **{name: [span(*ends) for ends in spans] for name, spans in lists.items()})


LAST_QUARTER = (0.25, 0)
# What is known; its kind, its full sentence, and its few words.
CASES = [
    (
        known(settled=[(24, 0)]),
        "complete",
        "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC.",
        "complete",
    ),
    (
        known(settled=[(24, 0.25)], provisional=[LAST_QUARTER]),
        "provisional",
        f"{SYNCED} 14:06 UTC; the last 15 minutes may still change.",
        "synced; the last 15 minutes may still change",
    ),
    (
        # The pause since the last round.
        known(settled=[(24, 0.27)], provisional=[(0.27, 0.02)], waiting=[(0.02, 0)]),
        "provisional",
        f"{SYNCED} 14:05 UTC; the last 17 minutes may still change.",
        "synced; the last 17 minutes may still change",
    ),
    (
        known(asked=(0.25, 0), provisional=[LAST_QUARTER]),
        "provisional",
        "Synced from 19 Nov 13:51 to 19 Nov 14:06 UTC; all of it may still change.",
        "synced; all of it may still change",
    ),
    (
        known(asked=(24, 0.1), settled=[(24, 0.25)], provisional=[(0.25, 0.1)]),
        "provisional",
        f"{SYNCED} 14:00 UTC; the last 9 minutes of this range may still change.",
        "synced; the last 9 minutes of this range may still change",
    ),
    (
        known(settled=[(24, 11), (10.5, 0)], waiting=[(11, 10.5)]),
        "partial",
        f"{SYNCED} 14:06 UTC, except 19 Nov 03:06 to 03:36 (not synced yet).",
        "hole 19 Nov 03:06 to 03:36 (not synced yet) (UTC)",
    ),
    (
        known(settled=[(24, 11), (10, 0)], failed=[(11, 10.5)], beyond=[(10.5, 10)]),
        "partial",
        f"{SYNCED} 14:06 UTC, except 19 Nov 03:06 to 03:36 (could not be read: permission), "
        "19 Nov 03:36 to 04:06 (past Cloudflare’s reach).",
        "hole 19 Nov 03:06 to 03:36 (could not be read: permission), and 1 more hole (UTC)",
    ),
    (
        known(settled=[(24, 11), (10, 0)], late=[(11, 10)]),
        "partial",
        f"{SYNCED} 14:06 UTC, except 19 Nov 03:06 to 04:06 (being read again, as a row arrived late).",
        "hole 19 Nov 03:06 to 04:06 (being read again, as a row arrived late) (UTC)",
    ),
    (
        # Reading stopped: its last provisional minutes were never read again.
        known(settled=[(24, 5.25)], provisional=[(5.25, 5)], waiting=[(5, 0)]),
        "partial",
        f"{SYNCED} 09:06 UTC; 19 Nov 08:51 to 09:06 may still change. Not synced since 19 Nov 09:06.",
        "not synced since 19 Nov 09:06 (UTC)",
    ),
    *(
        (
            known(settled=[(5, 0)], **{name: [(24, 5)]}),
            "partial",
            f"Complete from 19 Nov 09:06 to 19 Nov 14:06 UTC. Earlier time {words}.",
            f"before 19 Nov 09:06 {short} (UTC)",
        )
        for name, words, short in (
            ("waiting", "is not synced yet", "not synced yet"),
            ("failed", "could not be read: permission", "could not be read"),
            ("beyond", "is past Cloudflare’s reach, so rows of it may be missing", "past Cloudflare’s reach"),
            ("refused", "is refused by Cloudflare as too old", "refused by Cloudflare as too old"),
            (
                "unproven",
                "brought no rows, but Cloudflare may no longer have it",
                "no rows sent, so some may be missing",
            ),
            ("deleted", "was deleted here", "deleted here"),
            ("never_asked", "was not requested", "not requested"),
        )
    ),
    (known(waiting=[(24, 0)]), "unknown", "This range has not been synced yet.", "nothing synced yet"),
    (
        known(failed=[(24, 0)]),
        "unknown",
        "This range could not be read: permission.",
        "could not be read",
    ),
    (
        known(beyond=[(24, 0)]),
        "unknown",
        "This range is past Cloudflare’s reach: it sent no rows, and may no longer keep this time.",
        "past Cloudflare’s reach",
    ),
    (
        known(unproven=[(24, 0)]),
        "unknown",
        "Cloudflare sent no rows of this range, and nothing proves that it still has that time.",
        "no rows sent, so some may be missing",
    ),
    (
        known(deleted=[(24, 0)]),
        "unknown",
        "This range was deleted here: it is older than events are kept (KEEP_EVENTS_DAYS).",
        "deleted here",
    ),
    (known(never_asked=[(24, 0)]), "unknown", "This range was not requested.", "not requested"),
    (
        known(beyond=[(24, 5)], waiting=[(5, 0)]),
        "unknown",
        "This range has not been synced yet.",
        "not synced yet, past Cloudflare’s reach",
    ),
    (known(asked=(0, -24), future=[(0, -24)]), "unknown", "This range has not happened yet.", "has not happened yet"),
]


def of(coverage, name="", account="", **values) -> LogFacts:
    failures = [(failed, LACKS) for failed in coverage.failed]
    return LogFacts(name, account, coverage, failures=failures, **values)


@pytest.mark.parametrize(("coverage", "kind", "sentence", "words"), CASES)
def test_every_case_has_its_words(coverage, kind, sentence, words):
    log = of(coverage)
    assert kind_of(coverage, NOW) == kind
    assert full_sentence(log, Viewer(), NOW) == sentence
    assert short_words(log, Viewer(), NOW) == words


def test_refused_time_quotes_cloudflare():
    said = "Cloudflare refuses this time as too old (400, “older than 86400s”). Only newer time can be read."
    whole = of(known(refused=[(24, 0)]), too_old=said, error=LACKS)
    assert full_sentence(whole, Viewer(), NOW) == f"This range could not be read. {said}"
    part = of(known(settled=[(5, 0)], refused=[(24, 5)]), too_old=said)
    assert full_sentence(part, Viewer(), NOW).endswith("is refused by Cloudflare as too old: “older than 86400s”.")


def test_refused_log_says_since_when():
    log = of(known(settled=[(24, 5)], waiting=[(5, 0)]), error=LACKS, error_since=NOW - timedelta(hours=4))
    assert short_words(log, Viewer(), NOW) == "not readable since 19 Nov 09:06 UTC (permission)"
    assert full_sentence(log, Viewer(), NOW) == (
        "Complete from 18 Nov 14:06 to 19 Nov 09:06 UTC. Not readable since 19 Nov 09:06 UTC (permission)."
    )


def test_log_refused_from_the_start():
    log = of(known(waiting=[(24, 0)]), error=LACKS, error_since=NOW - timedelta(hours=4))
    assert short_words(log, Viewer(), NOW) == "not readable since 19 Nov 10:06 UTC (permission)"
    assert full_sentence(log, Viewer(), NOW) == (
        f"This range could not be read: not readable since 19 Nov 10:06 UTC. {LACKS}"
    )


def test_past_range_of_refused_log_is_complete():
    log = of(known(asked=(24, 10), settled=[(24, 10)]), error=LACKS, error_since=NOW)
    assert kind_of(log.coverage, NOW) == "complete"
    assert full_sentence(log, Viewer(), NOW) == "Complete from 18 Nov 14:06 to 19 Nov 04:06 UTC."


def test_log_that_lacks_rows_is_not_complete():
    log = of(known(settled=[(24, 0)]), set_aside=1)
    assert log.kind(NOW) == "partial"
    assert full_sentence(log, Viewer(), NOW) == (
        f"{SYNCED} 14:06 UTC. 1 row couldn’t be read; the sync page shows what arrived."
    )
    assert short_words(log, Viewer(), NOW) == "synced; 1 row set aside as unreadable"
    log = of(known(settled=[(24, 5)], waiting=[(5, 0)]), set_aside=2)
    assert log.kind(NOW) == "partial"
    assert short_words(log, Viewer(), NOW) == "not synced since 19 Nov 09:06 (UTC); 2 rows set aside as unreadable"
    assert of(known(waiting=[(24, 0)]), set_aside=2).kind(NOW) == "unknown"


# Several logs

WELL = known(settled=[(24, 0)])
ALMOST = known(settled=[(24, 0.25)], provisional=[LAST_QUARTER])
ENDED = known(settled=[(24, 5)], waiting=[(5, 0)])
NOTHING = known(waiting=[(24, 0)])


def say(*logs: LogFacts) -> str:
    return sentence_of_all(logs, Viewer(), NOW)


def test_equal_logs_are_one_sentence():
    assert say(of(WELL, "Meridian"), of(WELL, "Zenith")) == "Complete from 18 Nov 14:06 to 19 Nov 14:06 UTC."


def test_logs_without_gaps_are_one_sentence():
    early = known(settled=[(24, 0.3)], provisional=[(0.3, 0.05)], waiting=[(0.05, 0)])
    assert say(of(ALMOST, "Meridian"), of(early, "Zenith")) == (
        f"{SYNCED} 14:03 UTC; the last 18 minutes may still change."
    )
    assert say(of(WELL, "Meridian"), of(ALMOST, "Zenith")) == (
        f"{SYNCED} 14:06 UTC; the last 15 minutes may still change."
    )


def test_refused_log_of_one_account():
    refused = of(NOTHING, "Zenith, SCIM", "Zenith", error=LACKS, error_since=NOW - timedelta(hours=5))
    logs = [of(WELL, "Meridian, logins", "Meridian"), of(WELL, "Meridian, SCIM", "Meridian"), refused]
    assert say(*logs) == "Meridian: complete. Zenith, SCIM: not readable since 19 Nov 09:06 UTC (permission)."


def test_account_is_split_where_logs_differ():
    logs = [of(WELL, "Meridian, logins", "Meridian"), of(NOTHING, "Meridian, SCIM", "Meridian")]
    assert say(*logs, of(WELL, "Zenith, logins", "Zenith")) == (
        "Meridian, logins: complete. Meridian, SCIM: nothing synced yet. Zenith: complete."
    )


def test_many_accounts_stay_one_line():
    well = [of(WELL, f"Company {number}, logins", f"Company {number}") for number in range(57)]
    gaps = [of(ENDED, f"Zenith {number}, logins", f"Zenith {number}") for number in range(3)]
    assert say(*well, *gaps) == "57 of 60 accounts complete; 3 with gaps: Zenith 0, Zenith 1, Zenith 2."
    more = [of(ENDED, f"Other {number}, logins", f"Other {number}") for number in range(40)]
    assert say(*well, *gaps, *more) == "57 of 100 accounts complete; 43 with gaps."


def test_many_accounts_may_still_change():
    well = [of(ALMOST, f"Company {number}, logins", f"Company {number}") for number in range(9)]
    assert say(*well, of(ENDED, "Zenith, logins", "Zenith")) == (
        "9 of 10 accounts synced, of which the last minutes may still change; 1 with gaps: Zenith."
    )


def test_unread_logs_give_reasons_once():
    logs = [of(NOTHING, name, error=LACKS) for name in ("Okta", "Entra")]
    assert say(*logs, of(NOTHING, "Ping")) == f"This range has not been synced yet. {LACKS}"


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        ([], "unknown"),
        (["complete", "complete"], "complete"),
        (["complete", "provisional"], "provisional"),
        (["complete", "unknown"], "partial"),
        (["partial", "provisional"], "partial"),
        (["unknown", "unknown"], "unknown"),
    ],
)
def test_kind_of_several_logs(kinds, kind):
    assert kind_of_all(kinds) == kind


# Other words


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (0, "complete", "0"),
        (0, "provisional", "none so far"),
        (0, "partial", "none known"),
        (0, "unknown", "not known"),
        (1234, "unknown", "1,234"),
    ],
)
def test_zero_is_only_settled_zero(number, kind, words):
    assert count_words(number, kind) == words


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LACKS, "permission"),
        ("Cloudflare answered 500. It is tried again.", "Cloudflare answered 500"),
        ("x" * 200, "x" * 80 + "…"),
        ("", ""),
    ],
)
def test_reason_is_short(error, reason):
    assert short_reason(error) == reason


def test_accounts_without_scim_are_named():
    assert no_scim(["Zenith"], are_all=True) == (
        "No identity provider of this account has SCIM turned on, so there is no SCIM log."
    )
    assert no_scim(["Zenith", "Meridian"], are_all=True).startswith("No identity provider of these accounts")
    assert no_scim(["Zenith"], are_all=False) == "Zenith: no identity provider has SCIM turned on."
    assert no_scim(["Zenith"] * 9, are_all=False) == "9 more accounts have no identity provider with SCIM turned on."


def test_few_names_are_listed():
    assert names_listed(["Zenith, SCIM"]) == "Zenith, SCIM"
    assert names_listed(["A", "B", "C"]) == "A; B and C"
    assert names_listed(["A", "B", "C", "D", "E"]) == "5 logs"
