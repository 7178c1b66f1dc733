"""The English names of countries by their code, from the list of ISO 3166 that comes with the time zones."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from logsync.words import NO_COUNTRIES

# Where that list has an abbreviation, or the name of a part.
_BETTER = {"GB": "the United Kingdom", "KR": "South Korea", "KP": "North Korea"}
# Those that are written with an article.
_WITH_ARTICLE = ("AE", "BS", "CF", "DO", "GM", "MV", "NL", "PH", "US", "VI")


def country_words(code: str) -> str:
    """What a country is called: "Germany" for DE, blank for a code that is in no list."""
    return _names().get(code.upper(), "")


@cache
def _names() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("\t") for line in lines if not line.startswith("#"))
    names = {code: f"the {name}" if code in _WITH_ARTICLE else name for code, _, name in pairs}
    return names | _BETTER | NO_COUNTRIES
