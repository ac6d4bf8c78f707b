"""A pytest plugin that gives a test run its own engines, unless DATABASE_URL and REDIS_URL name servers.

It is loaded with ``-p`` from pyproject.toml, because the engines must run before pytest-django reads the settings.
"""

from __future__ import annotations

import os

import pytest

from registry.ops.engines import start_test_engines
from registry.ops.place import EngineFault


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the engines in the process that the run was started in; its parallel workers inherit the address."""
    os.environ.setdefault("STATIC_MANIFEST", "false")  # tests see the source, not what was last collected
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        _separate_redis(worker)
        return
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    options = early_config.known_args_namespace
    if options.version or options.help:
        return
    try:
        running = start_test_engines()
    except EngineFault as fault:
        raise pytest.UsageError(str(fault)) from None
    os.environ.update(running.engines.environment)
    early_config.add_cleanup(running.stop)


def _separate_redis(worker: str) -> None:
    """A Valkey database of its own for each parallel worker: what one counts or clears, no other sees."""
    url = os.environ.get("REDIS_URL", "")
    if url.startswith("unix://") and url.endswith("?db=0"):
        os.environ["REDIS_URL"] = f"{url.removesuffix('0')}{int(worker.removeprefix('gw')) + 1}"
