"""One observation per person: whether any login of theirs was denied, and the values of the last such login."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from logsync.models.masking import MaskedAddress, network_around


class Field(IntEnum):
    """What is compared, in the order in which equal differences are shown; the number is the index in `values`.

    SCIM data is not compared: Access judges a login by what the identity provider sends with it.
    """

    CONNECTION = 0
    COUNTRY = 1
    NETWORK = 2
    APP_HOST = 3
    APP_TYPE = 4
    EMAIL_DOMAIN = 5
    ALLOWED_BEFORE = 6
    IP_ADDRESS = 7


@dataclass(frozen=True, slots=True)
class Observation:
    """A person, denied or allowed, with a value for each Field; "" for none."""

    is_denied: bool
    values: tuple[str, ...]


def observation_of(
    *,
    is_denied: bool,
    person: str,
    connection: str,
    country: str,
    ip_address: str,
    app_domain: str,
    app_type: str,
    allowed_before: bool | None,
) -> Observation:
    """The observation of a login row. `allowed_before` is None if the time before is not known.

    Those who see IP addresses masked get the networks compared, but not the addresses.
    """
    before = {True: "yes", False: "no", None: ""}[allowed_before]
    host = app_domain.partition("/")[0].lower()
    domain = person.rpartition("@")[2] if "@" in person else ""
    network, shown = network_around(ip_address), "" if isinstance(ip_address, MaskedAddress) else ip_address
    return Observation(is_denied, (connection, country.upper(), network, host, app_type, domain, before, shown))
