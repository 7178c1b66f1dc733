"""What was found in public reports: logs and misbehaviours of Cloudflare, each with what must be seen then.

An input has the rows that Cloudflare's API answers (`logins`, `scim`, `idps`, `apps`; those of other accounts are in
`more_accounts`), how that Cloudflare misbehaves (`api`), settings (`env`), and `checks`. `{{-40m}}` is the time 40
minutes ago, with what follows a `|` in place of the `Z`; `{{account}}` is the id of the first account; a row with
`$repeat` stands for so many rows, numbered by `{n}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "inputs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
ACCOUNT_IDS = [digit * 32 for digit in "abcdef"]

TIME = re.compile(r"\{\{-(?P<minutes>\d+)m(?:\|(?P<form>[^}]+))?\}\}")
OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d\d):(?P<minutes>\d\d)")


def load(name: str, now: datetime) -> dict[str, Any]:
    """An input, with everything in it filled in as of `now`."""
    filled: dict[str, Any] = _filled(json.loads((FOLDER / f"{name}.json").read_text()), now)
    return filled


def _filled(value: Any, now: datetime) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, now) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, now) for row in value for item in _repeated(row)]
    return _filled_text(value, now) if isinstance(value, str) else value


def _repeated(row: Any) -> Iterator[Any]:
    """The rows that a row stands for."""
    if not isinstance(row, dict) or "$repeat" not in row:
        yield row
        return
    pattern = json.dumps({name: value for name, value in row.items() if name != "$repeat"})
    for number in range(row["$repeat"]):
        yield json.loads(pattern.replace("{n}", f"{number:04}"))


def _filled_text(text: str, now: datetime) -> str | int:
    text = text.replace("{{account}}", ACCOUNT_IDS[0])
    if (whole := TIME.fullmatch(text)) and whole["form"] in ("unix", "unixns"):
        seconds = int(_moment(whole, now).timestamp())
        return seconds * 10**9 if whole["form"] == "unixns" else seconds
    return TIME.sub(lambda found: _written(_moment(found, now), found["form"] or "Z"), text)


def _moment(found: re.Match[str], now: datetime) -> datetime:
    return (now - timedelta(minutes=int(found["minutes"]))).replace(microsecond=0)


def _written(moment: datetime, end: str) -> str:
    """A time as Cloudflare might write it, ending so: "Z", ".000000Z", "+09:30"."""
    if offset := OFFSET.fullmatch(end):
        east = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
        moment = moment.astimezone(timezone(-east if offset["sign"] == "-" else east))
    return f"{moment:%Y-%m-%dT%H:%M:%S}{end}"
