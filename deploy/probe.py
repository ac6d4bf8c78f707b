"""Exit 0 when an address answers 200: the health check of an image that has no curl."""

from __future__ import annotations

import sys
from urllib.error import URLError
from urllib.request import urlopen

SECONDS_MAX = 3


def main(url: str) -> int:
    try:
        with urlopen(url, timeout=SECONDS_MAX) as response:  # noqa: S310 - the address is the operator's own
            return 0 if response.status == 200 else 1
    except (URLError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
