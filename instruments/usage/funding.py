"""From where a project is paid: the choices of this product. What a form calls each stands in its format."""

from __future__ import annotations

from collections.abc import Mapping

from instruments.errors import N_

FUNDING_SOURCES: Mapping[str, str] = {
    "national_major": N_("National major science and technology projects"),
    "national_rd": N_("National key research and development programmes"),
    "natural_science": N_("National natural science foundation"),
    "social_science": N_("National social science foundation"),
    "ministry": N_("Programmes of ministries"),
    "local": N_("Programmes of provinces and cities"),
    "own": N_("Own funds of the institution"),
    "enterprise": N_("Commissioned by enterprises"),
    "international": N_("International cooperation"),
    "teaching": N_("Teaching funds"),
    "other": N_("Other sources"),
    "none": N_("No project"),
}
