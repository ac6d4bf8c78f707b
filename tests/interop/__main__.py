"""``python -m tests.interop``: install the npm libraries into var/interop and run the interoperability tests."""

from __future__ import annotations

import sys

import pytest

from tests.interop.npm_side import absent, install

if __name__ == "__main__":
    if reason := install() or absent():
        print(f"interop  {reason}", file=sys.stderr)
        print("interop  The tests against npm libraries are skipped; those against Python libraries run.")
    sys.exit(pytest.main(["tests/interop", "-p", "no:cacheprovider", *sys.argv[1:]]))
