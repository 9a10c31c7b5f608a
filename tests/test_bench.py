"""The bench is run by hand: that its parts still find what they measure is seen here."""

from __future__ import annotations

import importlib
import pkgutil

import bench


def test_every_part_of_the_bench_can_be_loaded() -> None:
    names = [each.name for each in pkgutil.iter_modules(bench.__path__) if each.name != "__main__"]
    assert all(importlib.import_module(f"bench.{name}") for name in names)
    assert set(importlib.import_module("bench.__main__").PARTS) >= {"closing", "figures", "money"}
