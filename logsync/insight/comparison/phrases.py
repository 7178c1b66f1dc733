"""A comparison in words: only what the numbers prove, and always that it proves no cause."""

from __future__ import annotations

from math import floor

from logsync.insight.comparison.compare import FEWEST_WITH_IT, Comparison, Line, Value
from logsync.insight.comparison.observations import Field
from logsync.insight.connection_names import ConnectionNames
from logsync.words import counted, country_name

NO_CAUSE = "Having something in common doesn't prove the cause."
# Below this a p-value says no more to anybody.
LEAST_P = 0.001

NAMES = {
    Field.CONNECTION: "provider",
    Field.COUNTRY: "country",
    Field.NETWORK: "network",
    Field.APP_HOST: "app host",
    Field.APP_TYPE: "app type",
    Field.EMAIL_DOMAIN: "e-mail domain",
    Field.ALLOWED_BEFORE: "allowed here before",
    Field.IP_ADDRESS: "IP address",
}
# What people with the value did, and the short verb for others who did the same.
VERBS = {
    Field.CONNECTION: ("used {}", "did"),
    Field.COUNTRY: ("came from {}", "did"),
    Field.NETWORK: ("came from network {}", "did"),
    Field.APP_HOST: ("asked for {}", "did"),
    Field.APP_TYPE: ("asked for an app of type {}", "did"),
    Field.EMAIL_DOMAIN: ("have an e-mail address at {}", "have"),
    Field.IP_ADDRESS: ("came from IP address {}", "did"),
}
BEFORE = {
    "yes": ("had got in here before", "had"),
    "no": ("had no successful login here before, as far as is known", "had none"),
}


def shown_value(field: Field, value: str, names: ConnectionNames) -> str:
    """A value as people call it."""
    if field is Field.CONNECTION:
        return names.name(value)
    return country_name(value) if field is Field.COUNTRY else value


def value_words(field: Field, value: str, names: ConnectionNames) -> str:
    """The name of a field with a value."""
    return f"{NAMES[field]} {shown_value(field, value, names)}"


def line_words(line: Line, comparison: Comparison, names: ConnectionNames) -> str:
    """A line as a sentence, with the difference, how sure it is, and how many values were compared."""
    value = shown_value(line.field, line.value, names)
    used, did = BEFORE[line.value] if line.field is Field.ALLOWED_BEFORE else VERBS[line.field]
    same = f" (the same people: {_listed(line.same_people, names)})" if line.same_people else ""
    return (
        f"{line.denied:,} of {comparison.denied:,} denied people {used.format(value)}{same}; "
        f"of {comparison.allowed:,} people who got in, {line.allowed:,} {did}. "
        f"{difference_words(line)} ({comparison.tested:,} values compared, {p_words(line)})."
    )


def small_words(line: Line) -> str:
    """Why a significant difference does not stand out."""
    if line.denied < FEWEST_WITH_IT:
        return f"Significant, but only {counted(line.denied, 'person', 'people')}"
    return f"Significant, but small. {difference_words(line)}, {p_words(line)}"


def difference_words(line: Line) -> str:
    """The difference in percentage points, and its lower bound."""
    return f"Difference: {round(100 * line.difference)} percentage points, at least {floor(100 * line.least)}"


def p_words(line: Line) -> str:
    """How likely a difference this large is by chance, given all the values compared."""
    return f"p = {line.p:.2g}" if line.p >= LEAST_P else f"p < {LEAST_P}"


def summary(comparison: Comparison, names: ConnectionNames) -> str:
    """The sentence for a comparison without lines; blank if it has lines."""
    denied, allowed = comparison.denied, comparison.allowed
    if not comparison.has_enough_denied:
        return f"Too few people were denied to compare ({denied})."
    if not comparison.has_enough_allowed:
        nobody = f"too few people got in to compare with ({allowed})" if allowed else "nobody got in to compare with"
        if comparison.shared:
            return f"All {denied:,} denied people share {_listed(comparison.shared, names)}; {nobody}."
        return f"The {denied:,} denied people have nothing in common; {nobody}."
    if comparison.lines:
        return ""
    if comparison.small:
        small = f"{counted(len(comparison.small), 'difference is', 'differences are')} significant, but small"
        return f"{small}: {comparison.tested:,} values compared, {denied:,} denied and {allowed:,} allowed people."
    return (
        f"Nothing stands out: {comparison.tested:,} values compared, {denied:,} denied and {allowed:,} allowed people."
    )


def _listed(values: tuple[Value, ...], names: ConnectionNames) -> str:
    return ", ".join(value_words(field, value, names) for field, value in values)
