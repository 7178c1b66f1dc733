"""An e-mail address as a part of a page's own address, whatever it is made of: anybody may write one into a log."""

from __future__ import annotations

from urllib.parse import unquote

# Browsers and routes read something else into these: separators, ways up, and our own pages beside a person's.
OURS = ("deprovisioned", "deprovisioned.csv", "deprovisioned.json")


class AddressConverter:
    """Any text in the place of an address.

    What a browser or a route would take for more than text is percent-encoded once more than addresses are anyway;
    an address that somebody types in need not be.
    """

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return unquote(value)

    def to_url(self, value: str) -> str:
        if value in (".", "..", *OURS):
            return f"%{ord(value[0]):02X}{self.to_url(value[1:])}"
        return value.replace("%", "%25").replace("/", "%2F").replace("\\", "%5C")
