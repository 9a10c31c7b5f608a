"""The words a column may hold, in both languages, and the value each of them stands for."""

from __future__ import annotations

from dataclasses import dataclass

from instruments.errors import N_


@dataclass(frozen=True)
class Choice:
    """One value: as the database keeps it, in Chinese, in English, and what else people write for it."""

    value: str
    zh: str
    en: str
    also: tuple[str, ...] = ()


STATUS = (
    Choice("in_service", "在用", N_("In service"), ("正常", "正常使用", "在役")),
    Choice("limited", "受限使用", N_("Limited"), ("受限", "偶有故障", "降级使用")),
    Choice("down", "停用", N_("Down"), ("故障", "待修", "维修", "故障频繁", "停机")),
    Choice("retired", "已报废", N_("Retired"), ("报废", "待报废", "退役", "注销")),
)
AUDIENCE = (
    Choice("lab", "本实验室", N_("Own lab"), ("本室", "不共享")),
    Choice("institution", "本单位", N_("Own institution"), ("校内", "院内", "内部共享")),
    Choice("partners", "合作单位", N_("Partner institutions"), ("高校院所", "partners only")),
    Choice("companies", "企业", N_("Companies too"), ("社会开放", "外部共享", "全社会", "所有人")),
)
MODE = (
    Choice("self_operated", "自主操作", N_("Self-operated"), ("自主上机", "占用共享", "自助")),
    Choice("guided", "指导操作", N_("Guided"), ("技术共享", "指导上机", "陪同操作")),
    Choice("delegated", "委托测试", N_("Delegated"), ("委托共享", "送样", "代测")),
    Choice("remote", "远程操作", N_("Remote"), ("远程共享", "远程")),
)
YES_NO = (
    Choice("是", "是", N_("Yes"), ("y", "true", "1", "有", "√")),
    Choice("否", "否", N_("No"), ("n", "false", "0", "无", "×")),
)
SOURCE = (
    Choice("购置", "购置", N_("Purchased"), ("购买", "purchase")),
    Choice("研制", "研制", N_("Built here"), ("自制", "built")),
    Choice("赠送", "赠送", N_("Donated"), ("捐赠", "gift")),
    Choice("其他", "其他", N_("Other")),
)
CATEGORY = (
    Choice("通用", "通用", N_("General purpose"), ("general",)),
    Choice("专用", "专用", N_("Special purpose"), ("special",)),
)
CARRIER = (
    Choice("科学仪器中心", "科学仪器中心", N_("Instrument centre"), ("附属于科学仪器中心",)),
    Choice(
        "重大科研基础设施", "重大科研基础设施", N_("Large research facility"), ("附属于重大科研基础设施",)
    ),
    Choice("国家重点实验室", "国家重点实验室", N_("State key laboratory"), ("附属于国家重点实验室",)),
    Choice(
        "国家工程技术研究中心",
        "国家工程技术研究中心",
        N_("National engineering centre"),
        ("附属于国家工程技术研究中心",),
    ),
    Choice("生物种质资源库馆", "生物种质资源库馆", N_("Germplasm bank"), ("附属于生物种质资源库馆",)),
    Choice("无", "无", N_("None"), ("独立",)),
)
FUNDING = (
    Choice("中央财政资金", "中央财政资金", N_("Central government"), ("中央财政",)),
    Choice("地方财政资金", "地方财政资金", N_("Local government"), ("地方财政",)),
    Choice("单位自有资金", "单位自有资金", N_("Own funds"), ("单位自有", "自筹")),
    Choice("其他资金", "其他资金", N_("Other funds"), ("其他", "other")),
)


def words(choices: tuple[Choice, ...]) -> dict[str, str]:
    """Every word for these choices, as `cells.plain` writes it, to the value it stands for."""
    return {
        word.strip().lower(): choice.value
        for choice in choices
        for word in (choice.value, choice.zh, choice.en, *choice.also)
    }
