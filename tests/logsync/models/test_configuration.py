"""What is wanted of Cloudflare about a person, and which identities are whose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from logsync.models import Account, LastSeenIdentity, UserReading
from logsync.models.configuration import ASK_AGAIN_AFTER

ADA, BOB = "ada@meridian.example", "bob@meridian.example"
ADAS_ID, BOBS_ID = "57171132-e453-4ee8-b2a5-8cbaad333207", "20ac9a8e-96f5-4f6d-9f6b-0d5bd5d0e11a"
IDENTITY = UserReading.Subject.IDENTITY


@pytest.fixture
def want(account, now):
    return lambda person=ADA, subject=IDENTITY: UserReading.objects.want(account, person, subject)


def asked(reading, **values):
    UserReading.objects.filter(pk=reading.pk).update(attempted_at=timezone.now(), **values)


@pytest.mark.usefixtures("now")
class TestWanting:
    def test_first_wish_waits(self, want, make_login):
        make_login()
        assert want().is_waiting
        assert [reading.person for reading in UserReading.objects.waiting()] == [ADA]

    def test_nobody_on_record_is_wanted(self, want):
        assert want() is None
        assert want("") is None
        assert not UserReading.objects.exists()

    def test_what_was_asked_just_now_rests(self, want, make_login, time_machine):
        make_login()
        asked(want())
        time_machine.shift(ASK_AGAIN_AFTER - timedelta(seconds=1))
        assert not want().is_waiting
        time_machine.shift(1)
        assert want().is_waiting

    def test_a_wish_that_waits_keeps_its_place(self, want, make_login, time_machine, now):
        make_login()
        make_login(user_email=BOB)
        want()
        time_machine.shift(1)
        want(BOB)
        time_machine.shift(1)
        want()
        assert [reading.person for reading in UserReading.objects.waiting()] == [ADA, BOB]

    def test_wishing_again_costs_one_query(self, want, make_login, django_assert_num_queries):
        make_login()
        want()
        with django_assert_num_queries(1):
            want()


@pytest.fixture
def seen(account, now):
    """Keep an identity of a user."""

    def keep(person, user_id="", at=now):
        return LastSeenIdentity.objects.create(
            account=account,
            access_id=f"access {person}",
            user_id=user_id,
            person=person,
            first_read_at=at,
            last_read_at=at,
            digest=f"{user_id[:8]} {person} {at:%j}"[:64],
        )

    return keep


class TestWhoseIdentity:
    def test_same_id_is_same_person(self, account, seen, make_login):
        make_login(user_id=ADAS_ID)
        renamed = seen("ada.byron@meridian.example", ADAS_ID)
        assert list(LastSeenIdentity.objects.of(account, ADA, ADAS_ID)) == [renamed]

    def test_same_address_does_without_ids(self, account, seen):
        ada = seen(ADA)
        assert list(LastSeenIdentity.objects.of(account, ADA)) == [ada]
        assert list(LastSeenIdentity.objects.of(account, ADA, ADAS_ID)) == [ada]
        assert list(LastSeenIdentity.objects.of(account, BOB, ADAS_ID)) == []

    def test_address_of_another_user_differs(self, account, seen, make_login):
        make_login(user_id=BOBS_ID)
        seen(ADA, BOBS_ID)
        assert list(LastSeenIdentity.objects.of(account, ADA, ADAS_ID)) == []

    def test_id_unknown_to_the_log_tells_nothing(self, account, seen, make_login):
        make_login(user_id=ADAS_ID)
        ada = seen(ADA, BOBS_ID)
        assert list(LastSeenIdentity.objects.of(account, ADA, ADAS_ID)) == [ada]

    def test_newest_comes_first(self, account, seen, now):
        older, newer = seen(ADA, at=now - timedelta(days=1)), seen(ADA)
        assert list(LastSeenIdentity.objects.of(account, ADA)) == [newer, older]

    def test_other_accounts_and_nobody_have_none(self, seen):
        seen("")
        other = Account.objects.create(account_id="b" * 32)
        assert list(LastSeenIdentity.objects.of(other, ADA)) == []
        assert list(LastSeenIdentity.objects.of(other, "")) == []
