"""The English names of countries by their code, from the list of ISO 3166 that comes with the time zones."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from logsync.words import NO_COUNTRIES

# Where that list has an abbreviation, or the name of a part.
_BETTER = {"GB": "United Kingdom", "KR": "South Korea", "KP": "North Korea", "US": "United States"}


def country_words(code: str) -> str:
    """What a country is called: "Germany" for DE, blank for a code that is in no list."""
    return _names().get(code.upper(), "")


@cache
def _names() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("\t") for line in lines if not line.startswith("#"))
    return {code: name for code, _, name in pairs} | _BETTER | NO_COUNTRIES
