"""What a verdict says in words, and with which rows it proves it."""

from __future__ import annotations

import re
from datetime import UTC, timedelta

import pytest

from logsync.insight.sentence import Quote, Sentence
from logsync.insight.verdict.facts import Login, Update
from logsync.insight.verdict.rules import LIMITS
from logsync.insight.verdict.sentences import SENTENCES, fill
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
    sentences = [line.sentence, line.detail] if line.detail else [line.sentence]
    return " ".join(sentence.text(clock) for sentence in sentences)


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES)
def test_no_sentence_overclaims(sentence):
    found = [word for word in FORBIDDEN if re.search(rf"\b{word}\b", sentence.lower())]
    # That something never was is only ever said of the logs we have.
    assert found == (["never"] if "in the logs we have, which start" in sentence else [])


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            "logins none",
            "No login data for the last 7 days has been synced, so nothing can be said about ada@example.com yet. "
            "Its backfill has not come to it yet.",
        ),
        (
            "S off ok -180, jira+ -100, wiki+ -50",
            "Deactivated by SCIM at 19 11:06, but got in to Jira at 19 12:26, 80 minutes later.",
        ),
        (
            "SCIM hole -150..-120, S off ok -180, jira+ -100",
            "Deactivated by SCIM at 19 11:06, but got in to Jira at 19 12:26, 80 minutes later. Some SCIM updates are "
            "missing (Okta: 19 11:36 to 19 12:06), so a reactivation there would not show.",
        ),
        (
            "S off ok -180, jira- -100, jira- -100, wiki- -50",
            "Deactivated by SCIM at 19 11:06. Since then 2 attempts denied, none successful.",
        ),
        (
            "jira- -10, 5 others jira- -12",
            "Denied at Jira, like 5 of 5 other people who tried since 19 13:26. "
            "Never had access to Jira in the logs we have, which start at 22 14:06: 1 attempt denied, at 19 13:56.",
        ),
        (
            "jira+ -900, jira- -10, 5 others jira- -12",
            "Denied at Jira, like 5 of 5 other people who tried since 19 13:26. "
            "Locked out of Jira since 19 13:56: 1 attempt denied, none successful.",
        ),
        (
            "jira- -12, jira- -10",
            "Never had access to Jira in the logs we have, which start at 22 14:06: 2 attempts denied, the last at "
            "19 13:56.",
        ),
        (
            "jira+ -900, jira- -12, jira- -10",
            "Locked out of Jira since 19 13:54: 2 attempts denied, none successful. "
            "Last got in at 18 23:06, 15 hours earlier.",
        ),
        (
            "hole -300..-200, jira+ -900, jira- -10",
            "Locked out of Jira since 19 13:56: 1 attempt denied, none successful in the logs we have. "
            "Last got in at 18 23:06, 15 hours earlier, in the logs we have.",
        ),
        (
            "jira- -12, jira+ -10",
            "Not locked out of Jira now, as far as the logs show: 1 attempt denied, then got in at 19 13:56, 2 minutes "
            "later.",
        ),
        (
            "hole -300..-200, jira- -12, jira+ -10",
            "Not locked out of Jira now, as far as the logs we have show: 1 attempt denied, then got in at 19 13:56, "
            "2 minutes later.",
        ),
        (
            "wiki- -12000, jira- -12, jira+ -10",
            "Not locked out of Jira now, as far as the logs show: 1 attempt denied, then got in at 19 13:56, 2 minutes "
            "later.",
        ),
        ("jira+ -10", "No denied logins in the last 7 days; last got in to Jira at 19 13:56."),
        (
            "hole -300..-200, jira+ -10",
            "No denied logins in the last 7 days; last got in to Jira at 19 13:56, in the logs we have.",
        ),
        (
            "jira? -10",
            "No denied logins in the last 7 days. Cloudflare recorded no result for 1 attempt.",
        ),
        (
            "jira- -20000",
            "No login attempts in the last 7 days; the most recent one was denied at Jira at 05 16:46.",
        ),
        (
            "jira? -20000",
            "No login attempts in the last 7 days; the most recent one, at Jira at 05 16:46, has no result.",
        ),
        ("S other ok -100", "No logins since 22 14:06; seen only in SCIM (1 update since 19 12:26)."),
        ("eve@ jira+ -10", "No logins or SCIM updates found for ada@example.com since 22 14:06."),
        (
            "ada@ jira+ -10 user_email=ada@example.org, add@ jira+ -20",
            "No logins or SCIM updates found for ada@example.com since 22 14:06. "
            "Did you mean add@example.com, ada@example.org?",
        ),
        (
            "jira- -10 action=logout",
            "No logins or SCIM updates found for ada@example.com since 22 14:06; the address appears only in 1 row "
            "that isn’t a login (Log-out).",
        ),
        (
            "jira- -10 action=logout, jira- -9 action=logout, jira- -8 action=enrol, wiki+ -5 nonidentity",
            "No logins or SCIM updates found for ada@example.com since 22 14:06; the address appears only in 1 row "
            "from service tokens or other services, 3 rows that aren’t logins (Log-out, enrol).",
        ),
        (
            "S other ok -100, jira- -10 action=logout",
            "No logins since 22 14:06; seen only in SCIM (1 update since 19 12:26) and in 1 row that isn’t a login "
            "(Log-out).",
        ),
        (
            "jira- -10 untimed",
            "Never had access to Jira in the logs we have, which start at 22 14:06: 1 attempt denied, at an unknown "
            "time.",
        ),
        (
            "jira+ -900 untimed, jira- -10",
            "Locked out of Jira since 19 13:56: 1 attempt denied, none successful. Last got in at an unknown time.",
        ),
        (
            "jira- -12, jira+ -10 untimed",
            "Not locked out of Jira now, as far as the logs show: 1 attempt denied, then got in at an unknown time.",
        ),
        ("jira+ -10 untimed", "No denied logins in the last 7 days; last got in to Jira at an unknown time."),
        (
            "S other ok -100 untimed",
            "No logins since 22 14:06; seen only in SCIM (1 update since (no time given)).",
        ),
        (
            "jira- -20, jira+ -10 action=logout",
            "Never had access to Jira in the logs we have, which start at 22 14:06: 1 attempt denied, at 19 13:46.",
        ),
    ],
)
def test_headline_is_as_expected(judged, rows, sentence):
    verdict = judged(rows)
    assert words(verdict.headline or verdict.coverage[0]) == sentence


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        (
            "jira+ -900 azureAD, jira- -10",
            "The last denied attempt used Okta; the last successful login there used Microsoft Entra ID.",
        ),
        (
            "jira+ -900 DE 203.0.113.9, jira- -10",
            "The last denied attempt came from 192.0.2.7 (NL); the last successful login there came from 203.0.113.9 "
            "(DE).",
        ),
        ("jira- -10, 5 others jira+ -9", "5 other people got in to Jira in the same time."),
        (
            "jira+ -900, S grp-out ok -60, jira- -10, jira- -9",
            "Removed from eng by SCIM at 19 13:06, between the last successful and the first denied login.",
        ),
        ("jira- -10, wiki+ -12", "Got in to Wiki at 19 13:54 through the same provider, Okta."),
        (
            "jira- -10, nobody jira- -12, nobody jira- -12, nobody wiki- -12",
            "2 denied attempts (3 rows) without an e-mail came from the same IP address around that time.",
        ),
        (
            "S grp-in ok -10.5, jira- -10, jira+ -8",
            "Denied 30 seconds after a SCIM group change, let in 2 minutes after that. This fits the pause of up to a "
            "minute after a session is revoked (session revocation: unknown).",
        ),
        (
            "jira+ -30 u1, a.l@ jira+ -5 u1",
            "The same user_id also logs in as a.l@example.com, which got in to Jira at 19 14:01.",
        ),
        (
            "S other FAILED -20, S other FAILED -10",
            "2 SCIM requests about ada@example.com have been failing. Cloudflare’s documentation says that SCIM "
            "provisioning of a person starts only after their first login; there is none since 22 14:06.",
        ),
        (
            "S on ok -190 idp_id=entra, S off ok -180, jira+ -100",
            "Okta deactivated this person at 19 11:06, but entra still has them active; they got in to Jira at "
            "19 12:26, 80 minutes later.",
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
        "3 SCIM requests about this person have been failing since 19 13:46: no and 1 other error. Cloudflare"
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
        "Check that this person is assigned to Jira, under this e-mail address.",
        "Look up Ray ID 9a47c89621af1fe6 in Cloudflare, or run the Access policy tester for ada@example.com.",
    ]


