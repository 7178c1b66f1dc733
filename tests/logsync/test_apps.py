"""What the application sets up when it starts."""

from __future__ import annotations

import pytest
import stamina


@stamina.retry(on=OSError, attempts=2)
def fail():
    raise OSError("out of reach")


def test_retries_are_logged_not_printed(caplog, capsys):
    with pytest.raises(OSError, match="out of reach"):
        fail()
    assert {record.name for record in caplog.records} == {"stamina"}
    assert capsys.readouterr().out == ""
