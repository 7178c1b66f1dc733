"""Who sees IP addresses and request bodies, and what the others may not ask for.

Masking itself happens where rows are read (`logsync.models.masking`), so no page can forget it. What somebody sees
masked they may not look for either, as finding a row would tell what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from dashboard.permissions.account_limits import visible_accounts
from dashboard.permissions.permission import Permission, may
from logsync.models.masking import is_wide, network_around
from logsync.models.networks import network_named
from logsync.models.sight import Sight, seeing, seen_with, sight

NO_ADDRESS = "You see IP addresses masked, so you can’t look for one. Look for its network instead: {network}."
NO_SMALL_NETWORK = "You see IP addresses masked, so the smallest network that you can look for is {network}."
NO_BODY = "You can’t see request bodies, so you can’t look for words in them either."
NO_SORTING = "You see IP addresses masked, so you can’t sort by them."
# What a network looks like.
EXAMPLE = "203.0.113.0/24"


class SightOfUser(Sight):
    """What the user of a request may see. The user is only looked up for a page that reads something to be masked."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def is_masked(self) -> bool:
        return not may(self.request, Permission.VIEW_UNMASKED)

    @cached_property
    def accounts(self) -> frozenset[int] | None:
        return visible_accounts(self.request.user)

    def whole(self) -> Sight:
        """What the user may see of what was revealed to them."""
        return WholeSight(self.request)


class WholeSight(SightOfUser):
    """The same without masking."""

    is_masked = False


class OwnSight:
    """Answers every request with no more than its user may see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        own = SightOfUser(request)
        with seeing(own):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = seen_with(own, response.streaming_content)  # type: ignore[arg-type]
        return response


def address_refusal(values: Iterable[str]) -> str:
    """Why the user may not look for one of these IP addresses or networks; blank if they may."""
    if not sight().is_masked:
        return ""
    for value in values:
        network = network_named(value)
        if network is None:
            return NO_ADDRESS.format(network=network_around(value) or EXAMPLE)
        if not is_wide(network):
            return NO_SMALL_NETWORK.format(network=network_around(str(network[0])))
    return ""


def body_refusal() -> str:
    """Why the user may not look for words in request bodies; blank if they may."""
    return NO_BODY if sight().is_masked else ""
