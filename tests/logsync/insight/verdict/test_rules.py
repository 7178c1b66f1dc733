"""What a verdict says in words, and with which rows it proves it."""

from __future__ import annotations

import re
from datetime import UTC, timedelta

import pytest

from logsync.insight.verdict.facts import Login, Update
from logsync.insight.verdict.rules import LIMITS
from logsync.insight.verdict.sentences import SENTENCES, Quote, Sentence, fill
from logsync.insight.verdict.statement import Certainty
from logsync.models import AccessRequest, ScimUpdate
from tests.conftest import NOW

FORBIDDEN = (
    "because",
    "due to",
    "caused by",
    "therefore",
    "policy denied",
    "no permission",
    "mfa failed",
    "hacked",
    "blocked by scim",
    "always",
    "never",
)


def clock(moment):
    return f"{moment.astimezone(UTC):%d %H:%M}"


def words(line):
    return line.sentence.text(clock)


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES)
def test_no_sentence_overclaims(sentence):
    found = [word for word in FORBIDDEN if re.search(rf"\b{word}\b", sentence.lower())]
    assert found == []


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            "logins none",
            "No login data for the last 7 days has been synced: nothing can be said about ada@example.com yet. "
            "Its backfill has not come to it yet.",
        ),
        (
            "S off ok -180, jira+ -100, wiki+ -50",
            "Deactivated by SCIM at 19 11:06, yet allowed at Jira at 19 12:26, 80 min later.",
        ),
        (
            "SCIM hole -150..-120, S off ok -180, jira+ -100",
            "Deactivated by SCIM at 19 11:06, yet allowed at Jira at 19 12:26, 80 min later; SCIM updates of Okta are "
            "missing for 19 11:36 to 19 12:06, a reactivation there would not show.",
        ),
        (
            "S off ok -180, jira- -100, jira- -100, wiki- -50",
            "Deactivated by SCIM at 19 11:06. Since then 2 denied (3 rows), none allowed.",
        ),
        (
            "jira- -10, 5 others jira- -12",
            "Not only ada@example.com: 5 of 5 other people were denied at Jira since 19 13:26.",
        ),
        (
            "jira- -12, jira- -10",
            "Denied 2x at Jira, last 19 13:56. No allowed login there on record since 22 14:06.",
        ),
        (
            "jira+ -900, jira- -12, jira- -10",
            "Denied 2x at Jira since 19 13:54; last allowed 18 23:06, 15 h before. None allowed since.",
        ),
        (
            "hole -300..-200, jira+ -900, jira- -10",
            "Denied 1x at Jira since 19 13:56; last allowed in the covered time 18 23:06, 15 h before. None "
            "allowed since in the covered time.",
        ),
        (
            "jira- -12, jira+ -10",
            "Denied 1x at Jira, then allowed at 19 13:56, 2 min later. Not locked out now, as far as the log shows.",
        ),
        (
            "wiki- -12000, jira- -12, jira+ -10",
            "Denied 1x at Jira, then allowed at 19 13:56, 2 min later. Not locked out there now, as far as the log "
            "shows.",
        ),
        ("jira+ -10", "No denial on record in the last 7 days; last allowed at Jira, 19 13:56."),
        (
            "jira? -10",
            "No denial on record in the last 7 days. Cloudflare did not say what became of 1 attempt.",
        ),
        ("jira- -20000", "No login attempt recorded in the last 7 days; the last one was denied at Jira, 05 16:46."),
        ("S other ok -100", "Known from SCIM only (1 update since 19 12:26); no login on record since 22 14:06."),
        ("eve@ jira+ -10", "ada@example.com occurs in no login or SCIM row since 22 14:06."),
        (
            "ada@ jira+ -10 user_email=ada@example.org, add@ jira+ -20",
            "ada@example.com occurs in no login or SCIM row since 22 14:06. Similar: add@example.com, ada@example.org.",
        ),
        (
            "jira- -10 action=logout",
            "No login and no SCIM update of ada@example.com on record since 22 14:06; the address is in 1 row that is "
            "no login (Log-out).",
        ),
        (
            "jira- -10 action=logout, jira- -9 action=logout, jira- -8 action=enrol, wiki+ -5 nonidentity",
            "No login and no SCIM update of ada@example.com on record since 22 14:06; the address is in 1 row of "
            "service tokens or other services, 3 rows that are no logins (Log-out, enrol).",
        ),
        (
            "S other ok -100, jira- -10 action=logout",
            "No login on record since 22 14:06; known from SCIM (1 update since 19 12:26) and from 1 row that is no "
            "login (Log-out).",
        ),
        (
            "jira- -10 untimed",
            "Denied 1x at Jira, last (no time given). No allowed login there on record since 22 14:06.",
        ),
        (
            "jira+ -900 untimed, jira- -10",
            "Denied 1x at Jira since 19 13:56; last allowed (no time given). None allowed since.",
        ),
        (
            "jira- -12, jira+ -10 untimed",
            "Denied 1x at Jira, then allowed at (no time given). Not locked out now, as far as the log shows.",
        ),
        ("jira+ -10 untimed", "No denial on record in the last 7 days; last allowed at Jira, (no time given)."),
        (
            "S other ok -100 untimed",
            "Known from SCIM only (1 update since (no time given)); no login on record since 22 14:06.",
        ),
        (
            "jira- -20, jira+ -10 action=logout",
            "Denied 1x at Jira, last 19 13:46. No allowed login there on record since 22 14:06.",
        ),
    ],
)
def test_headline_is_as_expected(judged, rows, sentence):
    verdict = judged(rows)
    assert words(verdict.headline or verdict.coverage[0]) == sentence


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ("jira+ -900 azureAD, jira- -10", "Now Okta; the last allowed login there used Microsoft Entra ID."),
        (
            "jira+ -900 DE 203.0.113.9, jira- -10",
            "Now from 192.0.2.7 (NL); the last allowed login came from 203.0.113.9 (DE).",
        ),
        ("jira- -10, 5 others jira+ -9", "5 other people were allowed at Jira in the same time."),
        (
            "jira+ -900, S grp-out ok -60, jira- -10, jira- -9",
            "Removed from eng by SCIM at 19 13:06, between the last allowed and the first denied login.",
        ),
        ("jira- -10, wiki+ -12", "Allowed at Wiki at 19 13:54 through the same provider, Okta."),
        (
            "jira- -10, nobody jira- -12, nobody jira- -12, nobody wiki- -12",
            "2 denied attempts (3 rows) without an e-mail came from the same IP.",
        ),
        (
            "S grp-in ok -10.5, jira- -10, jira+ -8",
            "Denied 30 s after a SCIM group change, allowed 2 min later: fits the pause of up to a minute after a "
            "session is revoked (setting: unknown).",
        ),
        (
            "jira+ -30 u1, a.l@ jira+ -5 u1",
            "The same user_id also logs in as a.l@example.com; that address was allowed at Jira, 19 14:01.",
        ),
        (
            "S other FAILED -20, S other FAILED -10",
            "2 SCIM requests about ada@example.com are failing. Cloudflare documents that provisioning of a person "
            "begins only after a first login; none is on record since 22 14:06.",
        ),
        (
            "S on ok -190 idp_id=entra, S off ok -180, jira+ -100",
            "Okta deactivated this person at 19 11:06, but entra still has them active; they got in to Jira at "
            "19 12:26, 80 min later.",
        ),
        (
            "S on ok -190 idp_id=entra, S on ok -190 idp_id=saml, S off ok -180, jira- -100",
            "Okta deactivated this person at 19 11:06, but entra, saml still have them active.",
        ),
    ],
)
def test_note_has_expected_wording(judged, rows, note):
    assert note in [words(line) for line in judged(rows).notes]


