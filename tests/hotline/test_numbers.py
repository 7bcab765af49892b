"""What a number tells of the phone behind it. All numbers are made up."""

import pytest

from hotline.numbers import may_get_texts


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("+12025550143", True),  # a number of North America does not tell
        ("whatsapp:+12025550143", True),
        ("+18005550143", False),
        ("+442079460143", False),  # a landline in London
        ("+447700900143", True),
        ("anonymous", False),
        ("", False),
    ],
)
def test_a_text_is_offered_only_where_the_number_can_get_one(address: str, may: bool) -> None:
    assert may_get_texts(address) is may
