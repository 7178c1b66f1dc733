"""Timelines and the sentences they lead to: each sentence once, and beside it what nearly leads to it."""

from __future__ import annotations

import pytest

from tests.logsync.insight.verdict.conftest import ids_of

# What the logs hold, and the ids of all that may be said of it.
EXAMPLES = """
logins none                                             => C1
logins -60..0                                           => C5 H10

hole -300..-200, jira+ -9000, jira- -50                 => C2 H5 N3
jira+ -9000, jira- -50                                  => H5 N3
logins -40320..-11, jira+ -100                          => C3 H7
logins -40320..-10, jira+ -100                          => H7

S off ok -180, jira+ -100                               => H1
S off ok -180, S on ok -120, jira+ -100                 => H7
S off ok -180, jira+ -179                               => H7
S off FAILED -180, jira+ -100                           => H7 N5
jira+ -900, S off ok -180, jira- -100                   => H2
jira+ -900, S off ok -180, jira- -200                   => H5 N3
jira+ -900, jira- -10, 5 others jira- -12               => H3
jira+ -900, jira- -10, 3 others jira- -12               => H5 N3
jira- -10                                               => H4
jira+ -20000, jira- -10                                 => H5 N3
jira+ -900, jira- -12, jira- -10                        => H5 N3
jira+ -900, jira- -12, jira+ -10                        => H6
jira- -12, jira+ -10                                    => H6
jira- -12, wiki+ -10                                    => H4 N8
jira+ -10                                               => H7
S grp-in ok -100                                        => H8
jira+ -20000                                            => H9
eve@ jira+ -10                                          => H10

jira+ -900 azureAD, jira- -10 okta                      => H5 N1
jira+ -900 okta, jira- -10 okta                         => H5 N3
jira+ -900 DE 203.0.113.9, jira- -10                    => H5 N2
jira+ -900 NL 192.0.2.8, jira- -10                      => H5 N2
jira- -10, 5 others jira+ -9                            => H4 N4
jira- -10, 4 others jira+ -9                            => H4
jira+ -900, S grp-in eng FAILED -20                     => H7 N5
jira+ -900, S grp-in eng FAILED -20, S grp-in eng ok -15 => H7
S other FAILED -20                                      => H8 N6
S other FAILED -20, jira+ -900                          => H7 N5
jira+ -900, S grp-out ok -60, jira- -10                 => H5 N3 N7
jira+ -900, jira- -10, S grp-out ok -5                  => H5 N3
jira- -10, wiki+ -12 okta                               => H4 N8
jira- -10, wiki+ -12 azureAD                            => H4
jira- -10 onetimepin                                    => H4 N9
jira- -10 okta                                          => H4
jira- -10, nobody jira- -12                             => H4 N10
jira- -10, nobody jira- -12 192.0.2.99                  => H4
S grp-in ok -10.5, jira- -10, jira+ -8                  => H6 N11
S grp-in ok -15, jira- -10, jira+ -8                    => H6
jira+ -30 u1, a.l@ jira+ -5 u1                          => H7 N12
jira+ -30 u1, a.l@ jira+ -5 u2                          => H7
"""

