"""How late a timer of the event loop fires, and our crawl with such a timer in it.

python -m benchmarks.lateness [arguments of crawler.run]
"""

import asyncio
import json
import sys
import time

from benchmarks.figures import percentile

EVERY_SECONDS = 0.005


class Lateness:
    """A timer in the running loop that notes by how much it is late each time."""

    def __init__(self) -> None:
        self._late: list[float] = []

    def start(self) -> None:
        """Begin in the loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._plan()

    def percentiles(self) -> dict[str, float]:
        """Milliseconds."""
        late = sorted(self._late) or [0.0]
        return {name: percentile(late, share) * 1000 for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0))}

    def _plan(self) -> None:
        self._due = time.monotonic() + EVERY_SECONDS
        self._loop.call_later(EVERY_SECONDS, self._note)

    def _note(self) -> None:
        self._late.append(time.monotonic() - self._due)
        self._plan()


def main() -> int:
    """Our crawl as its own process runs it; one more line of JSON at the end."""
    import crawler.run

    lateness = Lateness()
    listen = crawler.run._listen

    def listen_and_measure(*arguments: object) -> None:
        lateness.start()
        listen(*arguments)  # type: ignore[arg-type]

    crawler.run._listen = listen_and_measure  # type: ignore[assignment]
    code = crawler.run.main(sys.argv[1:])
    print(json.dumps({"lateness_ms": lateness.percentiles()}))
    return code


if __name__ == "__main__":
    sys.exit(main())
