"""Which texts are IP addresses in a network, by conditions that both databases understand.

The log has addresses as text. The beginning that all addresses of a network share is looked up by index; a pattern
decides about the rest where the network ends within a part of the address.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.db.models import Q

Network = IPv4Network | IPv6Network
_GROUPS, _GROUP_BITS = 8, 16
_ANY_GROUP = "[0-9a-f]{1,4}"
_REST = "[0-9a-f:.]*"
_DOT = r"\."


def network_named(text: str) -> Network | None:
    """The network of a text such as 198.51.100.0/24; None for anything else, and for a single address."""
    if "/" not in text:
        return None
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return network if network.num_addresses > 1 else None


def in_network(field: str, network: Network) -> Q:
    """The rows whose `field` is an address in the network: IPv4 also mapped to IPv6, IPv6 in short form (RFC 5952)."""
    if isinstance(network, IPv4Network):
        start, pattern = _v4(network)
        return _begins(field, start, pattern) | _begins(field, f"::ffff:{start}", pattern)
    start, pattern = _v6(network)
    return _begins(field, start, pattern)


def _begins(field: str, start: str, pattern: str) -> Q:
    # Digits and letters up to "f" sort below "g" in every collation, so an index finds the range.
    within = Q(**{f"{field}__gte": start, f"{field}__lt": f"{start}g"}) if start else Q()
    return within & Q(**{f"{field}__regex": pattern})


def _v4(network: IPv4Network) -> tuple[str, str]:
    """What all addresses begin with, and their pattern."""
    octets, (whole, rest) = str(network.network_address).split("."), divmod(network.prefixlen, 8)
    start = "".join(f"{octet}." for octet in octets[:whole])
    parts = octets[:whole]
    if rest:
        first = int(octets[whole])
        parts.append(f"({'|'.join(map(str, range(first, first + 2 ** (8 - rest))))})")
    parts += ["[0-9]{1,3}"] * (4 - len(parts))
    return start, rf"^(::ffff:)?{_DOT.join(parts)}\Z"


def _v6(network: IPv6Network) -> tuple[str, str]:
    whole, rest = divmod(network.prefixlen, _GROUP_BITS)
    values = [int(group, 16) for group in network.network_address.exploded.split(":")]
    leading = next((at for at, value in enumerate(values[:whole]) if value == 0), whole)
    start = "".join(f"{value:x}:" for value in values[:leading])
    groups = [f"{value:x}" for value in values[:whole]]
    if rest:
        groups.append(_group_from(values[whole], _GROUP_BITS - rest))
    can_be_zero = [value == 0 for value in values[: len(groups)]]
    spellings = "|".join(_spellings(groups, can_be_zero)) if groups else f"{_REST}:{_REST}"
    return start, rf"^({spellings})\Z"


def _group_from(first: int, bits: int) -> str:
    """The pattern of a group whose last `bits` are free."""
    nibbles, free = divmod(bits, 4)
    head = first >> bits + (4 - free if free else 0)
    digits = ""
    if free:
        lowest = (first >> nibbles * 4) & 0xF
        digits = "".join(f"{digit:x}" for digit in range(lowest, lowest + 2**free))
    if head:
        return f"{head:x}" + (f"[{digits}]" if digits else "") + "[0-9a-f]" * nibbles
    short = f"[0-9a-f]{{1,{nibbles}}}" if nibbles else "0"
    if not digits:
        return short
    longer = f"[{digits.replace('0', '')}]" + "[0-9a-f]" * nibbles if digits != "0" else ""
    return f"({'|'.join(filter(None, [short if '0' in digits else '', longer]))})"


def _spellings(groups: list[str], can_be_zero: list[bool]) -> Iterator[str]:
    """Each way to write an address that begins with these groups: all of them, or with "::" for a run of zeros."""
    count, after = len(groups), _GROUPS - len(groups)
    yield ":".join([*groups, _REST]) if after else ":".join(groups)
    for begin in range(count):
        for end in range(begin + 1, count + 1):
            if not all(can_be_zero[begin:end]):
                break
            head, length = ":".join(groups[:begin]) + "::", end - begin
            if end < count:
                # The run stops before the last group, so all that follows is written.
                yield head + ":".join([*groups[end:], *[_ANY_GROUP] * after])
            else:
                # It reaches the last group, and maybe further.
                yield head + _up_to(after if length > 1 else after - 1)


def _up_to(most: int) -> str:
    """At most so many groups."""
    return f"({_ANY_GROUP}(:{_ANY_GROUP}){{0,{most - 1}}})?" if most > 0 else ""
