"""Reads templates for pages: the indentation of their lines is for who reads the template, and no page repeats it."""

from __future__ import annotations

import re

from django.template.base import Origin
from django.template.loaders import filesystem

# No template writes text that keeps its blanks (`pre`, `textarea`) over several lines.
INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class Loader(filesystem.Loader):
    """Finds templates where Django does, and leaves out the blanks that begin their lines."""

    def get_contents(self, origin: Origin) -> str:
        """Line ends stay, so that an error names the line of the file."""
        return INDENTATION.sub("", super().get_contents(origin))
