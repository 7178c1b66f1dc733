"""Files and folders under `var/` that only their owner may read.

There may be the database, keys, and messages of the broker. Nobody else can open the folder, and so reach any of them;
the files are for their owner alone as well, as somebody may move them elsewhere.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_private(folder: Path) -> None:
    """Make a folder, or take from others what they may do with it and with what is in it.

    Raises ImproperlyConfigured if this user cannot use it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        paths = [folder, *folder.iterdir()]
    except OSError as error:
        raise ImproperlyConfigured(
            f"The folder {str(folder)!r} cannot be used ({error.strerror}). Run Gatehouse as the user it belongs to."
        ) from error
    for path in paths:
        # Files come and go, and some may be another user's.
        with suppress(OSError):
            mode = path.lstat().st_mode
            if mode & OTHERS and not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)


def make_empty(path: Path) -> None:
    """Make an empty file if there is none. SQLite gives the files that it puts beside it the same permissions."""
    with suppress(FileExistsError), open(path, "x", opener=for_the_owner):
        pass


def write_once(path: Path, text: str) -> None:
    """Write a file, unless there is one; no other process ever reads half of it."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(part, "x", opener=for_the_owner) as file:
            file.write(text)
        with suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def for_the_owner(path: str, flags: int) -> int:
    """The opener of a file that, if it is new, only its owner may read."""
    return os.open(path, flags, 0o600)
