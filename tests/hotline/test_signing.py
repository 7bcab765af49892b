"""A clinician signs a protocol; a change shows, and a drop in level does not pass unsigned."""

import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from flows.load import load
from hotline.readiness import signed_hash
from hotline.settings import PROTOCOL_FOLDER
from hotline.signing import NotSignable, sign, sign_off_of, unsigned_drop, version

WEAK_LIMB = ("{limbs: 3}, level: urgent_today", "{limbs: 3}, level: clinician_soon")
NIGHT = ("{risks: 7}, level: clinician_soon", "{risks: 7}, level: urgent_today")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "back_pain"
    shutil.copytree(PROTOCOL_FOLDER, copy)
    return copy


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "protocol.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def signed(folder: Path) -> None:
    sign(folder, "Dr Made Up", "tester", date(2026, 1, 7))


def test_the_repository_ships_no_sign_off() -> None:
    """A made-up one would let production start."""
    assert sign_off_of(PROTOCOL_FOLDER) is None
    assert not (PROTOCOL_FOLDER / "signed").exists()


def test_a_sign_off_names_the_person_and_the_hash(folder: Path) -> None:
    signed(folder)
    found = sign_off_of(folder)
    assert found is not None
    assert (found.name, found.role, found.date) == ("Dr Made Up", "tester", "2026-01-07")
    assert found.hash == signed_hash(folder) == load(folder).hash


def test_nobody_signs_without_a_name_and_a_role(folder: Path) -> None:
    with pytest.raises(NotSignable, match="--name and --role"):
        sign(folder, " ", "tester", date(2026, 1, 7))
    assert sign_off_of(folder) is None


def test_a_lowered_level_is_a_fault_until_it_is_signed_again(folder: Path) -> None:
    signed(folder)
    change(folder, *WEAK_LIMB)
    drop = unsigned_drop(folder, load(folder))
    assert drop is not None and "limbs 3" in drop and "Dr Made Up" in drop
    signed(folder)
    assert unsigned_drop(folder, load(folder)) is None


def test_a_raised_level_changes_the_hash_but_is_no_drop(folder: Path) -> None:
    signed(folder)
    change(folder, *NIGHT)
    protocol = load(folder)
    assert signed_hash(folder) != protocol.hash
    assert unsigned_drop(folder, protocol) is None


def test_a_half_written_sign_off_is_none(folder: Path) -> None:
    (folder / "signoff.yaml").write_text("name: Dr Made Up\n", encoding="utf-8")
    assert sign_off_of(folder) is None


def test_a_git_revision_is_a_version(folder: Path) -> None:
    """`hotline diff HEAD` compares with what was committed."""

    def git(*arguments: str) -> None:
        made_up = ["-c", "user.name=Made Up", "-c", "user.email=made.up@example.org"]
        subprocess.run(["git", *made_up, *arguments], cwd=folder.parent, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    before = load(folder)
    change(folder, *NIGHT)
    assert version("HEAD", folder).hash == before.hash
    assert version(str(folder), folder).hash == load(folder).hash != before.hash


def test_a_version_that_is_nowhere_is_named(folder: Path) -> None:
    with pytest.raises(NotSignable, match="nowhere"):
        version("nowhere", folder)
