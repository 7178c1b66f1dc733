"""The fields whose values are masked for those who may not see them, as they are read from the database.

Of an IP address the network stays: 203.0.113.•••. It still equals another only if the whole addresses are equal, and
a query still finds the rows of the whole. A request body and a row that was set aside are hidden altogether (see
`logsync.scim.hidden_body`).
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from logsync.models.networks import Network
from logsync.models.sight import sight
from logsync.scim.hidden_body import MASK, HiddenBody

# The bits of an address that may be seen, by its version.
NETWORK_BITS = {4: 24, 6: 48}
# Whatever in a text may be an IP address; each is then read as one.
_V4_LIKE = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_V6_LIKE = r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8}"
_ADDRESS_LIKE = re.compile(rf"(?<![\w.:])(?:{_V4_LIKE}|{_V6_LIKE})(?![\w:])")
HIDDEN_ROW = f"{MASK} (hidden: your role may not see it)"


class MaskedAddress(str):
    """An IP address of which only the network may be seen; `whole` is for queries and comparisons, and never shown."""

    whole: str

    def __new__(cls, whole: str) -> MaskedAddress:
        masked = super().__new__(cls, masked_address(whole))
        masked.whole = whole
        return masked

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaskedAddress) and self.whole == other.whole

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.whole)


def masked_address(text: str) -> str:
    """An IP address without the part that tells hosts of a network apart; whatever is no address is masked whole."""
    address = _read(text)
    if address is None:
        return MASK
    if isinstance(address, IPv4Address):
        return f"{str(address).rpartition('.')[0]}.{MASK}"
    groups = [int(address) >> bits & 0xFFFF for bits in (112, 96, 80)]
    return ":".join(f"{group:x}" for group in groups) + f":{MASK}"


def network_around(text: str) -> str:
    """The network of an IP address, masked or not, such as 203.0.113.0/24; blank if it is no address."""
    address = _read(text.whole if isinstance(text, MaskedAddress) else text)
    if address is None:
        return ""
    bits = NETWORK_BITS[address.version]
    host_bits = address.max_prefixlen - bits
    return f"{type(address)(int(address) >> host_bits << host_bits)}/{bits}"


def is_wide(network: Network) -> bool:
    """Whether a network has no fewer addresses than a masked address may stand for."""
    return network.prefixlen <= NETWORK_BITS[network.version]


def without_addresses(value: Any) -> Any:
    """A decoded JSON value with the IP addresses in its texts masked, and without request bodies."""
    if isinstance(value, str):
        return _ADDRESS_LIKE.sub(lambda match: masked_address(match[0]) if _read(match[0]) else match[0], value)
    if isinstance(value, list):
        return [without_addresses(item) for item in value]
    if isinstance(value, dict):
        return {
            name: str(HiddenBody("")) if name == "request_body" else without_addresses(item)
            for name, item in value.items()
        }
    return value


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
    _TextField = models.TextField[str, str]
else:
    # Only their stubs take parameters.
    _Field, _TextField = models.Field, models.TextField


class _MaskedField(_Field):
    """A field whose values are masked as they are read, by `_masked`, for those who may not see them whole.

    Which converters a query has is asked when it runs, so nothing is spent on those who see everything.
    """

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Callable[..., Any]]:
        converters: list[Callable[..., Any]] = super().get_db_converters(connection)  # type: ignore[misc]
        return [*converters, self._converted] if sight().is_masked else converters

    def _converted(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return self._masked(value) if value else value

    @abstractmethod
    def _masked(self, value: Any) -> Any:
        """The value as those see it who may not see it whole."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        # To the database it is the field that it is made of.
        name, _, args, kwargs = super().deconstruct()
        return name, self._path, args, kwargs

    _path = "django.db.models.TextField"


class AddressField(_MaskedField, _TextField):
    """An IP address as the log has it."""

    def _masked(self, value: str) -> str:
        return MaskedAddress(value)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value.whole if isinstance(value, MaskedAddress) else value)


class BodyField(_MaskedField, _TextField):
    """The body of a request."""

    def _masked(self, value: str) -> str:
        return HiddenBody(value)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value.whole if isinstance(value, HiddenBody) else value)


class RowTextField(_MaskedField, _TextField):
    """The text of a whole row."""

    def _masked(self, value: str) -> str:
        return HIDDEN_ROW


class ExtraField(_MaskedField, models.JSONField):
    """What of a row has no column of its own."""

    _path = "django.db.models.JSONField"

    def _masked(self, value: Any) -> Any:
        return without_addresses(value)
