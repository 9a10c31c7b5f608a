"""The campus of the tests of figures, and those who look at it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.utilization.test_pages import People
from tests.utilization.test_sums import NOW, Campus
from tests.world import World


@pytest.fixture
def campus(app: Flask, world: World) -> Campus:
    app.config["FROZEN_NOW"] = NOW
    return Campus(world)


@pytest.fixture
def people(world: World, campus: Campus) -> People:
    return People(world, campus)
