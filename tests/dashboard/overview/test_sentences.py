"""The sentences that the overview may begin with: a closed list, each as a whole."""

from __future__ import annotations

import html
import re

import pytest
from django.utils.html import strip_tags

from dashboard.lists.empty import Way
from dashboard.overview import sentences
from dashboard.overview.sentences import Headline
from logsync.insight.spikes import ConnectionCount

WAY = Way("Go on", "/somewhere/")
HOSTILE = '"><script>alert(1)</script>\u202e'
OKTA, AZURE = ConnectionCount("okta", 41, 0), ConnectionCount("azureAD", 0, 61)
FORBIDDEN = re.compile(
    r"because|due to|caused by|therefore|policy denied|no permission|MFA failed|hacked|blocked by SCIM|always|never",
    re.IGNORECASE,
)


def app(people=14, out=3, never=0, connections=(OKTA, AZURE), name="Grafana"):
    return sentences.app_denied(name, people, "since 09:12 UTC", out, never, connections, WAY)


CASES = [
    pytest.param(
        sentences.refused("Logins · Meridian", "17 Nov 16:20 UTC", "403: token lacks Audit Logs Read", WAY),
        "Logins · Meridian is refused: not readable since 17 Nov 16:20 UTC.",
        "403: token lacks Audit Logs Read",
        id="refused",
    ),
    pytest.param(
        sentences.refused("Logins · Meridian", "", "403", WAY),
        "Logins · Meridian is refused, and could not be read so far.",
        "403",
        id="refused-from-the-start",
    ),
    pytest.param(
        sentences.losing("SCIM · Okta", "20 Oct 12:00 UTC", "3 h", "It keeps 30 days.", WAY),
        "SCIM · Okta: unread time from 20 Oct 12:00 UTC may be lost within 3 h.",
        "It keeps 30 days. What it drops before it is read is gone for good.",
        id="losing",
    ),
    pytest.param(
        app(),
        "Grafana: 14 people denied since 09:12 UTC; 11 have got in since, 3 are still locked out.",
        "All 41 denials came through okta; in the same time 61 logins there through azureAD were allowed and none "
        "denied.",
        id="app",
    ),
    pytest.param(
        app(out=13, connections=[OKTA, ConnectionCount("azureAD", 0, 1)]),
        "Grafana: 14 people denied since 09:12 UTC; 1 has got in since, 13 are still locked out.",
        "All 41 denials came through okta; in the same time 1 login there through azureAD was allowed and none denied.",
        id="app-one-in",
    ),
    pytest.param(
        app(out=1, connections=[OKTA]),
        "Grafana: 14 people denied since 09:12 UTC; 13 have got in since, 1 is still locked out.",
        "All 41 denials came through okta.",
        id="app-one-out",
    ),
    pytest.param(
        app(out=0, connections=[OKTA, ConnectionCount("azureAD", 2, 9)]),
        "Grafana: 14 people denied since 09:12 UTC; all have got in since.",
        "41 of 43 denials came through okta.",
        id="app-all-in",
    ),
    pytest.param(
        app(out=14, connections=[ConnectionCount("", 3, 0), ConnectionCount("okta", 0, 5)]),
        "Grafana: 14 people denied since 09:12 UTC; nobody has got in since.",
        "",
        id="app-nobody-in",
    ),
    pytest.param(
        app(out=2, never=1, connections=[OKTA]),
        "Grafana: 14 people denied since 09:12 UTC; 11 have got in since, 2 are still locked out, 1 has no successful "
        "login there on record.",
        "All 41 denials came through okta.",
        id="app-three-outcomes",
    ),
    pytest.param(
        app(out=0, never=14, connections=[OKTA]),
        "Grafana: 14 people denied since 09:12 UTC; 14 have no successful login there on record.",
        "All 41 denials came through okta.",
        id="app-nobody-had-access",
    ),
    pytest.param(
        sentences.scim_failing("username <email> already exists", 5, 0, 141, "Entra ID · POST USER", WAY),
        "SCIM: 5 resources still fail with “username ‹email› already exists”.",
        "Entra ID · POST USER: 141 failed requests in this range.",
        id="scim",
    ),
    pytest.param(
        sentences.scim_failing("x", 1, 1, 1, "Okta · PUT USER", WAY),
        "SCIM: 1 resource still fails with “x”.",
        "Okta · PUT USER: 1 failed request in this range; 1 of the resources had healed before, and failed again.",
        id="scim-again",
    ),
    pytest.param(
        sentences.scim_failing("x", 2, 0, 1, "Okta · PUT USER", WAY, "as of 1 Mar 2026 12:00:00 UTC"),
        "SCIM: 2 resources were failing as of 1 Mar 2026 12:00:00 UTC with “x”.",
        "Okta · PUT USER: 1 failed request in this range.",
        id="scim-in-the-past",
    ),
    pytest.param(
        sentences.locked_out(3, ["Grafana"], "13:49 UTC", WAY),
        "3 people are still locked out, at Grafana.",
        "They had access before. The last attempt was at 13:49 UTC; none of them has got in since.",
        id="locked-out-of-one-app",
    ),
    pytest.param(
        sentences.locked_out(1, ["a", "b"], "13:49 UTC", WAY),
        "1 person is still locked out, at 2 apps.",
        "They had access before. The last attempt was at 13:49 UTC; none of them has got in since.",
        id="locked-out-of-two-apps",
    ),
    pytest.param(
        sentences.never_had_access(3, ["Grafana"], WAY),
        "3 people were denied, and have no successful login on record at Grafana.",
        "Nobody lost access that they had before.",
        id="without-access-to-one-app",
    ),
    pytest.param(
        sentences.never_had_access(1, ["a", "b"], WAY),
        "1 person was denied, and has no successful login on record at 2 apps.",
        "Nobody lost access that they had before.",
        id="without-access-to-two-apps",
    ),
    pytest.param(
        sentences.unknown("in the last hour", ["Logins: a.", "SCIM: b."], WAY),
        "Whether anyone was denied in the last hour is not known.",
        "Logins: a. SCIM: b.",
        id="unknown",
    ),
    pytest.param(
        sentences.quiet_so_far("in the last hour", knows_scim=True),
        "No denial and no failure so far in the last hour.",
        "Both logs were read; the last minutes may still change.",
        id="quiet-so-far",
    ),
    pytest.param(
        sentences.quiet_so_far("in the last hour", knows_scim=False),
        "No denial so far in the last hour.",
        "The last minutes may still change. No SCIM log is read, so nothing is said of it.",
        id="quiet-so-far-without-scim",
    ),
    pytest.param(
        sentences.quiet("in the last hour", knows_scim=True),
        "No denial and no failure in the last hour.",
        "Both logs were read for all of this range.",
        id="quiet",
    ),
    pytest.param(
        sentences.quiet("in the last hour", knows_scim=False),
        "No denial in the last hour.",
        "No SCIM log is read, so nothing is said of it.",
        id="quiet-without-scim",
    ),
    pytest.param(
        sentences.quiet_where_known("in the last hour", ["Logins: Known from 12:00 UTC."], WAY),
        "No denial and no failure on record in the last hour, of which a part is not known.",
        "Logins: Known from 12:00 UTC.",
        id="quiet-where-known",
    ),
    pytest.param(
        sentences.nobody_out("in the last hour", 25, 9, 2, []),
        "25 denials and 2 failed SCIM requests in the last hour; everyone they name has got in since and no problem "
        "that is watched is open.",
        "",
        id="nobody-out",
    ),
    pytest.param(
        sentences.nobody_out("in the last hour", 1, 0, 0, ["Logins: x."]),
        "1 denial in the last hour; it names nobody.",
        "Logins: x.",
        id="nobody-named",
    ),
    pytest.param(
        sentences.nobody_out("in the last hour", 0, 0, 1, []),
        "1 failed SCIM request in the last hour; no problem that is watched is open.",
        "",
        id="failures-alone",
    ),
]


