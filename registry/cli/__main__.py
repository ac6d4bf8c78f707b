"""``python -m registry.cli``."""

from __future__ import annotations

import sys

from registry.cli.main import main

sys.exit(main())
