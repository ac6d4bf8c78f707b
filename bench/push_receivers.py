"""Many receivers in one process: notes when each path is called, answers 202. ``/slow/…`` never answers."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

ARRIVALS: dict[str, list[tuple[str, float]]] = {}


async def serve(port: int) -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", port, backlog=4_096)
    async with server:
        await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        if method == "GET":
            body = json.dumps(ARRIVALS).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body))
            await writer.drain()
            return
        at = time.time()
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        ARRIVALS.setdefault(path, []).append((json.loads(body)["type"], at))
        if path.startswith("/slow/"):
            await asyncio.sleep(3_600)
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
