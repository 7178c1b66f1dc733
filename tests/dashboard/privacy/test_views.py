"""What an admin does about one person on the pages."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import Permission as StoredPermission
from django.urls import reverse

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.permission import Permission
from dashboard.permissions.roles import Role
from logsync.models import AccessRequest, ScimUpdate
from tests.logsync.privacy.conftest import ADA
from tests.logsync.privacy.test_erase import tables_naming

ERASE = reverse("people:erase", args=[ADA])
EVERYTHING = reverse("people:everything", args=[ADA])
PERSON = reverse("people:person", args=[ADA])


def test_page_says_what_will_be_erased(written, signed_in):
    page = signed_in.get(ERASE).content.decode()
    assert "3 logins" in page
    assert "3 SCIM updates" in page
    assert f'href="{EVERYTHING}"' in page


def test_typed_address_erases_person(written, signed_in):
    response = signed_in.post(ERASE, {"address": f" {ADA.upper()} "}, follow=True)
    assert response.redirect_chain == [("/people/", 302)]
    assert "Erased: 3 logins and 3 SCIM updates." in response.content.decode()
    assert not AccessRequest.objects.filter(person=ADA).exists()
    assert tables_naming(ADA) == []
    assert AuditEntry.objects.filter(action=Action.PERSON_ERASED, username=get_user(signed_in).get_username()).exists()


@pytest.mark.parametrize("typed", ["", "bob@meridian.example", "ada"])
def test_other_address_erases_nothing(written, signed_in, typed):
    response = signed_in.post(ERASE, {"address": typed})
    assert response.status_code == 400
    assert "That is not the address. Nothing was erased." in response.content.decode()
    assert AccessRequest.objects.filter(person=ADA).count() == 3


def test_everything_comes_as_file(written, signed_in):
    response = signed_in.get(EVERYTHING)
    assert response.headers["Content-Disposition"] == 'attachment; filename="person.json"'
    assert len(response.json()["logins"]) == 3
    assert AuditEntry.objects.filter(action=Action.PERSON_EXPORTED, subject=ADA).exists()


@pytest.mark.parametrize("email", ["%00", "%20"])
def test_impossible_address_is_not_found(signed_in, email):
    assert signed_in.get(f"/people/{email}/erase/").status_code == 404


def test_person_page_offers_both(written, signed_in):
    page = signed_in.get(PERSON).content.decode()
    assert f'href="{ERASE}"' in page
    assert f'href="{EVERYTHING}"' in page


@pytest.fixture
def masked(client, make_user):
    """Signed in as one of the helpdesk, who may also erase people, but sees bodies masked."""
    user = make_user("helen", Role.HELPDESK)
    user.user_permissions.add(StoredPermission.objects.get(codename=Permission.ERASE_PERSON.codename))
    client.force_login(user)
    return client


def test_masked_user_erases_whole_rows(written, masked):
    """Rows of others are read to replace the address, and are saved as they were otherwise."""
    masked.post(ERASE, {"address": ADA})
    bodies = ScimUpdate.objects.filter(person="bob@meridian.example").values_list("request_body", flat=True)
    assert set(bodies) == {'{"manager": "erased@erased.invalid", "displayName": "Bob"}', '{"active": false}'}
    assert set(AccessRequest.objects.values_list("ip_address", flat=True)) == {"192.0.2.1"}


def test_masked_user_gets_no_file(written, masked):
    response = masked.get(EVERYTHING)
    assert response.status_code == 403
    assert "has everything unmasked" in response.content.decode()