def test_failing_requests_are_counted_and_explained(judged):
    [note] = judged("jira+ -900, S other FAILED -20, S other FAILED -10, S grp-in FAILED -5").notes
    assert words(note).startswith(
        "3 SCIM requests about this person are failing since 19 13:46: no and 1 other error. As"
    )


@pytest.mark.parametrize(
    ("rows", "limits"),
    [
        ("S off ok -180, jira+ -100", "K2 K5"),
        ("S off ok -180, jira- -100", "K2 K5"),
        ("jira- -10, 5 others jira- -12", "K1"),
        ("jira- -10", "K1 K6"),
        ("jira+ -900, jira- -10", "K1"),
        ("jira- -12, jira+ -10", "K3"),
        ("jira+ -10", "K3 K4"),
        ("jira+ -20000", "K4"),
        ("S other ok -100", "K4 K7"),
        ("eve@ jira+ -10", "K4 K6"),
        ("jira+ -10, S other FAILED -20", "K2 K3 K4"),
        ("jira+ -900, S grp-out ok -60, jira- -10", "K1 K2"),
        ("S on ok -190 idp_id=entra, S off ok -180, jira+ -100", "K2 K3 K4"),
    ],
)
def test_limits_of_log_are_stated(judged, rows, limits):
    assert " ".join(line.id for line in judged(rows).limits) == limits


