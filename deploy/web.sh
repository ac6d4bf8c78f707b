#!/bin/sh
# Pages and API behind granian, as compose and systemd start it; manage.py up has the same line in services.py.
set -eu
if [ -n "${PROMETHEUS_MULTIPROC_DIR:-}" ]; then
    rm -rf "$PROMETHEUS_MULTIPROC_DIR" && mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
fi
exec python -m granian registry.wsgi:application --interface wsgi --no-ws --no-access-log \
    --host "${HOST:-127.0.0.1}" --port "${PORT:-8000}" \
    --workers "${WEB_WORKERS:-1}" --blocking-threads "${WEB_THREADS:-4}" \
    --respawn-failed-workers --workers-kill-timeout 20 --log-level warning
