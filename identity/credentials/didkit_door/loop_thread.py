"""One event loop in one thread of one process, for libraries that only speak asyncio."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import TypeVar

from identity.primitives.errors import Unavailable

Result = TypeVar("Result")

# A native library's own threads may still be at work when the interpreter goes: 24 to 35 of 40 processes that ended
# right after a call crashed, none of 40 that waited this long.
EXIT_WAIT_SECONDS = 0.05


@dataclass
class LoopThread:
    """Starts with the first call, never at import. A process forked after that may not use it: its threads did not
    come along, and a call would wait for ever, so it is refused."""

    name: str
    seconds_max: float
    _pid: int | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """What ``call()`` comes to, whichever thread asks. Unavailable ``didkit_unavailable`` when it takes too long
        or this process was forked from one that used it before."""
        loop = self._running()

        async def awaited() -> Result:
            return await call()

        future = asyncio.run_coroutine_threadsafe(awaited(), loop)
        try:
            return future.result(self.seconds_max)
        except FutureTimeoutError as error:
            future.cancel()
            raise Unavailable("didkit_unavailable", f"It took longer than {self.seconds_max:g} seconds.") from error

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._pid is not None and self._pid != os.getpid():
            raise Unavailable("didkit_unavailable", "This process was forked from one that had used didkit already.")
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, name=self.name, daemon=True).start()
                atexit.register(time.sleep, EXIT_WAIT_SECONDS)
                self._pid, self._loop = os.getpid(), loop
            return self._loop
