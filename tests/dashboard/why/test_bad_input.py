"""Policies that no one meant to write: very long, nested without end, of other types. The card says so and goes on."""

from __future__ import annotations

import pytest

from dashboard.permissions.roles import Role
from tests.dashboard.reading import page_of
from tests.why_cases import group, in_group, policy

# A page of a login without such policies has about a third of this.
MOST_BYTES = 150_000


def nested(depth):
    """Groups that each hold the next, twice."""
    groups = [
        group(f"level {level}", include=[in_group(f"level {level + 1}")] * 2, require=[in_group(f"level {level + 1}")])
        for level in range(depth)
    ]
    return [*groups, group(f"level {depth}", include=[{"geo": {"country_code": "DE"}}])]


ODD = {
    "500 addresses": (
        [policy("Long", include=[{"email": {"email": f"p{n}@partner.example"}} for n in range(500)])],
        [],
    ),
    "256 required": (
        [policy("Long", include=[{"everyone": {}}], require=[{"ip": {"ip": f"10.0.{n}.0/24"}} for n in range(256)])],
        [],
    ),
    "500 kinds": ([policy("Long", include=[{f"kind_{n}": {"x": "y" * 1000}} for n in range(500)])], []),
    "50 deep": ([policy("Deep", include=[in_group("level 0")])], nested(50)),
    "circle": (
        [policy("Circle", include=[in_group("a")])],
        [group("a", include=[in_group("b")]), group("b", include=[in_group("a")])],
    ),
    "100 policies": ([policy(f"Policy {n}", include=[{"geo": {"country_code": "DE"}}]) for n in range(100)], []),
    "other types": (
        [policy("Odd", include=[None, 7, [], {}, {"email": None}, {"geo": {"country_code": 7}}, {"a": 1, "b": 2}])],
        [],
    ),
    "no lists": ([{"id": "bare", "name": None, "decision": None, "include": "everyone", "require": {"x": 1}}], []),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("role", [Role.SECURITY, Role.HELPDESK])
def test_odd_policies_are_shown_in_bounds(name, role, all_logins_known, make_login, read_policies, client, make_user):
    policies, groups = ODD[name]
    read_policies(*policies, groups=groups)
    client.force_login(make_user("eve", role))
    path = make_login().get_absolute_url()
    response = client.get(path)
    assert response.status_code == 200
    assert len(response.content) < MOST_BYTES
    assert "in the order in which Cloudflare judges them" in page_of(response).text
    answer = client.get(f"{path[:-1]}.json")
    assert answer.status_code == 200
    assert answer.json()["why"]["policies"]


def test_what_is_left_out_is_counted(all_logins_known, make_login, read_policies, signed_in):
    read_policies(*ODD["500 kinds"][0])
    text = page_of(signed_in.get(make_login().get_absolute_url())).text
    assert "488 more rules: 488 can’t be told" in text


def test_alike_rules_are_one_line(all_logins_known, make_login, read_policies, signed_in):
    read_policies(*ODD["500 addresses"][0])
    text = page_of(signed_in.get(make_login().get_absolute_url())).text
    assert "e-mail address is p0@partner.example, p1@partner.example, p2@partner.example or one of 497 more" in text
    assert "All 500" in text
    assert "and 450 more" in text
