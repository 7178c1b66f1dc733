"""`manage.py redact`: what it says."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command

from logsync.models import ScimUpdate


def run():
    out = StringIO()
    call_command("redact", stdout=out)
    return out.getvalue()


def test_says_how_many_rows_changed(make_login, make_update, capsys):
    make_login()
    make_update(request_body='{"password": "hunter2"}')
    make_update(request_body='{"password": "[redacted]"}')
    assert run() == "1 row changed; the others held no more secrets.\n"
    assert "3/3" in capsys.readouterr().err
    assert set(ScimUpdate.objects.values_list("request_body", flat=True)) == {'{"password": "[redacted]"}'}
    assert run() == "0 rows changed; the others held no more secrets.\n"
