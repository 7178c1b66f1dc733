"""docs/roles.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import resolve

from dashboard.permissions.declare import declared_for
from dashboard.permissions.permission import DESCRIPTIONS
from dashboard.permissions.refusals import MOST_RECORDED
from dashboard.permissions.roles import PERMISSIONS, Role

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "roles.md").read_text()
ROWS = {
    first: answers.split(" | ") for first, answers in re.findall(r"^\| (.+?) \| ((?:yes|no)[^\n]*) \|$", TEXT, re.M)
}
EXAMPLES = {"<key>": "0" * 32, "<email>": "ada@meridian.example"}


def answers_for(permission):
    return ["yes" if permission in PERMISSIONS[role] else "no" for role in Role]


def test_heads_name_the_roles():
    heads = re.findall(r"^\| (?:may|address) \| (.+) \|$", TEXT, re.M)
    assert heads == [" | ".join(role.label for role in Role)] * 2


def test_every_permission_has_its_row():
    assert {words: ROWS.get(words) for words in DESCRIPTIONS.values()} == {
        words: answers_for(permission) for permission, words in DESCRIPTIONS.items()
    }


@pytest.mark.parametrize("address", [first.strip("`") for first in ROWS if first.startswith("`")])
def test_address_is_declared_like_its_row(address):
    path = address
    for placeholder, example in EXAMPLES.items():
        path = path.replace(placeholder, example)
    assert ROWS[f"`{address}`"] == answers_for(declared_for(resolve(path).func))


def test_limit_of_records_is_the_codes():
    assert f"at most {MOST_RECORDED} times in ten minutes" in TEXT
