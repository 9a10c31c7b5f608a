"""What rules and statistics set is data: an edited file changes what is compared with, and a wrong one ends the start."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from instruments.settings import WrongSetting
from instruments.utilization import thresholds
from instruments.utilization.commands import use_thresholds
from instruments.utilization.thresholds import OURS, WrongThresholds, read
from tests.world import sign_in

REVIEW = '[purchase_review]\namount = 3000000\nfull_hours = 900\nen = "Full"\nzh = "饱和"\n'
LINE = '[[references]]\nfigure = "shared_by_hours"\nhours = 300\nshare_of = 1500\nen = "Mean 2026"\nzh = "2026 年均值"\n'
SHORT = 'short_en = "mean 2026"\nshort_zh = "2026 年均值"\n'
WRONG = {
    "no toml": ("x", "This is no TOML"),
    "nothing": ("", "needs a table"),
    "no amount": (REVIEW.replace("amount = 3000000\n", ""), "purchase_review: amount"),
    "a text for a number": (REVIEW.replace("900", '"900"'), "purchase_review: full_hours"),
    "no hours": (REVIEW.replace("900", "0"), "purchase_review: full_hours"),
    "more than a year has": (REVIEW.replace("900", "9000"), "from 1 to 8784"),
    "true": (REVIEW.replace("900", "true"), "purchase_review: full_hours"),
    "one language": (REVIEW.replace('zh = "饱和"\n', ""), "purchase_review: zh"),
    "no short name": (REVIEW + LINE, "references 1: short_en"),
    "a figure without a name": (REVIEW + LINE.replace('"shared_by_hours"', "1") + SHORT, "references 1: figure"),
    "a figure that is none": (REVIEW + LINE.replace("shared_by_hours", "beauty") + SHORT, "references 1: figure"),
    "divided by nothing": (REVIEW + LINE.replace("1500", "0") + SHORT, "references 1: share_of"),
}  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "own.toml"
    yield file
    thresholds.use("")


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_ends_the_start_and_says_where(own: Path, name: str) -> None:
    text, words = WRONG[name]
    with pytest.raises(WrongThresholds, match=words):
        read(text)
    own.write_text(text, encoding="utf-8")
    with pytest.raises(WrongSetting, match=f"THRESHOLDS_FILE: .*{words}"):
        use_thresholds(str(own))


def test_a_file_that_is_not_there_ends_the_start(own: Path) -> None:
    with pytest.raises(WrongSetting, match=r"THRESHOLDS_FILE: .*own\.toml"):
        use_thresholds(str(own))


def test_ours_says_what_the_field_says() -> None:
    ours = read(OURS.read_text(encoding="utf-8"))
    assert (ours.amount, ours.full_hours) == (Decimal(2_000_000), 1200)
    assert [each.value for each in ours.references["per_instrument"]] == [1599, 1200]
    assert [each.value for each in ours.references["shared_by_hours"]] == [Fraction(273, 1599)]


def test_what_it_says_is_what_pages_and_programs_compare_with(client, world, people, own: Path) -> None:
    own.write_text(REVIEW + LINE + SHORT, encoding="utf-8")
    use_thresholds(str(own))
    sign_in(client, people.manager)
    home = people.manager.institution_id
    assert "CNY 3,000,000.00 and more" in client.get(f"/institutions/{home}/purchases").text
    assert "900 effective hours a year" in client.get("/utilization/lists/value?period=2026").text
    page = client.get("/utilization?period=2026&open=shared_by_hours").text
    assert "Mean 2026" in page
    assert "Thin dotted line: mean 2026 of external hours, 20.0%." in page
    assert "ean 2025" not in page.partition('id="trend-title"')[2].partition("</section>")[0]
    client.get("/language/zh_Hans_CN")
    assert "2026 年均值" in client.get("/utilization?period=2026&open=shared_by_hours").text
