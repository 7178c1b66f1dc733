"""How many tests passed, failed and were skipped in several runs of pytest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree


class Totals(NamedTuple):
    """Numbers of tests; an error before or after a test is a failure."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{number} {word}" for word, number in self._asdict().items())


def totals(reports: Iterable[Path]) -> Totals:
    """The sums over these JUnit reports."""
    return Totals(*map(sum, zip(*map(_read, reports), strict=True)))


def _read(report: Path) -> Totals:
    suite = ElementTree.parse(report).find("testsuite")
    if suite is None:
        raise ValueError(f"{report} is no JUnit report")
    tests, failures, errors, skipped = (int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped"))
    failed = failures + errors
    return Totals(tests - failed - skipped, failed, skipped)
