"""Changes beside logins: flags on charts, and what an app's page says of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.permissions.roles import Role
from logsync.models import AccessObject
from tests.conftest import NOW
from tests.dashboard.changes.conftest import EDITED, HOUR, POLICY
from tests.dashboard.reading import page_of

APP = "13d976ec-915a-4e59-afab-cef6291764b8"
ACCOUNT = "0123456789abcdef0123456789abcdef"
PAGES = ["/", f"/logins/by-app/app/?account={ACCOUNT}&app_uid={APP}", f"/logins/?app_uid={APP}&allowed=any"]


@pytest.fixture
def spike(all_logins_known, make_login):
    """Twelve people were denied within as many minutes, from a quarter of an hour after the edit on."""
    for number in range(12):
        at = EDITED + timedelta(minutes=14 + number)
        make_login(user_email=f"p{number}@meridian.example", app_name="Grafana", created_at=at)


def flags_in(response):
    return [
        link.href for link in page_of(response).all("a") if "Engineers changed" in (link.attrs.get("aria-label") or "")
    ]


@pytest.mark.usefixtures("spike")
@pytest.mark.parametrize("path", PAGES)
def test_charts_have_a_flag(path, edited_group, signed_in):
    response = signed_in.get(path)
    assert flags_in(response) == [f"/changes/{edited_group.pk}/"]
    assert "1 policy change" in page_of(response).text


@pytest.mark.usefixtures("spike")
@pytest.mark.parametrize("path", PAGES)
def test_no_flag_without_permission(path, edited_group, client, make_user):
    client.force_login(make_user("ian", role=Role.ANALYST))
    assert "/changes/" not in client.get(path).content.decode()


@pytest.mark.usefixtures("spike")
def test_app_page_tells_what_came_before(edited_group, signed_in):
    page = page_of(signed_in.get(PAGES[1]))
    assert "Rule group Engineers changed 14 minutes before the first denial (at 12:06), by nora@meridian" in page.text
    assert page.link("Engineers") == f"/changes/{edited_group.pk}/"


@pytest.mark.usefixtures("spike")
def test_other_apps_changes_have_no_flag(edited_group, make_change, read_policies, signed_in):
    make_change(POLICY | {"id": "p7", "name": "Elsewhere"}, NOW - 3 * HOUR)
    make_change(POLICY | {"id": "p7", "name": "Elsewhere", "include": []}, NOW - HOUR / 2)
    words = signed_in.get(PAGES[1]).content.decode()
    assert "Elsewhere" not in words
    assert "Elsewhere" in signed_in.get("/").content.decode()


def test_cost_without_changes(account, spike, signed_in, django_assert_max_num_queries, make_user, client):
    """Whoever may see policies pays one query for a chart on which nothing changed."""
    with django_assert_max_num_queries(200) as with_permission:
        signed_in.get(PAGES[1])
    assert not AccessObject.objects.exists()
    # The chart, and the fact above it: the first denial, and whether anything changed before.
    asked = [query["sql"] for query in with_permission.captured_queries if "UNION ALL" in query["sql"]]
    asked = [sql for sql in asked if "logsync_auditlogchange" in sql]
    assert len(asked) == 2


@pytest.mark.usefixtures("spike")
def test_timeline_of_a_denied_person(edited_group, signed_in, client, make_user):
    page = page_of(signed_in.get("/people/p3@meridian.example/"))
    assert "12:06:12 Rule group Engineers changed, by nora@meridian.example · touches Grafana" in page.text
    client.force_login(make_user("ian", role=Role.ANALYST))
    assert "/changes/" not in client.get("/people/p3@meridian.example/").content.decode()


@pytest.mark.usefixtures("spike")
def test_timeline_without_denials(edited_group, signed_in, make_login):
    make_login(user_email="eve@meridian.example", user_id="another", allowed=True)
    assert "Engineers" not in page_of(signed_in.get("/people/eve@meridian.example/")).text
