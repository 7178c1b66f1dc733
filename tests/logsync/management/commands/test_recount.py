"""`manage.py recount`: what it ends with, and what it says."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from logsync.derived.recount import differences, rebuild
from logsync.models import HourlyCount
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(make_login, make_update, now):
    """Three rows in two hours, counted."""
    make_login()
    make_login(allowed=True)
    make_update(idp_id="p1")
    rebuild()


def recount(*arguments):
    out = StringIO()
    call_command("recount", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments):
    """Run the command, which is to fail; what it wrote, and its last words."""
    out = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("recount", *arguments, stdout=out)
    assert raised.value.returncode == 1
    return out.getvalue(), str(raised.value)


def test_reports_equal_counts(rows):
    assert recount() == "All 12 derived rows equal a recount of the rows.\n"


def test_empty_database_has_equal_counts(db):
    assert recount() == "All 0 derived rows equal a recount of the rows.\n"


def test_wrong_count_is_named_and_kept(rows, account):
    HourlyCount.objects.filter(log="access_requests").update(total=1234, failed=1)
    HourlyCount.objects.filter(log="scim_updates").delete()
    for _ in range(2):
        named = f"account {account.account_id}"
        shown, words = refused()
        assert shown.splitlines() == [
            f"{named} access_requests 19 Nov 2026 13:00 UTC: kept 1,234 (1 failed), 2 attempts (1 denied), "
            "counted 2 (1 failed), 2 attempts (1 denied)",
            f"{named} scim_updates p1 19 Nov 2026 13:00 UTC: kept nothing, counted 1 (1 failed)",
        ]
        assert words == "2 derived rows differ from the log rows; fix them with --rebuild."


def test_count_without_rows_is_wrong(rows, make_login):
    HourlyCount.objects.update(idp_id="p9")
    shown, _ = refused()
    assert "scim_updates p9 19 Nov 2026 13:00 UTC: kept 1 (1 failed), counted nothing" in shown


def test_repairs_wrong_counts(rows):
    HourlyCount.objects.update(total=99)
    shown = recount("--rebuild")
    assert shown.splitlines()[-1] == "2 derived rows were wrong and were replaced by a recount."
    assert differences() == []
    assert recount() == "All 12 derived rows equal a recount of the rows.\n"


def test_equal_counts_need_no_repair(rows):
    assert recount("--rebuild") == "All 12 derived rows equal a recount of the rows.\n"


def test_first_twenty_differences_are_shown(rows, account):
    HourlyCount.objects.bulk_create(
        HourlyCount(account=account, log="scim_updates", idp_id=f"x{number}", hour=NOW, total=1, failed=0)
        for number in range(1500)
    )
    shown, words = refused()
    assert len(shown.splitlines()) == 20
    assert words.startswith("1,500 derived rows differ")
