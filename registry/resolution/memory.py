"""The answers a resolver process holds in memory: by request path, bounded in bytes, dropped by key."""

from __future__ import annotations

from urllib.parse import quote

PATH_PREFIX = "/v1/resolve/"
# What Python keeps for one entry beside its bytes: two dictionary slots, the tuple, two bytes objects, a float.
ENTRY_OVERHEAD_BYTES = 400
# How many keys are remembered as dropped, so that a row read before the drop cannot come after it.
DROPPED_KEYS_MAX = 20_000


# One answer ready to be written: its status, all after the status line and the date, its ETag, and when it expires
# (monotonic seconds). A plain tuple of plain values: the garbage collector does not visit a million of those.
Entry = tuple[int, bytes, bytes, float]


def paths_of(key: str) -> set[bytes]:
    """The request paths under which the answer to ``key`` is kept: as it is, with every delimiter encoded, and with
    a port's ``%3A`` left as people paste it. Other spellings are answered too, but not from memory, so that nobody
    can fill it with a thousand spellings of one name."""
    forms = (quote(key, safe=":/"), quote(key, safe=""), quote(key, safe=":/%"))
    return {(PATH_PREFIX + form).encode("ascii") for form in forms}


def primary_path(key: str) -> bytes:
    """The path that most ask under."""
    return (PATH_PREFIX + quote(key, safe=":/")).encode("ascii")


class Memory:
    """Two generations of entries: when the young one is half of ``bytes_max`` it becomes the old one, and what is
    asked for again is moved to the young. The least used falls out, and neither reading nor dropping walks a list.

    Not thread-safe: one event loop owns it.
    """

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.young: dict[bytes, Entry] = {}
        self.old: dict[bytes, Entry] = {}
        self.young_bytes = 0
        self.old_bytes = 0
        self.generation = 0
        self._floor = 0
        self._dropped_at: dict[str, int] = {}

    @property
    def bytes_held(self) -> int:
        return self.young_bytes + self.old_bytes

    def recall(self, path: bytes) -> Entry | None:
        """The entry from the old generation, moved to the young one. (The young one is read by the caller itself.)"""
        entry = self.old.pop(path, None)
        if entry is not None:
            self.old_bytes -= _cost(path, entry)
            self._insert(path, entry)
        return entry

    def put(self, *, key: str, path: bytes, entry: Entry, read_at_generation: int) -> bool:
        """Keep ``entry`` unless its key was dropped after it was read.

        Stops an answer that was read just before a change from being put in just after the change was announced:
        nothing would ever drop it again.
        """
        if read_at_generation < self._floor or self._dropped_at.get(key, 0) > read_at_generation:
            return False
        self._forget(path)
        self._insert(path, entry)
        return True

    def drop(self, key: str) -> None:
        """Forget ``key`` and refuse whatever was read of it before now."""
        self.generation += 1
        if len(self._dropped_at) >= DROPPED_KEYS_MAX:
            self._floor = self.generation
            self._dropped_at.clear()
        self._dropped_at[key] = self.generation
        for path in paths_of(key):
            self._forget(path)

    def clear(self) -> None:
        """Forget everything and refuse whatever was read before now."""
        self.generation += 1
        self._floor = self.generation
        self._dropped_at.clear()
        self.young, self.old = {}, {}
        self.young_bytes = self.old_bytes = 0

    def _insert(self, path: bytes, entry: Entry) -> None:
        cost = _cost(path, entry)
        if self.young_bytes + cost > self.bytes_max // 2:
            self.old, self.old_bytes = self.young, self.young_bytes
            self.young, self.young_bytes = {}, 0
        if cost <= self.bytes_max // 2:
            self.young[path] = entry
            self.young_bytes += cost

    def _forget(self, path: bytes) -> None:
        if (entry := self.young.pop(path, None)) is not None:
            self.young_bytes -= _cost(path, entry)
        if (entry := self.old.pop(path, None)) is not None:
            self.old_bytes -= _cost(path, entry)


def _cost(path: bytes, entry: Entry) -> int:
    return len(path) + len(entry[1]) + ENTRY_OVERHEAD_BYTES