def test_last_denials_ray_id_comes_next(judged):
    verdict = judged("jira- -10 ray_id=9a47c89621af1fe6")
    assert [words(line) for line in verdict.next_steps] == [
        "Open Ray ID 9a47c89621af1fe6 in Cloudflare, or run the policy tester for ada@example.com.",
        "Check the spelling and other addresses.",
    ]


def test_policy_tester_replaces_missing_ray_id(judged):
    assert words(judged("jira- -10 ray_id=").next_steps[0]) == "Run the policy tester for ada@example.com."


def test_advice_names_provider_concerned(judged):
    verdict = judged("jira+ -900, S off ok -180, S other FAILED -20 idp_id=entra cf_resource_id=cf-ada")
    assert words(verdict.next_steps[0]) == "Check the account in entra; session revocation is unknown."


@pytest.mark.parametrize(("deprovision", "word"), [(True, "on"), (False, "off"), (None, "unknown")])
def test_deactivation_shows_provider_setting(judged, okta, deprovision, word):
    okta.user_deprovision = deprovision
    okta.save()
    verdict = judged("S off ok -180, jira- -100")
    assert words(verdict.next_steps[0]) == f"Check the account in Okta; session revocation is {word}."


@pytest.mark.parametrize(("behavior", "word"), [("reauth", "on"), ("automatic", "off"), ("", "unknown")])
def test_only_reauth_revokes_sessions_on_groups(judged, okta, behavior, word):
    okta.identity_update_behavior = behavior
    okta.save()
    [note] = judged("S grp-in ok -10.5, jira- -10, jira+ -8").notes
    assert words(note).endswith(f"(setting: {word}).")


@pytest.mark.parametrize(
    ("rows", "minutes"),
    [
        ("S off ok -180, jira+ -100, jira+ -90, jira+ -80", [-180, -100, -80]),
        ("S off ok -180, jira- -100, jira- -90, jira- -80", [-180, -100, -80]),
        ("jira- -30, jira- -20, jira- -10", [-30, -10]),
        ("jira- -950, jira+ -900, jira- -30, jira- -20, jira- -10", [-900, -30, -10]),
        ("jira- -12, jira- -11, jira+ -10, jira+ -9", [-11, -10]),
        ("jira+ -12, jira+ -10", [-10]),
        ("jira+ -20000, jira+ -19000", [-19000]),
        ("S other ok -100, S on ok -90", [-90]),
        ("eve@ jira+ -10", []),
    ],
)
def test_headline_evidence_is_its_rows(judged, rows, minutes):
    evidence = judged(rows).headline.evidence
    assert [(row.at - NOW) / timedelta(minutes=1) for row in evidence] == pytest.approx(minutes)


