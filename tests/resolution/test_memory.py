"""The memory of a resolver process: bounded, and deaf to what was read before a drop."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registry.resolution.memory import DROPPED_KEYS_MAX, ENTRY_OVERHEAD_BYTES, Entry, Memory, paths_of, primary_path

ENTRY: Entry = (200, b"x" * 100, b'"e"', 1e12)


def _put(memory: Memory, key: str, *, generation: int | None = None, entry: Entry = ENTRY) -> bool:
    known = memory.generation if generation is None else generation
    return memory.put(key=key, path=primary_path(key), entry=entry, read_at_generation=known)


def _has(memory: Memory, key: str) -> bool:
    return memory.young.get(primary_path(key)) is not None or memory.recall(primary_path(key)) is not None


def test_what_was_read_before_a_drop_is_not_kept_after_it():
    memory = Memory(1_000_000)
    before = memory.generation
    memory.drop("a.acme")

    assert not _put(memory, "a.acme", generation=before)
    assert _put(memory, "b.acme", generation=before)
    assert _put(memory, "a.acme")


def test_what_was_read_before_everything_was_dropped_is_not_kept():
    memory = Memory(1_000_000)
    before = memory.generation
    memory.clear()

    assert not _put(memory, "a.acme", generation=before)


def test_it_stays_careful_when_more_keys_are_dropped_than_it_remembers():
    memory = Memory(1_000_000)
    before = memory.generation
    for number in range(DROPPED_KEYS_MAX + 1):
        memory.drop(f"n{number}.acme")

    assert not _put(memory, "n5.acme", generation=before)
    assert _put(memory, "n5.acme")


def test_a_drop_takes_every_spelling():
    memory = Memory(1_000_000)
    key = "did:web:localhost%3A8000:agents:agt_1"
    for path in paths_of(key):
        memory.put(key=key, path=path, entry=ENTRY, read_at_generation=memory.generation)
    assert len(memory.young) == 3

    memory.drop(key)

    assert not memory.young
    assert memory.bytes_held == 0


def test_what_is_asked_for_survives_and_the_rest_falls_out():
    memory = Memory(20 * (ENTRY_OVERHEAD_BYTES + 150))
    for number in range(200):
        _put(memory, f"n{number}.acme")
        assert _has(memory, "n0.acme")

    assert not _has(memory, "n1.acme")


@given(st.lists(st.tuples(st.sampled_from("pdrc"), st.integers(0, 30), st.integers(0, 3_000)), max_size=200))
def test_it_never_holds_more_than_it_may_and_counts_right(steps):
    memory = Memory(30_000)
    for step, number, size in steps:
        key = f"n{number}.acme"
        if step == "p":
            _put(memory, key, entry=(200, b"x" * size, b"", 0.0))
        elif step == "d":
            memory.drop(key)
            assert not _has(memory, key)
        elif step == "r":
            memory.recall(primary_path(key))
        else:
            memory.clear()
        held = [(path, entry) for part in (memory.young, memory.old) for path, entry in part.items()]
        assert memory.bytes_held == sum(len(p) + len(e[1]) + ENTRY_OVERHEAD_BYTES for p, e in held) <= 30_000
