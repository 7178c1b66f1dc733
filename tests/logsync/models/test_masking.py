"""What is left of values for those who may not see them whole."""

from __future__ import annotations

import pytest
from django.db.models import Max
from django.db.models.functions import Lower

from logsync.models import AccessRequest, ScimUpdate
from logsync.models.masking import MaskedAddress, masked_address, network_around, without_addresses
from logsync.models.sight import EVERYTHING, Sight, seeing, seen_with, sight
from logsync.scim.hidden_body import HIDDEN


class Masked(Sight):
    @property
    def is_masked(self) -> bool:
        return True


MASKED = Masked()


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.7", "203.0.113.•••"),
        ("::ffff:203.0.113.7", "203.0.113.•••"),
        ("2001:DB8:1:2::3", "2001:db8:1:•••"),
        ("::1", "0:0:0:•••"),
        ("fe80::1%eth0", "fe80:0:0:•••"),
        ("203.0.113.7:443", "•••"),
        ("unknown", "•••"),
    ],
)
def test_network_of_address_stays(address, masked):
    assert masked_address(address) == masked


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.255", "198.51.100.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("2001:DB8:1:ffff::", "2001:db8:1::/48"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        (MaskedAddress("192.0.2.7"), "192.0.2.0/24"),
        ("", ""),
        ("not an address", ""),
        ("999.1.1.1", ""),
    ],
)
def test_network_is_prefix_of_ip_address(address, network):
    assert network_around(address) == network


def test_masked_addresses_equal_if_whole_ones_do():
    one, same, other = MaskedAddress("192.0.2.7"), MaskedAddress("192.0.2.7"), MaskedAddress("192.0.2.8")
    assert (str(one), len({one, same, other})) == (str(other), 2)
    assert one == same
    assert one != other
    assert one != "192.0.2.•••"


def test_addresses_within_texts_are_masked():
    extra = {"via": ["seen from 192.0.2.7, then [2001:db8:1:2::3]", 7], "at": "10:20:30", "request_body": {"a": "b"}}
    assert without_addresses(extra) == {
        "via": ["seen from 192.0.2.•••, then [2001:db8:1:•••]", 7],
        "at": "10:20:30",
        "request_body": HIDDEN,
    }


def test_every_way_of_reading_masks(make_login, make_update):
    make_login(ip_address="192.0.2.7", extra={"from": "192.0.2.9"})
    make_update(request_body="secret")
    logins = AccessRequest.objects.order_by()
    with seeing(MASKED):
        assert str(logins.get().ip_address) == "192.0.2.•••"
        assert logins.get().extra == {"from": "192.0.2.•••"}
        assert list(map(str, logins.values_list("ip_address", flat=True))) == ["192.0.2.•••"]
        assert list(map(str, logins.values_list(Lower("ip_address"), flat=True))) == ["192.0.2.•••"]
        assert str(logins.aggregate(one=Max("ip_address"))["one"]) == "192.0.2.•••"
        assert ScimUpdate.objects.get().request_body == HIDDEN
    assert logins.get().ip_address == "192.0.2.7"


def test_rows_are_found_by_masked_address(make_login):
    login = make_login(ip_address="192.0.2.7")
    make_login(ip_address="192.0.2.8")
    with seeing(MASKED):
        address = AccessRequest.objects.get(pk=login.pk).ip_address
        assert AccessRequest.objects.get(ip_address=address).pk == login.pk
        assert AccessRequest.objects.get(ip_address__in=[address]).pk == login.pk


def test_blank_values_stay_blank(make_login, make_update):
    make_login(ip_address="")
    make_update(request_body="")
    with seeing(MASKED):
        assert (AccessRequest.objects.get().ip_address, ScimUpdate.objects.get().request_body) == ("", "")


def test_sight_is_kept_between_pieces():
    pieces = seen_with(MASKED, (sight() for _ in range(2)))
    assert [next(pieces), sight(), next(pieces)] == [MASKED, EVERYTHING, MASKED]
    assert list(pieces) == []
