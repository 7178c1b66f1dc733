"""A network finds exactly the addresses that are in it, on both databases."""

from __future__ import annotations

import ipaddress
import re

import pytest
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from logsync.models import AccessRequest
from logsync.models.networks import in_network, network_named
from tests.examples import examples

# Groups that are often zero, so that every way to write a run of zeros occurs.
GROUPS = st.one_of(st.just(0), st.sampled_from([1, 0x1A, 0x1AB, 0xFFFF]), st.integers(0, 0xFFFF))
V6 = st.lists(GROUPS, min_size=8, max_size=8).map(lambda groups: int("".join(f"{group:04x}" for group in groups), 16))
V4 = st.integers(0, 2**32 - 1)


def conditions(query):
    """Each pair of a beginning and a pattern in a condition."""
    if isinstance(query, tuple):
        return [("", query[1])]
    if query.connector == Q.OR:
        return [pair for child in query.children for pair in conditions(child)]
    leaves = dict(query.children)
    return [(leaves.get("ip_address__gte", ""), leaves["ip_address__regex"])]


def holds(network, text):
    pairs = conditions(in_network("ip_address", network))
    return any(text.startswith(start) and re.search(pattern, text) is not None for start, pattern in pairs)


def near(first, second, kept, bits):
    """An address with the first bits of one and the other bits of another."""
    mask = ((1 << kept) - 1) << (bits - kept)
    return (first & mask) | (second & ~mask)


@examples(600)
@given(V6, V6, st.integers(0, 127), st.integers(-4, 6))
def test_v6_addresses_match_like_ipaddress(first, second, length, more):
    network = ipaddress.IPv6Network((first, length), strict=False)
    address = ipaddress.IPv6Address(near(first, second, max(0, min(128, length + more)), 128))
    assert holds(network, str(address)) == (address in network)


@examples(300)
@given(V4, V4, st.integers(0, 31), st.integers(-4, 6))
def test_v4_addresses_match_like_ipaddress(first, second, length, more):
    network = ipaddress.IPv4Network((first, length), strict=False)
    address = ipaddress.IPv4Address(near(first, second, max(0, min(32, length + more)), 32))
    assert holds(network, str(address)) == (address in network)
    assert holds(network, f"::ffff:{address}") == (address in network)


@pytest.mark.parametrize("text", ["", "192.0.2.1", "192.0.2.1/32", "192.0.2.0/33", "a/b", "2001:db8::/129", "1/2/3"])
def test_other_texts_are_no_network(text):
    assert network_named(text) is None


def test_host_bits_of_network_are_ignored():
    assert network_named(" 192.0.2.77/24 ") == ipaddress.ip_network("192.0.2.0/24")


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ("192.0.2.0/24", ["192.0.2.1", "192.0.2.200", "::ffff:192.0.2.9"]),
        ("192.0.2.128/25", ["192.0.2.200"]),
        ("192.0.0.0/22", ["192.0.2.1", "192.0.2.200", "::ffff:192.0.2.9"]),
        ("2001:db8::/32", ["2001:db8::1", "2001:db8:0:1::5"]),
        ("2001:db8::/64", ["2001:db8::1"]),
    ],
)
def test_database_finds_addresses_of_network(network, found, make_login):
    for text in ("192.0.2.1", "192.0.2.200", "::ffff:192.0.2.9", "192.0.20.1", "192.0.2", "x192.0.2.1", "192.0.2.1x"):
        make_login(ip_address=text)
    for text in ("2001:db8::1", "2001:db8:0:1::5", "2001:db80::1", ""):
        make_login(ip_address=text)
    rows = AccessRequest.objects.filter(in_network("ip_address", ipaddress.ip_network(network)))
    assert sorted(rows.values_list("ip_address", flat=True)) == sorted(found)
