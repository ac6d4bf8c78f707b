"""didkit's threads and the processes they live in."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from identity.credentials.didkit_door import OpenedV1, issue_ed25519_2020, verify_ed25519_2020
from identity.credentials.jwt_checks import Refused
from tests.credentials.didkit.documents import AT, credential, signer_of

ENDS_AT_ONCE = """
from tests.credentials.didkit.documents import *
from identity.credentials.didkit_door import *
s = signer_of()
assert isinstance(verify_ed25519_2020(issue_ed25519_2020(credential(s), signer=s, at=AT), at=AT), OpenedV1)
"""
FORKS = (
    ENDS_AT_ONCE
    + """
import os
from identity.primitives.errors import Unavailable
pid = os.fork()
if pid == 0:
    try:
        verify_ed25519_2020(issue_ed25519_2020(credential(s), signer=s, at=AT), at=AT)
    except Unavailable as error:
        os._exit(7 if error.code == "didkit_unavailable" else 1)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
"""
)


def run(program: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "registry.settings"}
    command = [sys.executable, "-W", "ignore", "-c", program]
    return subprocess.run(command, capture_output=True, timeout=60, env=environment, check=False)


def test_it_lets_a_process_end_right_after_a_call() -> None:
    """Fault: 24 to 35 of 40 such processes crashed."""
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run, [ENDS_AT_ONCE] * 8))
    assert [one.returncode for one in ended] == [0] * 8, ended[0].stderr.decode()


def test_it_refuses_in_a_forked_child_instead_of_hanging() -> None:
    """Fault: a child of a process that used didkit waits for ever."""
    ended = run(FORKS)
    assert ended.returncode == 0, ended.stderr.decode()


def test_it_does_nothing_at_import() -> None:
    program = "import identity.credentials.didkit_door, sys, threading\n"
    program += "assert 'didkit' not in sys.modules and threading.active_count() == 1"
    ended = run(program)
    assert ended.returncode == 0, ended.stderr.decode()


def test_it_answers_many_threads_at_once() -> None:
    signer = signer_of()
    issued = issue_ed25519_2020(credential(signer), signer=signer, at=AT)
    forged = {**issued, "id": "urn:other"}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda document: verify_ed25519_2020(document, at=AT), [issued, forged] * 16))
    assert [isinstance(one, OpenedV1) for one in found] == [True, False] * 16
    assert all(isinstance(one, Refused) for one in found[1::2])
    assert [thread.name for thread in threading.enumerate()].count("didkit") == 1
