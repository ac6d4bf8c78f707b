"""``attorn``: reads the command line, runs one command, ends with one of six exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from registry.cli.exits import Stop
from registry.cli.options import build_parser
from registry.cli.terminal import paint, printable, remark

INTERRUPTED = 130  # as shells count: 128 + SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``arguments`` (by default those of this process); the exit code, see ``registry.cli.exits``."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Stop as stop:
        remark(f"{paint('attorn:', 'bad', sys.stderr)} {printable(stop.sentence)}")
        return int(stop.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone, as in ``attorn search … | head -1``. Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
