"""Each request is checked against the declaration of its URL, whatever its method and form."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.auth.models import Permission as Stored
from django.http import HttpResponse
from django.urls import path

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.permission import Permission
from dashboard.permissions.roles import Role
from dashboard.urls import handler403, urlpatterns  # noqa: F401  # this module is a URLconf, too
from tests.dashboard.reading import page_of

NO_EXPORT = (
    "Your role, Helpdesk, doesn’t let you export lists; Analyst, Security and Admin do. "
    "If you need to, ask whoever runs Gatehouse."
)
NO_ROLE = "Your account doesn’t have a role yet, so it can’t see anything here. Ask whoever runs Gatehouse for a role."


def undeclared(request):
    return HttpResponse("secret")


urlpatterns = [*urlpatterns, path("new/", undeclared)]


@pytest.fixture
def client_of(client, make_user):
    """A browser of somebody with this role."""

    def sign_in(role):
        client.force_login(make_user(role=role))
        return client

    return sign_in


@pytest.fixture
def helpdesk(client_of):
    return client_of(Role.HELPDESK)


@pytest.mark.parametrize("address", ["/logins.csv", "/scim.csv", "/people.csv", "/scim/problems.csv", "/sync/runs.csv"])
def test_file_is_refused_with_a_sentence(address, helpdesk):
    response = helpdesk.get(address)
    assert (response.status_code, response["Content-Type"]) == (403, "text/plain; charset=utf-8")
    assert response.content.decode() == f"{NO_EXPORT}\n"


def test_json_is_refused_in_json(helpdesk):
    response = helpdesk.get("/logins.json")
    assert (response.status_code, response["Content-Type"]) == (403, "application/json")
    assert response.json() == {"errors": [{"message": NO_EXPORT}]}


def test_page_is_refused_by_a_page(helpdesk):
    response = helpdesk.get("/sync/doctor/")
    page = page_of(response)
    assert response.status_code == 403
    assert [heading.text for heading in page.all("h1")] == ["You can’t do this"]
    assert "Your role, Helpdesk, doesn’t let you start syncs and backfills; Admin does." in page.text


def test_part_of_page_is_refused_in_text(helpdesk):
    response = helpdesk.get("/sync/doctor/", headers={"HX-Request": "true"})
    assert (response.status_code, response["Content-Type"]) == (403, "text/plain; charset=utf-8")
    assert response.content.decode().startswith("Your role, Helpdesk, doesn’t let you")


@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "patch", "delete", "trace"])
def test_every_method_is_refused_alike(method, helpdesk):
    assert getattr(helpdesk, method)("/logins.csv").status_code == 403


def test_undeclared_url_is_nobodys(client, make_user, settings, caplog):
    settings.ROOT_URLCONF = __name__
    client.force_login(make_user(role=None, is_superuser=True))
    response = client.get("/new/")
    assert response.status_code == 403
    assert "secret" not in response.content.decode()
    assert "Gatehouse’s code doesn’t say who may" in page_of(response).text
    assert "Refused GET /new/: its URL doesn’t declare who may open it." in caplog.text


def test_unknown_address_is_not_refused(helpdesk):
    assert helpdesk.get("/nowhere.csv").status_code == 404


def test_role_taken_away_counts_at_once(client, make_user, account):
    user = make_user(role=Role.ANALYST)
    client.force_login(user)
    assert client.get("/logins.csv").status_code == 200
    user.groups.set([Group.objects.get(name=Role.HELPDESK)])
    assert client.get("/logins.csv").status_code == 403
    assert client.get("/logins/").status_code == 200
    user.groups.clear()
    assert client.get("/logins/").status_code == 403
    assert client.get("/").status_code == 200


def test_superuser_may_do_everything(client, make_user, account):
    client.force_login(make_user(role=None, is_superuser=True))
    for address in ("/", "/logins/", "/logins.csv", "/sync/doctor/"):
        assert client.get(address).status_code == 200


def test_single_permission_adds_to_role(helpdesk, account):

    User.objects.get().user_permissions.add(Stored.objects.get(codename=Permission.EXPORT.codename))
    assert helpdesk.get("/logins.csv").status_code == 200


# What is written down


def test_refusal_is_recorded(helpdesk):
    helpdesk.get("/logins.csv?user_email=ada")
    entry = AuditEntry.objects.get(action=Action.REFUSED)
    assert (entry.username, entry.subject, entry.details) == ("sam", "/logins.csv", {"permission": "export"})


def test_loop_does_not_flood_the_audit_log(helpdesk, make_user, client, time_machine):
    for number in range(30):
        assert helpdesk.get(f"/scim/problems/{number}.csv").status_code == 403
    recorded = AuditEntry.objects.filter(action=Action.REFUSED)
    assert recorded.count() == 20
    *before, last = recorded.values_list("details", flat=True)
    assert last["further_refusals"] == "not recorded for up to 10 minutes"
    assert not any("further_refusals" in details for details in before)
    client.force_login(make_user("kim", role=Role.HELPDESK))
    client.get("/logins.csv")
    assert recorded.filter(username="kim").count() == 1


def test_refusals_are_recorded_again_later(helpdesk, time_machine, now):
    for _ in range(25):
        helpdesk.get("/logins.csv")
    time_machine.shift(11 * 60)
    helpdesk.get("/logins.csv")
    assert AuditEntry.objects.filter(action=Action.REFUSED).count() == 21


# An account without a role


def test_account_without_role_sees_one_page(client_of, make_login):
    make_login()
    response = client_of(None).get("/")
    page = page_of(response)
    assert response.status_code == 200
    assert [heading.text for heading in page.all("h1")] == ["You’re signed in, but don’t have a role yet"]
    assert NO_ROLE in page.text
    assert "the name of your account: sam" in page.text
    assert {form.attrs["action"] for form in page.forms if "action" in form.attrs} == {"/sign-out/", "/preferences/"}
    assert "Failed by app" not in page.text
    assert "Synced" not in page.text


def test_contact_is_named_when_set(client_of, settings):
    settings.ACCESS_CONTACT = "#access-help <b>"
    client = client_of(None)
    assert "Ask #access-help <b> for a role." in page_of(client.get("/")).text
    assert client.get("/logins.csv").content.decode().endswith("Ask #access-help <b> for a role.\n")


@pytest.mark.parametrize("address", ["/logins/", "/people/", "/sync/", "/glossary/", "/views/", "/search/?q=ada"])
def test_account_without_role_is_refused_elsewhere(address, client_of, make_login):
    make_login()
    response = client_of(None).get(address)
    assert response.status_code == 403
    page = page_of(response)
    assert NO_ROLE in page.text
    assert "Failed by app" not in page.text
    assert not any(form.attrs.get("action") == "/search/" for form in page.forms)


def test_account_without_role_keeps_preferences(client_of):
    response = client_of(None).post("/preferences/", {"theme": "dark", "next": "/"})
    assert response.status_code == 302
    assert response.cookies["theme"].value == "dark"


def test_single_permission_is_no_role(client, make_user):

    user = make_user(role=None)
    user.user_permissions.add(Stored.objects.get(codename=Permission.REVEAL.codename))
    client.force_login(user)
    assert NO_ROLE in page_of(client.get("/")).text
