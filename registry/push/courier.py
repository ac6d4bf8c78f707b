"""Sending to many receivers at once, guarded as every call to an address that somebody else chose.

A thread with an event loop of its own does nothing but wait for sockets: a receiver that is slow costs a socket, never
a worker. The database stays with the thread that hands parcels in and takes outcomes out.
"""

from __future__ import annotations

import asyncio
import queue
import re
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import uvloop

from identity.credentials.addresses import parse_address
from identity.credentials.dns import Unreachable, resolve_host
from identity.credentials.fetch import Deadline, Target, allowed_addresses, checked_address, target_of
from registry.push.limits import ANSWER_BYTES_MAX, REQUEST_SECONDS, TURN_SECONDS
from registry.push.outbox import Outcome
from registry.push.parcels import Letter, Parcel

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r)")


class Courier:
    """Give it parcels with ``send``; outcomes come out of ``outcomes`` as they are known. Use it in a ``with``."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._tls = tls or ssl.create_default_context()
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="courier", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def send(self, parcel: Parcel) -> None:
        """Begin; its outcome comes within ``TURN_SECONDS`` and a request's time."""
        asyncio.run_coroutine_threadsafe(self._carry(parcel), self._loop)

    async def _carry(self, parcel: Parcel) -> None:
        """The letters in order, to the first that is not taken."""
        taken: list[str] = []
        tried: list[str] = []
        failure, status = "", 0
        ends_at = self._loop.time() + TURN_SECONDS
        for letter in parcel.letters:
            tried += [letter.event] if letter.event else []
            status, failure = await self._post(parcel.endpoint, letter)
            if failure:
                break
            taken += [letter.event] if letter.event else []
            if self._loop.time() > ends_at:
                break
        self.outcomes.put(Outcome(parcel.turn, tuple(taken), failure, status, tuple(tried)))

    async def _post(self, url: str, letter: Letter) -> tuple[int, str]:
        """The status of the answer, and why the letter does not count as taken: empty for a 2xx."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                status = await self._exchange(url, letter)
        except TimeoutError:
            return 0, f"no answer within {REQUEST_SECONDS:g} seconds"
        except Unreachable as error:
            return 0, str(error)
        except ssl.SSLError as error:
            return 0, f"TLS failed: {error.reason or 'the certificate does not hold'}"
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            return 0, f"the connection failed: {type(error).__name__}"
        return status, "" if 200 <= status < 300 else f"it answered {status}"

    async def _exchange(self, url: str, letter: Letter) -> int:
        target = target_of(url)
        address = await self._address(target)
        tls = self._tls if target.scheme == "https" else None
        reader, writer = await asyncio.open_connection(
            address, target.port, ssl=tls, server_hostname=target.host if tls else None, limit=ANSWER_BYTES_MAX
        )
        try:
            writer.write(_request(target, letter))
            line = await reader.readuntil(b"\n")
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                if tls is None:
                    await writer.wait_closed()
        found = _STATUS.match(line)
        if found is None:
            raise Unreachable("it does not answer in HTTP")
        return int(found[1])

    async def _address(self, target: Target) -> str:
        """A checked address of the host. Looking a name up waits in a thread; a literal address needs none."""
        try:
            parse_address(target.host)
        except ValueError:
            return await asyncio.to_thread(_checked, target)
        return _checked(target)

    async def _end(self) -> None:
        """Cut what is still on its way: the lease lets it begin again."""
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()


def _checked(target: Target) -> str:
    """Stops a name from leading the registry into its own network, however it leads there at this moment."""
    return checked_address(target, resolve_host, allowed_addresses(), Deadline(REQUEST_SECONDS))


def _request(target: Target, letter: Letter) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.host_header}",
        "User-Agent: attorn",
        "Content-Type: application/json",
        f"Content-Length: {len(letter.body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in letter.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + letter.body
