"""The words of what an instrument offers and to whom, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext

MODE_ICONS = {
    "self_operated": "user",
    "guided": "graduation-cap",
    "delegated": "user-check",
    "remote": "monitor",
}


def mode_words(mode: str) -> str:
    """A way of using an instrument."""
    match mode:
        case "self_operated":
            return gettext("I operate it")
        case "guided":
            return gettext("Guided")
        case "delegated":
            return gettext("Operated for me")
        case _:
            return gettext("Remote")


def audience_words(audience: str) -> str:
    """The widest circle that may book."""
    match audience:
        case "lab":
            return gettext("Own lab only")
        case "institution":
            return gettext("Own institution only")
        case "partners":
            return gettext("Universities and institutes")
        case _:
            return gettext("Everybody, companies included")


def facet_words(facet: str) -> str:
    """The name of a filter."""
    match facet:
        case "class":
            return gettext("Class")
        case "institution":
            return gettext("Institution")
        case "city":
            return gettext("City")
        case "technique":
            return gettext("Technique")
        case "mode":
            return gettext("How it is done")
        case _:
            return gettext("Only show")


def institution_kind(kind: str) -> str:
    """What an institution is."""
    match kind:
        case "university":
            return gettext("University")
        case "institute":
            return gettext("Institute")
        case "public":
            return gettext("Other public body")
        case _:
            return gettext("Company")


def circle_words(circle: str) -> str:
    """One circle of the audience, towards an instrument."""
    match circle:
        case "lab":
            return gettext("its own lab")
        case "institution":
            return gettext("its own institution")
        case "partners":
            return gettext("other universities and institutes")
        case _:
            return gettext("companies")
