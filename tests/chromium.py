"""Finds the Chromium that the journeys drive; `python -m tests.chromium` installs it where apt can.

Standard library only. CHROMIUM names another browser than the ones looked for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# The second package draws Chinese: without it pictures show boxes, and widths are wrong.
PACKAGES = ("chromium", "fonts-noto-cjk")
SENTENCE = (
    "The journeys need Chromium, and there is none here. Install it (Debian: apt-get install chromium "
    "fonts-noto-cjk; macOS: any Chrome), or name its executable in CHROMIUM, and run the tests again."
)


def find() -> str | None:
    """The executable of the browser, or None."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given if Path(given).exists() else None
    found = (shutil.which(name) for name in NAMES)
    return next(filter(None, (*found, *(path for path in ELSEWHERE if Path(path).exists()))), None)


def install() -> bool:
    """Ask apt for it, on a Debian-like system as root; False where that cannot be done or fails."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ("apt-get", "update", "--quiet"),
        ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *PACKAGES),
    ):
        if subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, check=False).returncode:
            return False
    return find() is not None


if __name__ == "__main__":
    if not find() and not install():
        sys.exit(SENTENCE)
