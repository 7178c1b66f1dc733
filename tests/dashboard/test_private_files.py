"""What is under `var/` is for its owner alone, also if it was made before."""

from __future__ import annotations

import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard.private_files import keep_private, make_empty, write_once


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_new_folder_is_private(tmp_path):
    keep_private(tmp_path / "one" / "two")
    assert mode(tmp_path / "one" / "two") == 0o700


def test_wider_permissions_are_taken_away(tmp_path):
    folder = tmp_path / "var"
    (folder / "broker").mkdir(parents=True, mode=0o755)
    files = [folder / name for name in ("gatehouse.sqlite3", "gatehouse.sqlite3-wal", "secret-key")]
    for file in files:
        file.touch()
        file.chmod(0o644)
    folder.chmod(0o777)
    keep_private(folder)
    assert (mode(folder), mode(folder / "broker")) == (0o700, 0o700)
    assert {mode(file) for file in files} == {0o600}


def test_linked_files_stay_as_they_are(tmp_path):
    (tmp_path / "elsewhere").touch()
    (tmp_path / "elsewhere").chmod(0o644)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "var" / "lost").symlink_to(tmp_path / "nowhere")
    keep_private(tmp_path / "var")
    assert mode(tmp_path / "elsewhere") == 0o644


def test_unusable_folder_says_how_to_fix(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match=r"cannot be used .* Run Gatehouse as the user it belongs to"):
        keep_private(tmp_path / "file" / "var")


def test_empty_file_keeps_what_is_there(tmp_path):
    make_empty(tmp_path / "new")
    assert mode(tmp_path / "new") == 0o600
    (tmp_path / "old").write_text("rows")
    make_empty(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "rows"


def test_first_writer_of_key_wins(tmp_path):
    for text in ("one", "two"):
        write_once(tmp_path / "key", text)
    assert [(path.name, path.read_text(), mode(path)) for path in tmp_path.iterdir()] == [("key", "one", 0o600)]