def test_policy_tester_replaces_missing_ray_id(judged):
    assert words(judged("jira- -10 ray_id=").next_steps[1]) == "Run the Access policy tester for ada@example.com."


def test_advice_names_provider_concerned(judged):
    verdict = judged("jira+ -900, S off ok -180, S other FAILED -20 idp_id=entra cf_resource_id=cf-ada")
    assert words(verdict.next_steps[0]) == "Check the person’s account in entra (session revocation: unknown)."


@pytest.mark.parametrize(("deprovision", "word"), [(True, "on"), (False, "off"), (None, "unknown")])
def test_deactivation_shows_provider_setting(judged, okta, deprovision, word):
    okta.user_deprovision = deprovision
    okta.save()
    verdict = judged("S off ok -180, jira- -100")
    assert words(verdict.next_steps[0]) == f"Check the person’s account in Okta (session revocation: {word})."


@pytest.mark.parametrize(("behavior", "word"), [("reauth", "on"), ("automatic", "off"), ("", "unknown")])
def test_only_reauth_revokes_sessions_on_groups(judged, okta, behavior, word):
    okta.identity_update_behavior = behavior
    okta.save()
    [note] = judged("S grp-in ok -10.5, jira- -10, jira+ -8").notes
    assert words(note).endswith(f"(session revocation: {word}).")


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
    assert [app.name for app in verdict.never] == ["Grafana", "Wiki"]


