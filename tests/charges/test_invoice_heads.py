"""The file of invoices as it is usually laid out: the heads of the tax authority's own table, exemptions among them."""

from __future__ import annotations

from typing import Any

from instruments.charges.closing.invoicing.asking import ask
from instruments.charges.closing.invoicing.file import LAYOUTS, file_of
from instruments.charges.closing_models import BillingDetails
from instruments.database import db
from instruments.database.transactions import perform
from tests.charges.scene import Scene
from tests.charges.test_closing import close
from tests.charges.test_invoicing import TAX, company, said
from tests.conftest import NOW
from tests.world import World

# The heads of the two sheets of the tax authority's table for many invoices, 发票基本信息 and 发票明细信息.
BASIC = (
    "发票流水号", "发票类型", "特定业务类型", "是否含税", "受票方自然人标识", "购买方名称", "证件类型",
    "购买方纳税人识别号", "购买方地址", "购买方电话", "购买方开户银行", "购买方银行账号", "备注",
    "是否展示购买方银行账号", "销售方开户行", "销售方银行账号", "是否展示销售方银行账号", "购买方邮箱",
    "购买方经办人姓名", "收款人", "复核人",
)  # fmt: skip
ITEMS = (
    "发票流水号", "项目名称", "商品和服务税收编码", "规格型号", "单位", "数量", "单价", "金额", "税率", "折扣金额",
    "是否使用优惠政策", "优惠政策类型", "即征即退类型",
)  # fmt: skip


def test_the_usual_heads_are_those_of_the_tax_authoritys_table() -> None:
    heads = [each["head"] for each in LAYOUTS["blue"].usual]
    assert [head for head in heads if head not in (*BASIC, *ITEMS)] == []
    needed = (
        "发票流水号 发票类型 是否含税 购买方名称 购买方纳税人识别号 项目名称 商品和服务税收编码 金额 税率"
    )
    assert set(needed.split()) <= set(heads) and len(set(heads)) == len(heads)
    red = [each["head"] for each in LAYOUTS["red"].usual]
    assert [head for head in red if head not in heads] == ["原发票号码", "原开票日期", "红冲原因"]


def test_without_tax_the_usual_file_claims_the_exemption(world: World, now: Any) -> None:
    scene = Scene(world)
    _, partner = scene.partner()
    scene.charged(payers=[(partner, "100", "partner")])
    exemption = "技术开发免征增值税"
    db.session.add(BillingDetails(institution_id=scene.house.id, tax_number=TAX, exemption=exemption))
    db.session.commit()
    close(scene)
    said(scene, company(scene).payer_institution_id)
    perform(lambda: ask(scene.house.id, NOW, scene.finance.id))
    heads, row = file_of(scene.house.id, "blue", LAYOUTS["blue"].usual)
    told = dict(zip(heads, row, strict=True))
    assert [told[head] for head in ("税率", "是否使用优惠政策", "优惠政策类型")] == ["免税", "是", exemption]
