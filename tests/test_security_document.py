"""`docs/security.md` goes through every requirement of OWASP ASVS 5.0.0, levels 1 and 2, and names tests that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/security.md").read_text()
ROWS = re.findall(r"^\| (\d+)\.(\d+\.\d+) \| ([a-z ]+) \| (.+?) \| *(?:`(.+)`)? *\|$", TEXT, re.MULTILINE)
# How many requirements of levels 1 and 2 each chapter of ASVS 5.0.0 has.
REQUIREMENTS = dict(enumerate((27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7), start=1))
STATUSES = {"met", "not met", "yours", "does not apply"}


def test_every_requirement_has_one_row():
    numbers = [(chapter, number) for chapter, number, *_ in ROWS]
    assert len(set(numbers)) == len(numbers)
    assert Counter(int(chapter) for chapter, _ in numbers) == REQUIREMENTS


def test_counts_are_those_of_rows():
    found = Counter(status for _, _, status, _, _ in ROWS)
    assert set(found) <= STATUSES
    sentence = (
        f"{found['met']} are met, {found['not met']} are not, {found['yours']} are yours, "
        f"{found['does not apply']} do not apply."
    )
    assert sentence in TEXT


@pytest.mark.parametrize("test", sorted({test for *_, test in ROWS if test}))
def test_named_test_exists(test):
    path, _, name = test.partition("::")
    place = ROOT / "tests" / path
    assert place.exists()
    assert not name or f"def {name}(" in place.read_text()
