"""The page of stages is what the table says."""

from pathlib import Path

from flows.picture import page

STAGES = Path(__file__).resolve().parents[2] / "docs" / "stages.md"


def test_the_page_of_stages_is_made_from_the_table() -> None:
    """Stale: run `python -m flows.picture > docs/stages.md`."""
    assert STAGES.read_text(encoding="utf-8") == page()
