"""``attorn keygen``."""

from __future__ import annotations

import argparse

from identity.primitives.did import did_key
from identity.primitives.multikey import PrivateKey
from registry.cli.caller import algorithm_of
from registry.cli.exits import Exit
from registry.cli.files import write_private_key
from registry.cli.terminal import say


def run(options: argparse.Namespace) -> Exit:
    """Make the key, write the private half, print the public half in the forms people ask for."""
    key = PrivateKey.generate(algorithm_of(options))
    write_private_key(options.out, key)
    public = key.public_key
    say(f"private key  {options.out} (mode 0600; it is in no other place)")
    say(f"public key   {public.multikey}")
    say(f"thumbprint   {public.thumbprint()}")
    say(f"did:key      {did_key(public)}")
    return Exit.OK
