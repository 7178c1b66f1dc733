"""Every page says where one is, how fresh the data is, and whether the rows are made up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from logsync.models import Log
from tests.conftest import NOW
from tests.dashboard.reading import page_of


@pytest.fixture
def words(signed_in):
    return lambda path="/logins/": page_of(signed_in.get(path)).text


def test_page_shows_age_of_slowest_stream(make_stream, words):
    make_stream(succeeded_at=NOW - timedelta(seconds=38))
    assert "Synced 38 s ago" in words()
    make_stream(Log.SCIM_UPDATES, "okta", succeeded_at=NOW - timedelta(hours=3))
    assert "Synced 3 h ago" in words()


@pytest.mark.parametrize(("ago", "icon"), [(38, "circle-check"), (3 * 3600, "alert-triangle")])
def test_late_stream_is_no_good_sign(ago, icon, make_stream, signed_in):
    make_stream(succeeded_at=NOW - timedelta(seconds=ago))
    for path in ("/people/", "/freshness/"):
        html = signed_in.get(path).content.decode()
        sign = html[html.index("data-freshness") :].partition("Synced")[0]
        assert f"#{icon}" in sign


def test_never_read_stream_is_not_synced(make_stream, words):
    make_stream(succeeded_at=NOW)
    make_stream(Log.SCIM_UPDATES, "okta")
    assert "Not fully synced yet" in words()


def test_without_a_stream_nothing_is_synced(account, words):
    assert "Not fully synced yet" in words()


def test_inactive_stream_is_never_stale(make_stream, words):
    make_stream(succeeded_at=NOW)
    make_stream(Log.SCIM_UPDATES, "okta", is_active=False, error="gone", error_since=NOW)
    assert "Synced 0 s ago" in words()
    assert "failing" not in words()


@pytest.mark.parametrize(("count", "sentence"), [(1, "1 stream failing"), (2, "2 streams failing")])
def test_failing_streams_are_counted_everywhere(count, sentence, make_stream, words):
    for number in range(count):
        make_stream(Log.SCIM_UPDATES, f"idp-{number}", error="refused", error_since=NOW)
    for path in ("/logins/", "/logins/by-app/", "/scim/", "/sync/"):
        assert sentence in words(path)


@pytest.mark.parametrize(
    "path",
    ["/", "/logins/", "/logins/by-app/", "/logins/by-person/", "/scim/", "/scim/problems/", "/people/", "/sync/"],
)
def test_current_page_is_marked_in_navigation(path, account, signed_in):
    current = {link.href for link in page_of(signed_in.get(path)).all("a") if "aria-current" in link.attrs}
    assert path in current
    assert not current & {"/logins/", "/logins/by-app/", "/logins/by-person/", "/scim/", "/sync/"} - {path}


def test_denials_of_24_hours_are_counted(make_login, words):
    assert "Failed by app Failed by person SCIM" in words("/sync/")
    make_login()
    make_login(created_at=NOW - timedelta(hours=24))
    make_login(created_at=NOW - timedelta(hours=24, microseconds=1))
    make_login(allowed=True)
    make_login(allowed=None)
    for path in ("/", "/logins/", "/scim/", "/sync/"):
        assert "Failed by app 2 Failed by person SCIM" in words(path)


def test_rows_of_one_second_are_one_denial(make_login, words):
    for microsecond in range(3):
        make_login(created_at=NOW.replace(microsecond=microsecond) - timedelta(hours=1))
    make_login(user_email="")
    make_login(connection="nonidentity")
    assert "Failed by app 1 Failed by person SCIM" in words()


def test_open_problems_are_counted_everywhere(make_update, words):
    assert "Problems People" in words()
    open_one = make_update()
    make_update(cf_resource_id="another", idp_resource_id="another")
    assert "Problems 1 open People" in words()
    make_update(error_description="something else")
    assert "Problems 2 open People" in words()
    open_one.problem.is_ignored = True
    open_one.problem.save()
    assert "Problems 1 open People" in words()
    make_update(status="SUCCESS", error_description="", logged_at=NOW)
    assert "Problems People" in words()


def test_simulated_data_is_labelled(account, signed_in, words, settings):
    settings.SIMULATED = True
    assert "every row is made up by the bundled simulator" in words()
    settings.SIMULATED = False
    assert "simulator" not in words()


def test_signed_in_user_is_named(account, signed_in, django_user_model):
    django_user_model.objects.update(first_name="Sam", last_name="<b>Ortega</b>")
    page = page_of(signed_in.get("/logins/"))
    assert "Sam <b>Ortega</b>" in page.text
    assert {form.attrs.get("action") for form in page.all("form")} >= {"/sign-out/", "/preferences/"}


def test_sign_in_page_reveals_nothing(make_stream, client):
    make_stream(error="refused", error_since=NOW)
    assert "failing" not in page_of(client.get("/sign-in/")).text
    assert "synced_at" not in client.get("/sign-in/").context


@pytest.mark.parametrize("path", ["/", "/logins/", "/scim/", "/logins/by-app/", "/people/", "/sync/"])
def test_search_box_posts_anything_pasted(path, account, signed_in):
    [form] = [form for form in page_of(signed_in.get(path)).forms if form.attrs.get("action") == reverse("search:page")]
    assert (form.attrs["role"], form.attrs["method"]) == ("search", "post")
    assert signed_in.post(form.attrs["action"], dict(form.fields) | {"q": "x"}).status_code == 200


def test_wrong_host_answers_400_with_page(signed_in):
    response = signed_in.get("/logins/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil" not in page_of(response).text