def test_denial_count_links_exactly_those_rows(judged):
    selection = judged("jira- -950, jira+ -900, jira- -30, jira- -30, wiki- -25, jira- -10").headline.selection
    rows = AccessRequest.objects.filter(
        allowed=selection.allowed, app_uid=selection.app_uid, created_at__range=(selection.since, selection.last)
    )
    assert rows.count() == selection.rows == 3


def test_other_denied_people_can_be_compared(judged):
    headline = judged("jira- -15, jira- -10, 5 others jira- -12").headline
    assert (headline.comparison.app_uid, headline.comparison.since) == ("uid-jira", NOW - timedelta(minutes=45))
    assert [(row.person, row.at) for row in headline.evidence[:2]] == [
        ("ada@example.com", NOW - timedelta(minutes=10)),
        ("other0@example.com", NOW - timedelta(minutes=12)),
    ]


def test_other_allowed_people_are_linked(judged):
    [note] = judged("jira- -10, 7 others jira+ -9").notes
    assert (note.comparison.app_uid, note.comparison.since) == ("uid-jira", NOW - timedelta(minutes=40))


def test_notes_have_their_own_evidence(judged):
    verdict = judged("jira+ -900, S grp-out ok -60, jira- -10, nobody jira- -12, wiki+ -12")
    kinds = {line.id: [type(row) for row in line.evidence] for line in verdict.notes}
    assert kinds == {"N3": [Login, Login], "N7": [Update], "N8": [Login], "N10": [Login]}


def test_other_denying_apps_are_newest_first(judged):
    verdict = judged("jira- -10, wiki- -30, grafana- -20, payroll- -40, payroll+ -35")
    assert [app.name for app in verdict.out] == ["Grafana", "Wiki"]


def test_unmentioned_newest_app_is_listed(judged):
    assert [app.name for app in judged("S off ok -180, jira- -100").out] == ["Jira"]


def test_failing_requests_link_persons_lists(judged):
    [note] = judged("jira+ -900, S other FAILED -20, S other FAILED -10").notes
    [failures] = note.failures
    rows = ScimUpdate.objects.filter(problem__key=failures.problem, resource=failures.resource)
    assert failures.requests == rows.count() == 2


def test_answered_requests_no_longer_fail(judged):
    rows = (
        "jira+ -900, S other FAILED -800, S other FAILED -700, S other ok -600, S other FAILED -20, S other FAILED -10"
    )
    [note] = judged(rows).notes
    assert words(note).startswith("2 SCIM requests about this person are failing since 19 13:46: no.")
    assert [(row.at - NOW).total_seconds() / 60 for row in note.evidence] == [-20, -10]
    [failures] = note.failures
    assert (failures.requests, failures.since) == (2, NOW - timedelta(minutes=20))


def test_nearby_facts_only_fit_together(judged):
    verdict = judged("jira+ -900, S grp-out ok -60, jira- -10")
    assert {line.id: line.certainty for line in verdict.notes}["N7"] == Certainty.FITS


def test_every_limit_belongs_to_sentence():
    assert set(LIMITS) <= set(SENTENCES)
    assert {limit for limits in LIMITS.values() for limit in limits} <= set(SENTENCES)


def test_log_text_is_distinguished_from_wording():
    sentence = fill("N8", app=Quote("never **mind**"), at=NOW, connection=Quote("{email}"))
    assert sentence.text(clock, lambda text: f"<{text}>") == (
        "Allowed at <never **mind**> at 19 14:06 through the same provider, <{email}>."
    )


def test_unlisted_sentence_cannot_be_used():
    with pytest.raises(KeyError):
        list(Sentence("H99").parts())
