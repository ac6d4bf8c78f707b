#!/usr/bin/env python
"""Django's command line for this project, and ``up``, which runs all of it."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    if sys.argv[1:2] == ["up"]:  # starts the engines whose addresses the settings need, so it goes before them
        from registry.ops.supervise import main as up

        sys.exit(up(sys.argv[2:]))

    from django.core.management import execute_from_command_line

    from registry.ops.local import engines_for

    with engines_for(sys.argv[1:]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
