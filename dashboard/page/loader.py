"""Reads templates without the indentation of their lines, which helps their reader but only lengthens a page."""

from __future__ import annotations

import re

from django.template.base import Origin
from django.template.loaders import filesystem

# No template has several lines of text whose blanks count (`pre`, `textarea`).
INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class Loader(filesystem.Loader):
    """Finds templates as Django does, and drops the blanks at the start of each line."""

    def get_contents(self, origin: Origin) -> str:
        """Line ends stay, so that errors give the right line."""
        return INDENTATION.sub("", super().get_contents(origin))
