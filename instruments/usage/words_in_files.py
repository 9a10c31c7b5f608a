"""How files write the layers of a use and the kinds of outputs, in either language; and what is said of a word that is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from instruments.errors import N_, Reason
from instruments.usage.kinds import ATTENDED, LAYER_WORDS, LAYERS
from instruments.usage.output_models import OUTPUTS

KIND_WORDS: Mapping[str, str] = {
    "paper_indexed": N_("Indexed paper (SCI, EI, ISTP)"),
    "paper_core": N_("Paper in a core journal"),
    "paper_other": N_("Other paper"),
    "patent_teacher": N_("Invention patent of a teacher"),
    "patent_student": N_("Invention patent of a student"),
    "award_national": N_("National award"),
    "award_provincial": N_("Provincial or ministerial award"),
    "thesis": N_("Thesis"),
    "standard": N_("Standard"),
    "other": N_("Something else"),
}
# Other words that can only mean one thing.
_OF_LAYERS: Mapping[str, tuple[str, ...]] = {
    "attended": ("上机", "使用", "使用中", "占用", "use", "in use"),
    "preparation": ("前处理", "样品前处理", "制样", "准备", "preparing"),
    "measurement": ("测试", "测量", "检测", "测定", "measuring", "measure"),
    "post_processing": ("后处理", "数据处理", "post processing", "postprocessing"),
    "idle": ("空转", "空闲", "待机", "idling", "standby"),
    "debugging": ("调试",),
    "down": ("停机", "停用", "downtime"),
    "fault": ("实验室责任故障", "实验室故障", "lab fault"),
}
_OF_KINDS: Mapping[str, tuple[str, ...]] = {
    "paper_indexed": (
        "三大检索论文",
        "三大检索",
        "sci论文",
        "ei论文",
        "istp论文",
        "sci",
        "ei",
        "istp",
        "sci paper",
        "ei paper",
        "indexed paper",
    ),
    "paper_core": ("核心刊物论文", "核心期刊论文", "核心论文", "core paper"),
    "paper_other": ("其他论文", "其它论文", "一般论文", "普通论文"),
    "patent_teacher": ("教师发明专利", "教师专利", "teacher patent"),
    "patent_student": ("学生发明专利", "学生专利", "student patent"),
    "award_national": ("国家级奖励", "国家级奖", "国家奖", "国家级"),
    "award_provincial": (
        "省部级奖励",
        "省部级奖",
        "省部级",
        "省级奖励",
        "部级奖励",
        "provincial award",
        "ministerial award",
    ),
    "thesis": (
        "学位论文",
        "毕业论文",
        "博士论文",
        "硕士论文",
        "博士学位论文",
        "硕士学位论文",
        "dissertation",
    ),
    "standard": ("标准", "国家标准", "行业标准"),
    "other": ("其他成果", "其它成果", "其他", "其它"),
}
# Words that may mean several; which of them, only who wrote the file knows.
_SEVERAL: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("论文", "期刊论文", "paper", "papers"), ("paper_indexed", "paper_core", "paper_other", "thesis")
    ),
    **dict.fromkeys(("专利", "发明专利", "patent", "patents"), ("patent_teacher", "patent_student")),
    **dict.fromkeys(("奖", "奖励", "获奖", "award", "awards"), ("award_national", "award_provincial")),
    **dict.fromkeys(("故障", "failure"), ("down", "fault")),
}


def _written(
    codes: Iterable[str], words: Mapping[str, str], others: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    return {
        **{code: code for code in codes},
        **{each.lower(): code for code, each in words.items()},
        **{each: code for code, several in others.items() for each in several},
    }


LAYERS_WRITTEN: Mapping[str, str] = {**_written(LAYERS, LAYER_WORDS, _OF_LAYERS), "": ATTENDED}
KINDS_WRITTEN: Mapping[str, str] = _written(OUTPUTS, KIND_WORDS, _OF_KINDS)


def layer_written(text: str) -> str | None:
    """The layer that a cell names; that one was there, for an empty one; None for a word that is none."""
    return LAYERS_WRITTEN.get(_plain(text))


def kind_written(text: str) -> str | None:
    """The kind of output that a cell names; None for a word that is none, or could be several."""
    return KINDS_WRITTEN.get(_plain(text))


def no_layer(text: str) -> Reason:
    """What is said of a word that is no layer: which there are, in the reader's language."""
    return _none("layer", text, LAYER_WORDS, N_("“%(written)s” is none of the layers of a use: %(known)s."))


def no_kind(text: str) -> Reason:
    """What is said of a word that is no kind of output: which there are, in the reader's language."""
    if not text.strip():
        known = _listed(KIND_WORDS.values())
        return Reason("kind", None, N_("The kind is empty; write one of these: %(known)s."), {"known": known})
    return _none("kind", text, KIND_WORDS, N_("“%(written)s” is none of the kinds of outputs: %(known)s."))


def _none(code: str, text: str, words: Mapping[str, str], sentence: str) -> Reason:
    meant = [words[each] for each in _SEVERAL.get(_plain(text), ()) if each in words]
    if meant:
        sentence = N_("“%(written)s” may mean several; write which: %(known)s.")
    return Reason(code, None, sentence, {"written": text.strip(), "known": _listed(meant or words.values())})


def _listed(words: Iterable[str]) -> tuple[Reason, ...]:
    return tuple(Reason("word", None, each) for each in words)


def _plain(text: str) -> str:
    """A cell without what does not tell words apart: capitals, and spaces at its ends or in a row."""
    return " ".join(text.split()).lower()
