"""`make bench`: measure the hot paths and print how each stands to its mark. Never fails on a time."""

from __future__ import annotations

import argparse
import sys

from bench import booking, databases, reading
from bench.report import Result, table

KINDS = ("sqlite", "postgresql")


def main() -> None:
    """Measure what was asked for, on each database, and print one table, then the profiles of what was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--instruments", type=int, default=4200)
    parser.add_argument("--reservations", type=int, default=1_000_000)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    asked = parser.parse_args()
    results: list[Result] = []
    for kind in KINDS if asked.database == "both" else (asked.database,):
        with databases.opened(kind, asked.instruments, asked.reservations) as app:
            for measure in (
                lambda app=app, kind=kind: booking.measure(app, kind),
                lambda kind=kind: reading.search(kind),
                lambda app=app, kind=kind: reading.weeks(app, kind),
                lambda app=app, kind=kind: reading.first_page(app, kind),
            ):
                found = measure()
                results += found
                for result in found:
                    print(f"{kind}: {result.path}: {result.value:.2f} {result.unit}", file=sys.stderr)
    print(f"{asked.instruments:,} instruments, {asked.reservations:,} reservations\n")
    print(table(results))
    for result in results:
        if result.profile:
            print(f"\n### {result.path}, {result.database}\n\n```\n{result.profile}\n```")


if __name__ == "__main__":
    main()
