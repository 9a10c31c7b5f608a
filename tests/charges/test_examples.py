"""Every worked example of what becomes of a charge, named after its case."""

from __future__ import annotations

import pytest

from tests.charges.examples import EXAMPLES, BookExample
from tests.charges.scene import Scene
from tests.rates.rules import RULES
from tests.world import World


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"rule {example.rule}: {example.case}")
def test_the_example(world: World, now: object, example: BookExample) -> None:
    assert example.rule in RULES
    assert sorted(example.act(Scene(world))) == sorted(example.result)
