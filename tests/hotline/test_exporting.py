"""`hotline export`: what a person at the terminal gets."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli import main


@pytest.mark.parametrize(("to", "key"), [("floip", "specification_version"), ("rapidpro", "version")])
def test_an_export_is_one_json_document_on_the_screen(to: str, key: str) -> None:
    ran = CliRunner().invoke(main, ["export", "--to", to])
    assert ran.exit_code == 0
    assert key in json.loads(ran.output)


def test_an_export_goes_into_a_file_and_the_same_folder_gives_the_same_file(tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in files:
        assert CliRunner().invoke(main, ["export", "--to", "floip", "--out", str(file)]).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_language_or_format_that_is_not_there_is_asked_wrongly() -> None:
    assert CliRunner().invoke(main, ["export", "--to", "floip", "--language", "xx"]).exit_code == 2
    assert CliRunner().invoke(main, ["export", "--to", "twilio"]).exit_code == 2


def test_a_folder_that_is_no_protocol_is_not_well(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["export", str(tmp_path), "--to", "floip"])
    assert ran.exit_code == 1 and "protocol.yaml" in ran.output