FURTHER = """
# Equal times count as denied; what Cloudflare did not say is neither.
jira+ -10, jira- -10                                    => H5 N3
jira? -10                                               => H7
jira? -10, jira+ -20                                    => H7
jira- -20, jira? -10                                    => H4
jira+ -900, S off ok -180, jira- -100, jira? -90        => H5 N3
jira? -20000                                            => H9
S off ok -180, jira? -100                               => H7

# Several apps.
jira- -10, wiki- -20, grafana+ -30                      => H4 N8
jira- -9000, wiki+ -900, wiki- -10                      => H5 N3
jira- -12000, wiki- -20, wiki+ -10                      => H6
jira- -12000, wiki+ -10                                 => H7
jira- -20000                                            => H9

# Whose rows they are.
jira- -10 action=LOGIN                                  => H4
jira- -10 action=                                       => H4
jira- -10 action=logout                                 => H10
jira- -10 nonidentity                                   => H10
jira- 0.5ahead                                          => H4
jira- -10 user_email=ADA@Example.COM                    => H4
jira- -10, a.l@ jira+ -5 u1                             => H4
jira- -10 u1, a.l@ jira+ -5 u1                          => H6 N12
jira+ -10 u1, a.l@ jira- -5 u1                          => H5 N3
jira- -10, jira+ -5 account=2                           => H4
S other ok -50 resource_user_email=a.l@example.com, S other ok -40, a.l@ jira+ -5 => H7 N12

# Deactivated, and what takes it back.
S delete ok -180, jira+ -100                            => H1
S delete ok -180, S create ok -150, jira+ -100          => H7
S delete ok -180, S broken-create ok -150, jira+ -100   => H7
S off ok -180, S off ok -90, jira+ -100                 => H1
S on ok -190, S off ok -180, jira+ -100                 => H1
S off ok -180, S on ok -90, jira+ -100                  => H7
S off PARTIAL -180, jira+ -100                          => H7
S off ok -180, S on FAILED -150, jira+ -100             => H1 N5
S off ok -180, jira+ -178                               => H7
S off ok -180, jira+ -177.9                             => H1
S off ok -180, jira- -100, jira+ -90                    => H1
S off ok -180, jira+ -179, jira- -100                   => H5 N3
S off ok -180                                           => H8
SCIM hole -150..-120, S off ok -180, jira+ -100         => C4 H1
S off ok -180, S on ok -90 account=2, jira+ -100        => H1
S off ok -190 account=2, S off ok -180, jira+ -100      => H1
S off ok -190 account=2, S off ok -180, jira- -100      => H2
S off ok -180 account=2, jira+ -100                     => H7

# More than one user of the person, at one provider or two.
S delete ok -180, S create ok -150 cf_resource_id=n idp_resource_id=n, jira+ -100 => H7
S delete ok -180, S create ok -150 cf_resource_id=n idp_resource_id=n idp_id=entra, jira+ -100 => H7
S create ok -190 cf_resource_id=n idp_resource_id=n, S delete ok -180, jira+ -100 => H7 N13
S on ok -190 idp_id=entra, S off ok -180, jira+ -100    => H7 N13
S on ok -190 idp_id=entra, S off ok -180, jira+ -900, jira- -100 => H5 N3 N13
S on ok -190 idp_id=entra, S off ok -180                => H8 N13
S on ok -90 idp_id=entra, S off ok -180, jira+ -100     => H7
S off ok -190 idp_id=entra, S off ok -180, jira+ -100   => H1
S off ok -190 idp_id=entra, S off ok -90, jira+ -100    => H7
jira+ -100 u1, a.l@ jira- -99 u1, S on ok -190 idp_id=e resource_user_email=a.l@example.com, S off ok -180 => H5 N3 N13

# Rows without a time of their own prove no order.
S off ok -180, jira+ -100 untimed                       => H7
S off ok -180 untimed, jira+ -100                       => H7
S off ok -180, jira- -100 untimed                       => H4
S off ok -180, jira- -100, jira+ -90 untimed            => H6
jira+ -900 untimed, S grp-out ok -60, jira- -10         => H5 N3
jira- -10 untimed, wiki+ -12, nobody jira- -12          => H4
S grp-in ok -10.5, jira- -10 untimed, jira+ -8          => H6

# The address of services, which is nobody's.
jira- -10 user_email=non_identity@team.cloudflareaccess.com => H10

# Others at the same app, each by their newest row.
jira- -10, 4 others jira- -12                           => H3
jira- -10, 4 others jira- -12, eve@ jira+ -11           => H3
jira- -10, 4 others jira- -12, eve@ jira+ -11, bob@ jira+ -11 => H4
jira- -10, 4 others jira- -12, 4 others jira+ -11       => H4
jira- -10, 5 others jira- -12 nonidentity               => H4
jira- -10, 5 others jira- -41                           => H4
jira- -10, 5 others wiki- -12                           => H4
jira- -10, 5 others jira+ -12, 5 others jira- -11       => H3

jira- -10, eve@ jira- -12 u1, eva@ jira- -12 u1, 3 others jira- -12 => H3
jira- -10, eve@ jira- -12 u1, eva@ jira- -12 u1, 2 others jira- -12 => H4
jira- -10, eve@ jira- -12 u1, eva@ jira+ -11 u1, 3 others jira- -12 => H4
jira- -10, eve@ jira- -12 u1, eva@ jira+ -12 u1, 3 others jira- -12 => H3
jira- -10, eve@ jira+ -12 u1, eva@ jira+ -12 u1, 4 others jira- -12 => H3
jira- -10, eve@ jira+ -12 u1, eva@ jira+ -12 u1, 4 others jira+ -12 => H4 N4
jira- -10, eve@ jira+ -12 u1, eva@ jira+ -12 u1, 3 others jira+ -12 => H4

# What differs from the last allowed login.
jira+ -900 azureAD DE, jira- -10                        => H5 N1 N2
jira+ -900 nl, jira- -10 NL                             => H5 N3
jira+ -900 country=, jira- -10                          => H5
jira+ -900 DE, jira- -10, 5 others jira- -12            => H3 N2
jira- -900 onetimepin, jira- -10                        => H4 N9
jira- -900 onetimepin, jira+ -800, jira- -10            => H5 N3

# Near in time.
jira- -100, wiki+ -40                                   => H4 N8
jira- -100, wiki+ -39.9                                 => H4
jira- -100, nobody jira- -70                            => H4 N10
jira- -100, nobody jira- -69.9                          => H4
jira- -100, nobody jira+ -99                            => H4
jira+ -900, S grp-out FAILED -60, jira- -10             => H5 N3 N5
jira+ -900, S grp-in ok -60, jira- -10                  => H5 N3
S grp-in ok -950, jira+ -900, S grp-put ok -60, jira- -10 => H5 N3 N7
S grp-in ok -950, jira+ -900, S grp-all ok -60, jira- -10 => H5 N3 N7
S grp-in ok -950, jira+ -900, S grp-delete ok -60, jira- -10 => H5 N3 N7
S grp-in ok -950, jira+ -900, S grp-put FAILED -60, jira- -10 => H5 N3
S grp-in ok -950, jira+ -900, S grp-put ops ok -60, jira- -10 => H5 N3
S grp-in ok -950, jira+ -900, S grp-put ok -5, jira- -10 => H5 N3
S grp-in ok -950, S grp-put ok -920, jira+ -900, S grp-put ok -60, jira- -10 => H5 N3
jira+ -900, S grp-put ok -60, jira- -10                 => H5 N3
S off ok -11, S on ok -10, jira- -10, jira+ -8          => H6 N11
S grp-in ok -11, jira- -10, jira+ -8                    => H6 N11
S grp-in ok -9.9, jira- -10, jira+ -8                   => H6
S grp-in FAILED -10.5, jira- -10, jira+ -8              => H6 N5
S grp-in ok -10.5, jira- -10                            => H4

# Requests that fail, and those that answer for them.
jira+ -900, S other FAILED -20, S off FAILED -10        => H7 N5
jira+ -900, S other FAILED -20, S other ok -10          => H7
jira+ -900, S other FAILED -20, S on ok -10             => H7 N5
jira+ -900, S grp-in eng FAILED -20, S grp-set eng ok -15 => H7
jira+ -900, S grp-in eng FAILED -20, S grp-out eng ok -15 => H7 N5
jira+ -900, S grp-in eng FAILED -20, S grp-in ops ok -15 => H7 N5
S other FAILED -20, jira+ -20000                        => H9 N5
jira+ -900, S grp-in eng FAILED -20, S grp-put eng ok -15 => H7 N5
jira+ -900, S grp-out eng FAILED -20, S grp-put eng ok -15 => H7
jira+ -900, S grp-out eng FAILED -20, S grp-set eng ok -15 => H7 N5
jira+ -900, S grp-out eng FAILED -20, S grp-all eng ok -15 => H7
jira+ -900, S grp-set eng FAILED -20, S grp-put eng ok -15 => H7
jira+ -900, S grp-set eng FAILED -20, S grp-in eng ok -15 => H7 N5

# What is covered.
logins -60..-30, jira+ -50                              => C3 C5 H7
hole -11000..-10900, jira+ -50                          => H7
logins -40320..-30000                                   => C1
SCIM none, jira+ -50                                    => C4 H7
SCIM hole -300..-200, jira+ -50                         => C4 H7
SCIM hole -20000..-19000, jira+ -50                     => H7
SCIM -40320..-20, jira+ -50                             => C4 H7
SCIM refused, SCIM -40320..-5, jira+ -50                => C4 H7
SCIM -40320..-5, jira+ -50                              => H7
"""


def cases(table):
    lines = [line for line in table.splitlines() if line and not line.startswith("#")]
    return [
        pytest.param(*(part.strip() for part in line.split("=>")), id=line.split("=>")[0].strip()) for line in lines
    ]


@pytest.mark.parametrize(("rows", "ids"), cases(EXAMPLES))
def test_rows_lead_to_expected_sentences(judged, rows, ids):
    assert ids_of(judged(rows)) == ids


@pytest.mark.parametrize(("rows", "ids"), cases(FURTHER))
def test_the_rules_hold_at_their_edges(judged, rows, ids):
    assert ids_of(judged(rows)) == ids


def test_scim_user_of_two_addresses_is_one_other(judged):
    user = "S on ok -99 cf_resource_id=e idp_resource_id=e resource_user_email={}@example.com"
    logins = "jira- -10, eve@ jira- -12, eva@ jira- -12, 2 others jira- -12"
    assert ids_of(judged(", ".join([user.format("eve"), user.format("eva"), logins]))) == "H4"