def test_lost_and_never_had_access_stay_apart(judged):
    verdict = judged("jira+ -900, jira- -10, wiki+ -900, wiki- -30, grafana- -20")
    assert [app.name for app in verdict.lost] == ["Wiki"]
    assert [app.name for app in verdict.never] == ["Grafana"]


def test_unmentioned_newest_app_is_listed(judged):
    assert [app.name for app in judged("S off ok -180, jira- -100").never] == ["Jira"]


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
    assert words(note).startswith("2 SCIM requests about this person have been failing since 19 13:46: no.")
    assert [(row.at - NOW).total_seconds() / 60 for row in note.evidence] == [-20, -10]
    [failures] = note.failures
    assert (failures.requests, failures.since) == (2, NOW - timedelta(minutes=20))


def test_nearby_facts_only_fit_together(judged):
    verdict = judged("jira+ -900, S grp-out ok -60, jira- -10")
    assert {line.id: line.certainty for line in verdict.notes}["N7"] == Certainty.FITS


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ("S off ok -180, jira+ -100", "If this person should no longer have access, revoke their sessions in"),
        ("S off ok -180, jira- -100", "Check the person’s account in Okta"),
        ("jira- -10, 5 others jira- -12", "Find out what the denied people at Jira have in common"),
        ("jira+ -900, jira- -10", "Look up Ray ID"),
        ("jira- -12, jira+ -10", "If the login succeeded, check the app, cookies or session."),
        ("jira+ -20000", "Ask for the Ray ID or IP address on the block page"),
        ("S other ok -100", "Ask for the Ray ID or IP address on the block page"),
        ("eve@ jira+ -10", "Check the spelling, and whether the person uses another e-mail address."),
        ("jira- -10 user_email=non_identity@team.cloudflareaccess.com", "Check the spelling"),
    ],
)
def test_every_headline_has_a_next_step(judged, rows, first):
    assert words(judged(rows).next_steps[0]).startswith(first)


def test_every_limit_belongs_to_sentence():
    assert set(LIMITS) <= set(SENTENCES)
    assert {limit for limits in LIMITS.values() for limit in limits} <= set(SENTENCES)


def test_log_text_is_distinguished_from_wording():
    sentence = fill("N8", app=Quote("never **mind**"), at=NOW, connection=Quote("{email}"))
    assert sentence.text(clock, lambda text: f"<{text}>") == (
        "Got in to <never **mind**> at 19 14:06 through the same provider, <{email}>."
    )


def test_unlisted_sentence_cannot_be_used():
    with pytest.raises(KeyError):
        list(Sentence("H99", SENTENCES).parts())
