"""Speed and scale, as ratios measured side by side in one run. ``python -m bench --help``."""

from __future__ import annotations
