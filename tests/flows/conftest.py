"""The protocol of these tests: the shipped one, read once."""

import pytest

from flows.load import load
from flows.protocol import Protocol
from hotline.settings import PROTOCOL_FOLDER


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """The back-pain protocol."""
    return load(PROTOCOL_FOLDER)
