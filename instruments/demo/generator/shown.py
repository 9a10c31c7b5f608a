"""The handful of persons whom the demonstration shows: one for each way of working with the product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A person who can sign in: at which institution, as what, and what there is to see."""

    key: str
    institution: str
    name_en: str
    name_zh: str
    mail: str
    kind: str
    role: str
    language: str
    title: str
    """What the list of demonstration persons says of them."""

    @property
    def grouped(self) -> bool:
        """Whether they are a member of their institution's first group."""
        return self.role == "member"


SHOWN = (
    Shown("researcher", "qinling", "Lin Shili", "林示例", "lin.shili@qinling.example", "staff", "member", "en",
          "Researcher, Qinling University"),
    Shown("student", "qinling", "Li Lizi", "李例子", "li.lizi@qinling.example", "student", "member", "zh_Hans_CN",
          "Student, Qinling University"),
    Shown("group_head", "qinling", "Zhao Jiashe", "赵假设", "zhao.jiashe@qinling.example", "staff", "group_head", "en",
          "Group head, Qinling University"),
    Shown("lab_manager", "qinling", "Chen Moni", "陈模拟", "chen.moni@qinling.example", "staff", "lab_manager", "en",
          "Lab manager, Analysis and Testing Centre"),
    Shown("operator", "qinling", "Sun Shifan", "孙示范", "sun.shifan@qinling.example", "staff", "lab_operator", "zh_Hans_CN",
          "Operator, Analysis and Testing Centre"),
    Shown("institution_manager", "qinling", "Zhou Nishe", "周拟设", "zhou.nishe@qinling.example", "staff",
          "institution_manager", "en", "Institution manager, Qinling University"),
    Shown("auditor", "qinling", "Wu Moban", "吴模板", "wu.moban@qinling.example", "staff", "auditor", "zh_Hans_CN",
          "Auditor, Qinling University"),
    Shown("partner", "weishui", "Zhang Yangben", "张样本", "zhang.yangben@weishui.example", "staff", "member", "en",
          "Researcher of a partner, Weishui University of Technology"),
    Shown("company", "sample-optics", "He Xuni", "何虚拟", "he.xuni@sample-optics.example", "external",
          "company_manager", "en", "Company manager, Sample Optics Ltd"),
    Shown("administrator", "qinling", "Wang Yanshi", "王演示", "wang.yanshi@qinling.example", "staff",
          "platform_administrator", "en", "Platform administrator"),
    Shown("finance_officer", "qinling", "Zheng Shisuan", "郑试算", "zheng.shisuan@qinling.example", "staff",
          "finance_officer", "en", "Finance officer, Qinling University"),
)  # fmt: skip
