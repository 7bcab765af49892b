"""Whether this Redis keeps enrolments packed."""

from hotline.store import Store
from tests.hotline.store.conftest import Raw


def test_our_own_redis_keeps_enrolments_packed_and_another_is_told_how(store: Store) -> None:
    assert store.advice() == []
    raw: Raw = store._wire.client
    raw.config_set("hash-max-listpack-value", 64)
    try:
        assert [text for text in store.advice() if "hash-max-listpack-value 128" in text]
    finally:
        raw.config_set("hash-max-listpack-value", 128)