def text_of(part):
    return html.unescape(strip_tags(part))


@pytest.mark.parametrize(("headline", "title", "words"), CASES)
def test_sentence_has_expected_wording(headline, title, words):
    assert (text_of(headline.title), text_of(headline.words)) == (title, words)


@pytest.mark.parametrize(("headline", "title", "words"), CASES)
def test_a_sentence_claims_no_cause(headline, title, words):
    assert not FORBIDDEN.search(f"{title} {words}")


@pytest.mark.parametrize(
    "headline",
    [
        sentences.refused(HOSTILE, "", HOSTILE, WAY),
        sentences.losing(HOSTILE, "", "", "", WAY),
        app(name=HOSTILE, connections=[ConnectionCount(HOSTILE, 2, 0), ConnectionCount(HOSTILE + "2", 0, 2)]),
        app(connections=[ConnectionCount(HOSTILE, 2, 0), ConnectionCount("okta", 1, 2)]),
        sentences.scim_failing(HOSTILE, 1, 0, 1, HOSTILE, WAY),
        sentences.locked_out(1, [HOSTILE], "", WAY),
        sentences.never_had_access(1, [HOSTILE], WAY),
        sentences.unknown("", [HOSTILE], WAY),
        sentences.quiet_where_known("", [HOSTILE], WAY),
        sentences.nobody_out("", 1, 1, 1, [HOSTILE]),
    ],
)
def test_log_text_is_escaped(headline: Headline):
    shown = f"{headline.title}{headline.words}"
    assert "<script" not in shown
    assert shown.count("<bdi>") == shown.count("</bdi>") > 0
