"""What is taken to be true of one login while it is asked whether there can be such a login at all.

A login has one e-mail address, one country, one IP address, and comes by one login method; of all else, each rule may
be met or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import TypeAlias

from logsync.cloudflare.policies import Rule

# Something that is true of a login or not: its kind, and a value of that kind. Equal ones are true of the same logins.
Atom: TypeAlias = tuple[str, object]
# A network: its IP version, its first and its last address.
Network: TypeAlias = tuple[int, int, int]

EMAIL, DOMAIN, COUNTRY, METHOD, NETWORK = "email", "email_domain", "geo", "login_method", "ip"
_ONLY_ONE = (EMAIL, DOMAIN, COUNTRY, METHOD)
_EVERYWHERE: tuple[Network, ...] = ((4, 0, 2**32 - 1), (6, 0, 2**128 - 1))
# Whoever answers for it may answer differently each time.
_NEVER_THE_SAME = ("", "external_evaluation")


def atom_of(rule: Rule) -> Atom:
    """What a rule other than a rule group says of a login; a rule that isn't understood is like no other."""
    if rule.kind == EMAIL and (email := rule.text("email").lower()):
        return EMAIL, email
    if rule.kind == DOMAIN and (domain := rule.text("domain").lower().removeprefix("@")):
        return DOMAIN, domain
    if rule.kind == COUNTRY and (country := rule.text("country_code").upper()):
        return COUNTRY, country
    if rule.kind == METHOD and (method := rule.text("id")):
        return METHOD, method
    if rule.kind == NETWORK:
        return NETWORK, _network(rule.text("ip")) or object()
    if rule.kind in (*_ONLY_ONE, *_NEVER_THE_SAME):
        return rule.kind, object()
    return rule.kind, json.dumps(rule.value, sort_keys=True, default=str)


def _network(text: str) -> Network | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return network.version, int(network.network_address), int(network.broadcast_address)


class Known:
    """Atoms that are true and atoms that are false, as long as a login can have them all; the last ones can be undone.

    Adding an atom takes time that grows with the networks at most.
    """

    def __init__(self) -> None:
        self._signs: dict[Atom, bool] = {}
        self._only: dict[str, object] = {}
        self._inside: list[Network] = []
        self._outside: list[Network] = []

    def __len__(self) -> int:
        return len(self._signs)

    def add(self, atom: Atom, sign: bool) -> bool:
        """Take an atom for true or false; no if a login can't have it besides what is known already."""
        if atom in self._signs:
            return self._signs[atom] is sign
        if not (self._fits_true(atom) if sign else self._fits_false(atom)):
            return False
        kind, value = atom
        self._signs[atom] = sign
        if sign and kind in _ONLY_ONE:
            self._only[kind] = value
        if kind == NETWORK and isinstance(value, tuple):
            (self._inside if sign else self._outside).append(value)
        return kind != NETWORK or not self._inside or self.has_an_address()

    def undo(self, length: int) -> None:
        """Forget the newest atoms, so that `length` are left."""
        while len(self._signs) > length:
            (kind, value), sign = self._signs.popitem()
            if sign and kind in _ONLY_ONE:
                del self._only[kind]
            if kind == NETWORK and isinstance(value, tuple):
                (self._inside if sign else self._outside).pop()

    def _fits_true(self, atom: Atom) -> bool:
        kind, value = atom
        if kind in _ONLY_ONE and kind in self._only:
            return False
        if kind == EMAIL:
            domain = _domain_of(value)
            return self._only.get(DOMAIN, domain) == domain and self._signs.get((DOMAIN, domain), True)
        if kind == DOMAIN and EMAIL in self._only:
            return _domain_of(self._only[EMAIL]) == value
        return True

    def _fits_false(self, atom: Atom) -> bool:
        kind, value = atom
        return kind != DOMAIN or EMAIL not in self._only or _domain_of(self._only[EMAIL]) != value

    def has_an_address(self) -> bool:
        """Whether there is an IP address inside and outside of all these networks; a login needs one."""
        spaces = [self._shared(space) for space in _EVERYWHERE]
        return any(space and not _covered(space, self._outside) for space in spaces)

    def _shared(self, space: Network) -> Network | None:
        """What of a space is inside of all networks."""
        version, first, last = space
        for of, begin, end in self._inside:
            if of != version:
                return None
            first, last = max(first, begin), min(last, end)
        return (version, first, last) if first <= last else None


def _domain_of(email: object) -> str:
    return str(email).rpartition("@")[2]


def _covered(space: Network, networks: Iterable[Network]) -> bool:
    """Whether the networks leave nothing of a space."""
    version, first, last = space
    for begin, end in _of_version(networks, version):
        if begin > first:
            return False
        first = max(first, end + 1)
        if first > last:
            return True
    return False


def _of_version(networks: Iterable[Network], version: int) -> Iterator[tuple[int, int]]:
    yield from sorted((begin, end) for of, begin, end in networks if of == version and begin <= end)
