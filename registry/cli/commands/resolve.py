"""``attorn resolve``."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import quote

from identity.primitives.clock import now
from registry.cli.caller import public_client, registry_did_of
from registry.cli.client import Reply, accepted
from registry.cli.dig import Circumstances, dig_lines
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import paint, printable, remark, say
from registry.cli.verification import Expected, canonical_query, check_answer, fetched_key, pinned_key
from registry.cli.version import installed_version

NOT_CHECKED = "Signature: not checked (--verify checks it)"


def run(options: argparse.Namespace) -> Exit:
    """Ask, check when told to, print. An answer that does not hold is printed all the same, and says so."""
    if options.key and not options.verify:
        raise Stop(Exit.USAGE, "--key says which key to check against; add --verify.")
    registry_did = registry_did_of(options)
    query = canonical_query(options.query, registry_did=registry_did)
    reply = public_client(options).get(f"/v1/resolve/{quote(options.query, safe='/:')}", is_public=True)
    answer = accepted(reply) if reply.is_problem else reply.json()
    verdict, failure = NOT_CHECKED, None
    if options.verify:
        at = now()
        key_of = (
            pinned_key(options.key, at=at)
            if options.key
            else fetched_key(registry_did, at=at, timeout_seconds=options.timeout)
        )
        try:
            method = check_answer(answer, Expected(query, registry_did, key_of, at))
            verdict = f"Signature: good, by {printable(method)}{' (pinned key)' if options.key else ''}"
        except Stop as stop:
            verdict, failure = f"Signature: DOES NOT HOLD. {stop.sentence}", stop
    _print(options, reply, verdict, is_good=failure is None)
    if failure is not None:
        raise failure
    return Exit.OK if reply.status == 200 else Exit.NO


def _print(options: argparse.Namespace, reply: Reply, verdict: str, *, is_good: bool) -> None:
    style = "good" if is_good else "bad"
    if options.json:
        sys.stdout.write(reply.body.decode("utf-8", "replace") + "\n")
        if options.verify and is_good:
            remark(paint(f";; {verdict}", style, sys.stderr))
        return
    shown = paint(printable(verdict), style) if options.verify else verdict
    how = Circumstances(options.registry, reply.elapsed_ms, len(reply.body), shown)
    say(f"; <<>> attorn {installed_version()} <<>> {printable(options.query)}")
    for line in dig_lines(reply.json(), how):
        say(line)
