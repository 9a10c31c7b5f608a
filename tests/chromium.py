"""Finds the Chromium that the journeys drive; `python -m tests.chromium` installs it where apt can.

Standard library only. CHROMIUM names another browser than the ones looked for. The shell without windows comes first: it
draws the same, opens a page in a third of the time and costs a fourth of the processor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
NAMES = (*SHELLS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Draws Chinese: without it pictures show boxes, and widths are wrong.
FONTS = "fonts-noto-cjk"
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
    """Ask apt for one, on a Debian-like system as root; False where that cannot be done or fails."""
    if not _apt_is_ours():
        return False
    subprocess.run(("apt-get", "update", "--quiet"), env=_quiet(), stdin=subprocess.DEVNULL, check=False)
    return _installed(SHELLS[0], FONTS) or _installed("chromium", FONTS)


def install_shell() -> bool:
    """Beside a browser with windows, ask apt for the shell, from the lists it has; nothing is taken away for it."""
    return _apt_is_ours() and _installed("--no-remove", SHELLS[0], silent=True)


def _apt_is_ours() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _quiet() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def _installed(*wanted: str, silent: bool = False) -> bool:
    command = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *wanted)
    done = subprocess.run(command, env=_quiet(), stdin=subprocess.DEVNULL, check=False, capture_output=silent)
    return done.returncode == 0 and find() is not None


if __name__ == "__main__":
    if not find() and not install():
        sys.exit(SENTENCE)
    if not any(shutil.which(name) for name in SHELLS) and "CHROMIUM" not in os.environ:
        install_shell()
