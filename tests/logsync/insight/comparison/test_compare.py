"""What stands out among the denied, and what does not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.insight.comparison.compare import MOST_LINES, compare
from logsync.insight.comparison.observations import Field, Observation
from logsync.insight.comparison.phrases import line_words, small_words, summary, value_words
from logsync.insight.connection_names import ConnectionNames
from tests.examples import examples
from tests.logsync.insight.comparison.conftest import allowed, denied

NAMES = ConnectionNames()
OKTA_NL = {"connection": "okta-eu", "country": "NL", "network": "198.51.100.0/24"}
ENTRA_DE = {"connection": "azureAD", "country": "DE", "network": "203.0.113.0/24"}
ENTRA_NL = {"connection": "azureAD", "country": "NL", "network": "192.0.2.0/24"}
DENIED = denied(12, **OKTA_NL) + denied(2, **ENTRA_DE)
ALLOWED = allowed(3, **OKTA_NL) + allowed(30, **ENTRA_NL) + allowed(27, **ENTRA_DE)


def told(observations):
    """The lines as (field, value), and the comparison."""
    found = compare(observations)
    return [(line.field.name, line.value) for line in found.lines], found


def test_provider_stands_out_but_country_not():
    lines, found = told(DENIED + ALLOWED)
    assert lines == [("CONNECTION", "okta-eu")]
    [line] = found.lines
    assert found.tested == 6
    assert (line.denied, found.denied, line.allowed, found.allowed) == (12, 14, 3, 60)
    assert line.p == pytest.approx(1.03e-08, rel=5e-3)
    assert (line.difference, line.least) == (pytest.approx(0.807, abs=5e-4), pytest.approx(0.536, abs=5e-4))
    assert line.same_people == ((Field.NETWORK, "198.51.100.0/24"),)
    assert line_words(line, found, NAMES) == (
        "12 of 14 denied people used okta-eu (the same people: network 198.51.100.0/24); "
        "of 60 people who got in, 3 did. Difference: 81 percentage points, at least 53 "
        "(6 values compared, p < 0.001)."
    )
    assert summary(found, NAMES) == ""


def test_values_are_named_in_words():
    names = ConnectionNames({(1, "okta"): "Meridian SSO"}).within(1)
    assert value_words(Field.CONNECTION, "okta", names) == "provider Meridian SSO"
    assert value_words(Field.CONNECTION, "azureAD", names) == "provider Microsoft Entra ID"
    assert value_words(Field.COUNTRY, "T1", names) == "country Tor"
    assert value_words(Field.EMAIL_DOMAIN, "T1", names) == "e-mail domain T1"


def test_too_few_denied_are_not_compared():
    found = compare(DENIED[:4] + ALLOWED)
    assert (found.lines, found.tested) == ((), 0)
    assert summary(found, NAMES) == "Too few people were denied to compare (4)."


def test_without_allowed_only_shared_values_shown():
    found = compare(DENIED[:9])
    assert (found.lines, found.tested) == ((), 0)
    assert summary(found, NAMES) == (
        "All 9 denied people share provider okta-eu, country NL, network 198.51.100.0/24; "
        "nobody got in to compare with."
    )


def test_few_allowed_people_are_not_nobody():
    assert summary(compare(DENIED[:9] + ALLOWED[:4]), NAMES).endswith("; too few people got in to compare with (4).")


def test_denied_people_may_share_nothing():
    words = summary(compare([one for n in range(5) for one in denied(1, country=f"{n}")]), NAMES)
    assert words == "The 5 denied people have nothing in common; nobody got in to compare with."


def test_universal_value_does_not_stand_out():
    sides = denied(9, connection="okta", country="NL") + denied(3, connection="okta", country="DE")
    sides += allowed(40, connection="okta", country="NL") + allowed(20, connection="okta", country="DE")
    lines, found = told(sides)
    assert (lines, found.tested) == ([], 2)
    assert summary(found, NAMES) == "Nothing stands out: 2 values compared, 12 denied and 60 allowed people."


@pytest.mark.parametrize(
    ("sides", "tested", "counts", "p", "least"),
    [
        (
            # The two countries are compared as well, and are as common on both sides.
            denied(5, allowed_before="no", country="NL")
            + denied(5, allowed_before="no", country="DE")
            + allowed(15, allowed_before="yes", country="NL")
            + allowed(15, allowed_before="yes", country="DE")
            + allowed(1, allowed_before="no", country="NL")
            + allowed(1, allowed_before="no", country="DE"),
            3,
            (10, 10, 2, 32),
            1.35e-07,
            0.627,
        ),
        (denied(5, connection="x") + allowed(5, connection="y"), 2, (5, 5, 0, 5), 0.00794, None),
        (
            denied(3, connection="x") + denied(2, connection="y") + allowed(60, connection="y"),
            None,
            (3, 5, 0, 60),
            0.000229,
            0.226,
        ),
        (
            denied(5, network="A")
            + [one for n in range(5) for one in denied(1, network=f"d{n}")]
            + [one for n in range(200) for one in allowed(1, network=f"a{n}")],
            1,
            (5, 10, 0, 200),
            7.77e-08,
            None,
        ),
    ],
    ids=["new here", "the smallest case that can be", "three of five", "many networks once each"],
)
def test_significant_difference_stands_out(sides, tested, counts, p, least):
    _, found = told(sides)
    [line] = found.lines
    assert (line.denied, found.denied, line.allowed, found.allowed) == counts
    assert line.p == pytest.approx(p, rel=5e-3)
    assert least is None or line.least == pytest.approx(least, abs=5e-4)
    assert tested in (None, found.tested)


def test_value_of_two_is_not_tested():
    lines, found = told(denied(2, connection="x") + denied(4, connection="y") + allowed(60, connection="y"))
    assert (lines, found.small) == ([], ())
    assert summary(found, NAMES) == "Nothing stands out: 0 values compared, 6 denied and 60 allowed people."


def test_fifteen_points_are_significant_but_small():
    sides = denied(90, country="NL") + denied(10, country="DE")
    lines, found = told(sides + allowed(750, country="NL") + allowed(250, country="DE"))
    [small] = found.small
    assert (lines, found.others) == ([], ())
    assert (small.field, small.value, small.denied, small.allowed) == (Field.COUNTRY, "NL", 90, 750)
    assert (small.is_significant, small.stands_out) == (True, False)
    assert small.p == pytest.approx(0.000489, rel=1e-3)
    assert small_words(small) == "Significant, but small. Difference: 15 percentage points, at least 7, p < 0.001"
    assert summary(found, NAMES) == (
        "1 difference is significant, but small: 2 values compared, 100 denied and 1,000 allowed people."
    )


def test_significant_value_of_two_people_said():
    sides = denied(2, country="NL") + denied(8, country="DE") + allowed(1, country="NL") + allowed(999, country="DE")
    lines, found = told(sides)
    [small] = found.small
    assert lines == []
    assert small_words(small) == "Significant, but only 2 people"
    assert not summary(found, NAMES).startswith("Nothing stands out")


def test_small_difference_comes_after_large_ones():
    sides = denied(90, country="NL", connection="okta") + denied(10, country="DE", connection="okta")
    sides += allowed(750, country="NL", connection="azureAD") + allowed(250, country="DE", connection="azureAD")
    lines, found = told(sides)
    assert lines == [("CONNECTION", "okta")]
    assert [(line.field.name, line.value) for line in found.small] == [("COUNTRY", "NL")]
    assert summary(found, NAMES) == ""


def test_twenty_point_difference_survives_rounding():
    sides = (
        denied(70, country="NL") + denied(30, country="DE") + allowed(500, country="NL") + allowed(500, country="DE")
    )
    assert told(sides)[0] == [("COUNTRY", "NL")]


def test_the_surest_difference_comes_first():
    sides = denied(20, connection="x", country="NL") + denied(10, connection="x", country="DE")
    sides += allowed(30, connection="y", country="DE") + allowed(3, connection="y", country="NL")
    assert told(sides)[0] == [("CONNECTION", "x"), ("COUNTRY", "NL")]


def test_missing_value_is_not_compared():
    assert told(denied(10) + allowed(10, connection="okta"))[0] == []


def test_at_most_five_lines_are_shown():
    fields = ["connection", "country", "network", "app_host", "app_type", "email_domain"]
    sides = []
    for number in range(60):
        # Each of the denied lacks one value, each time another, so no two values have the same people.
        sides += denied(1, **{name: "x" for at, name in enumerate(fields) if at != number % 6})
        sides += allowed(1, **dict.fromkeys(fields, "y"))
    lines, found = told(sides)
    assert len(lines) == MOST_LINES
    assert found.others == ()


def test_common_values_are_listed_as_others():
    _, found = told(DENIED + ALLOWED)
    assert [(line.field, line.value, line.stands_out) for line in found.others] == [(Field.COUNTRY, "NL", False)]


words = st.sampled_from(["", "a", "b", "c"])
crowds = st.lists(
    st.builds(
        lambda is_denied, *values: Observation(is_denied, (*values, "", "", "", "")), st.booleans(), *[words] * 4
    ),
    max_size=80,
)


@examples(60)
@given(crowds, st.randoms())
def test_order_of_people_does_not_matter(crowd, chance):
    shuffled = list(crowd)
    chance.shuffle(shuffled)
    assert compare(shuffled) == compare(crowd)


@examples(60)
@given(crowds)
def test_value_names_do_not_matter(crowd):
    other = {"": "", "a": "c", "b": "a", "c": "b"}
    renamed = [Observation(one.is_denied, tuple(other[value] for value in one.values)) for one in crowd]
    before, after = compare(crowd), compare(renamed)
    assert after.tested == before.tested
    assert {(line.field, line.value) for line in after.lines} <= {(field, value) for field in Field for value in "abc"}
    assert sorted((line.denied, line.allowed, line.p) for line in after.lines) == sorted(
        (line.denied, line.allowed, line.p) for line in before.lines
    )


@examples(60)
@given(crowds)
def test_every_line_keeps_the_rules(crowd):
    found = compare(crowd)
    assert len(found.lines) + len(found.small) + len(found.others) <= MOST_LINES
    assert all(line.p <= 0.01 and not line.stands_out for line in found.small)
    assert summary(found, NAMES).startswith("Nothing stands out") <= (not any(line.p <= 0.01 for line in found.others))
    for line in found.lines:
        assert line.denied >= 3
        assert line.difference >= 0.2 - 1e-12
        assert 0 <= line.p <= 0.01
        assert line.least <= line.difference


def test_a_city_of_people_is_compared():
    chance = random.Random(7)
    crowd = [
        Observation(
            number % 5 == 0,
            (
                "okta" if number % 5 == 0 or chance.random() < 0.3 else "azureAD",
                chance.choice("NLDEFR"),
                f"net {chance.randrange(5000)}",
                "host",
                "self_hosted",
                f"{chance.randrange(50)}.example",
                chance.choice(["yes", "no"]),
                f"ip {number}",
            ),
        )
        for number in range(50_000)
    ]
    lines, found = told(crowd)
    assert lines == [("CONNECTION", "okta")]
    assert found.denied + found.allowed == 50_000
