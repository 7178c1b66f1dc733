"""How files for the browser are collected: a stylesheet that imports others is sent as one file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "gatehouse.css"
IMPORT = re.compile(r'@import url\("([^"]+)"\);\n')


class OneStylesheetStorage(CompressedManifestStaticFilesStorage):
    """The manifest storage, with the sheets that SHEET imports written into it.

    A browser would ask for an imported sheet only after the one that imports it has come.
    """

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            sheet = IMPORT.sub(lambda found: _read(found[1], paths), _read(SHEET, paths))
            Path(self.path(SHEET)).write_text(sheet)
            # What is processed from here on is what was written just now, not the file that was found.
            paths[SHEET] = (self, SHEET)
        yield from super().post_process(paths, dry_run, **options)


def _read(name: str, paths: dict[str, Any]) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        text: str = file.read().decode()
    return text
