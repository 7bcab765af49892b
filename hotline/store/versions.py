"""The source files of each protocol that was in use, so that a session finishes on the version it began with.

May use: the wire. May not: parse a protocol. Protocols are public: they are compressed, not sealed."""

import json
import zlib
from collections.abc import Mapping

from hotline.sealing import digest_of
from hotline.store.keys import tag_of, version
from hotline.store.wire import Wire

KEPT_S = 30 * 86_400


class Versions:
    """Protocols by their hash."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def publish(self, hash: str, files: Mapping[str, str]) -> None:
        """Keeps a protocol's files (text by name) for 30 days from now; every process does it when it
        starts."""
        packed = zlib.compress(json.dumps(dict(files)).encode())
        self._wire.run("SET", _key(hash), packed, "EX", KEPT_S)

    def files(self, hash: str) -> Mapping[str, str] | None:
        """The files of a protocol; None: never published, or 30 days ago."""
        packed = self._wire.run("GET", _key(hash))
        if not packed:
            return None
        files: Mapping[str, str] = json.loads(zlib.decompress(packed))
        return files


def _key(hash: str) -> str:
    return version(tag_of(digest_of(hash)), hash)
