"""`make bench`: measure the hot paths and print how each stands to its mark. Never fails on a time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from flask import Flask

from bench import booking, calendars, closing, databases, figures, money, quoting, reading, refreshing, rules
from bench.report import Result, table

KINDS = ("sqlite", "postgresql")
PARTS: Mapping[str, Callable[[Flask, str], list[Result]]] = {
    "booking": booking.measure,
    "rules": rules.measure,
    "quote": quoting.measure,
    "search": lambda _, kind: reading.search(kind),
    "weeks": reading.weeks,
    "page": reading.first_page,
    "calendars": calendars.measure,
    "refreshing": refreshing.measure,
    "closing": closing.measure,
    "figures": figures.measure,
    "money": money.measure,
}


def main() -> None:
    """Measure what was asked for, on each database, and print one table, then the profiles of what was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--instruments", type=int, default=4200)
    parser.add_argument("--reservations", type=int, default=1_000_000)
    parser.add_argument(
        "--planted",
        type=int,
        default=0,
        help="about so many more in the past year, seven of ten used, without money",
    )
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="measure only these parts")
    asked = parser.parse_args()
    results: list[Result] = []
    for kind in KINDS if asked.database == "both" else (asked.database,):
        with databases.opened(kind, asked.instruments, asked.reservations, asked.planted) as app:
            for part in asked.only:
                found = PARTS[part](app, kind)
                results += found
                for result in found:
                    print(f"{kind}: {result.path}: {result.value:.2f} {result.unit}", file=sys.stderr)
    print(f"{asked.instruments:,} instruments, {asked.reservations + asked.planted:,} reservations\n")
    print(table(results))
    for result in results:
        if result.profile:
            print(f"\n### {result.path}, {result.database}\n\n```\n{result.profile}\n```")


if __name__ == "__main__":
    main()
