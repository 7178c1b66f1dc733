"""`python -m tests.query_counts`: rewrite the table of how many queries each address makes, after a change on purpose.

`query_counts.json` has a number for each address, or one for each database where they differ. Where PostgreSQL is not
installed, its numbers stay as they are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests import services

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests" / "query_counts.json"
TEST = "tests/dashboard/test_query_counts.py::test_query_counts_match_the_table"
REWRITE = "GATEHOUSE_REWRITE_QUERY_COUNTS"
VENDORS = ("sqlite", "postgresql")


def read(vendor: str) -> dict[str, int]:
    """The number of queries by address."""
    kept: dict[str, int | dict[str, int]] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    by_vendor = {address: number if isinstance(number, dict) else {vendor: number} for address, number in kept.items()}
    return {address: numbers[vendor] for address, numbers in by_vendor.items() if vendor in numbers}


def write(vendor: str, counts: dict[str, int]) -> None:
    """Put these numbers into the table, and leave those of the other database."""
    of = {other: read(other) for other in VENDORS} | {vendor: counts}
    table: dict[str, int | dict[str, int]] = {}
    for address in sorted(counts):
        numbers = {name: of[name][address] for name in VENDORS if address in of[name]}
        table[address] = numbers if len(set(numbers.values())) > 1 else counts[address]
    TABLE.write_text(json.dumps(table, indent=2) + "\n")


def main() -> int:
    environ = {**os.environ, "SECRET_KEY": "tests", REWRITE: "1"}
    environ.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "pytest", "-q", TEST]
    result = subprocess.call(command, cwd=ROOT, env=environ)
    if result == 0 and services.available("postgresql"):
        with services.postgresql() as url:
            result = subprocess.call(command, cwd=ROOT, env={**environ, "DATABASE_URL": url})
    return result


if __name__ == "__main__":
    sys.exit(main())
