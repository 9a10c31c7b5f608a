"""Runs a function in a child process with limits of time and memory: for files that strangers made.

Arguments and results travel as JSON, so that nothing a hostile file does in the child can reach further than text.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from instruments.errors import N_, Reason, Refusal

try:
    import resource
except ImportError:  # Windows has none; the time limit of the parent holds there too
    resource = None

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent.parent
LARGEST_RESULT = 128 * 1024 * 1024
OUT_OF_MEMORY = 3

TOO_SLOW = N_("The file takes too long to read. Split it into smaller ones, or save it anew as CSV.")
TOO_LARGE = N_("The file is too large to read. Split it into smaller ones, or save it anew as CSV.")
UNREADABLE = N_("The file cannot be read: it is damaged, or of another kind than its name says.")


def confined(function: Callable[..., Any], *arguments: Any, seconds: int = 60, megabytes: int = 1024) -> Any:
    """The result of a module's function, called in a process of its own. Arguments and result are JSON values.

    Raises Refusal: what the function refused, or that it took too long, too much memory, or broke on the file.
    """
    call = {
        "module": function.__module__,
        "name": function.__qualname__,
        "arguments": arguments,
        "seconds": seconds,
        "megabytes": megabytes,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "instruments.jobs.confined"],
            input=json.dumps(call).encode(),
            capture_output=True,
            timeout=seconds,
            cwd=ROOT,
            env=_bare_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refusal([Reason("file_too_slow", "file", TOO_SLOW)]) from None
    return _result(done)


def _result(done: subprocess.CompletedProcess[bytes]) -> Any:
    if done.returncode == OUT_OF_MEMORY:
        raise Refusal([Reason("file_too_large", "file", TOO_LARGE)])
    if done.returncode:
        log.warning(
            "a confined call broke (%s): %s", done.returncode, done.stderr.decode(errors="replace")[-2000:]
        )
        raise Refusal([Reason("file_unreadable", "file", UNREADABLE)])
    answer = json.loads(done.stdout)
    if "reasons" in answer:
        raise Refusal([Reason(**reason) for reason in answer["reasons"]])
    return answer["result"]


def _bare_environment() -> dict[str, str]:
    """No secret and no database address goes where a hostile file is read."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUTF8": "1"}


def _limit(seconds: int, megabytes: int) -> None:
    if resource is None:
        return
    os.nice(10)  # pages go first
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child() -> int:
    """Read one call from standard input, answer on standard output."""
    call = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the function prints is not the answer
    _limit(call["seconds"], call["megabytes"])
    try:
        function = getattr(importlib.import_module(call["module"]), call["name"])
        answer = json.dumps({"result": function(*call["arguments"])})
    except Refusal as refusal:
        answer = json.dumps({"reasons": [_plain(reason) for reason in refusal.reasons]}, default=str)
    except MemoryError:
        return OUT_OF_MEMORY
    if len(answer) > LARGEST_RESULT:
        return OUT_OF_MEMORY
    with answers:
        answers.write(answer.encode())
    return 0


def _plain(reason: Reason) -> dict[str, Any]:
    return {name: getattr(reason, name) for name in reason.__dataclass_fields__} | {
        "values": dict(reason.values)
    }


if __name__ == "__main__":
    sys.exit(_child())
