"""Choose the advice for an error."""

import re
from dataclasses import dataclass

from logsync.scim.advice.entries import ENTRIES, Entry
from logsync.scim.advice.sources import Source
from logsync.scim.advice.vendors import WHERE_TO_LOOK, Step, Vendor

# "sensitive" is also an ordinary word ("case sensitive"), so it only counts where a scimType stands.
_AMBIGUOUS = frozenset({"sensitive"})
_BEFORE_A_TYPE = r"(?:^|\bstatus (?:code )?\d{3}:? |\bscimtype\W{1,3})"

# Which later success settles a failed request, by its method; see `logsync.scim.history.problem_lifecycle`.
HEALED_BY = {
    "POST": "Shown as healed once a later POST, PUT or PATCH for the same resource succeeds.",
    "PUT": "Shown as healed once a later PUT or POST for the same resource succeeds.",
    "PATCH": "Shown as healed once a later PUT or POST for the same resource, or a PATCH that makes the same change, "
    "succeeds.",
    "DELETE": "Shown as deleted once a later DELETE for the same resource succeeds.",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What usually causes an error like this, and what to do about it.

    `check` holds for any provider, `vendor_checks` for that of `vendor`; there are none if the vendor is unknown.
    `healed_by` says which later request settles it, blank for a method that SCIM doesn't know.
    """

    title: str
    cause: str
    check: str
    vendor: Vendor | None
    vendor_checks: tuple[str, ...]
    heals: str
    healed_by: str
    sources: tuple[Source, ...]


def advice_on(template: str, method: str, resource_type: str, vendor: Vendor | None) -> Advice | None:
    """The advice for an error template (see `logsync.scim.fingerprint`); None if no entry fits."""
    entry = _entry_for(template, resource_type.upper())
    if entry is None:
        return None
    steps = _vendor_steps(entry, resource_type.upper(), vendor) if vendor else []
    cited = [*entry.sources, *(source for step in steps for source in step.sources)]
    return Advice(
        title=entry.title,
        cause=entry.cause,
        check=entry.check,
        vendor=vendor,
        vendor_checks=tuple(step.text for step in steps),
        heals=entry.heals,
        healed_by=HEALED_BY.get(method.upper(), ""),
        sources=tuple(dict.fromkeys(cited)),
    )


def _entry_for(template: str, resource_type: str) -> Entry | None:
    """The entry of the scimType in the error, else the first whose words are in it."""
    fitting = [entry for entry in ENTRIES if entry.resource_type in ("", resource_type)]
    by_type = (entry for entry in fitting if entry.scim_type and _names_type(template, entry.scim_type))
    by_words = (entry for entry in fitting if entry.words and entry.words.search(template))
    return next(by_type, None) or next(by_words, None)


def _names_type(template: str, scim_type: str) -> bool:
    word = scim_type.lower()
    before = _BEFORE_A_TYPE if word in _AMBIGUOUS else r"\b"
    return re.search(rf"{before}{word}\b", template) is not None


def _vendor_steps(entry: Entry, resource_type: str, vendor: Vendor) -> list[Step]:
    own, where = entry.at.get(vendor), WHERE_TO_LOOK.get((vendor, resource_type))
    return [step for step in (own, where) if step]
