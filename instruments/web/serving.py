"""Starts the server and, for one machine, the job worker beside it, and ends them together.

    python -m instruments.web.serving [--workers N] [--demonstration]

With --demonstration (what `make run` does) the demonstration is prepared first, and the job worker runs alongside.
Without it only the server starts.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from instruments import settings

FLASK = (sys.executable, "-m", "flask", "--app", "app")
STOP_SECONDS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the exit status of whichever process ended first."""
    parser = argparse.ArgumentParser(prog="python -m instruments.web.serving")
    parser.add_argument("--workers", type=int, default=1, help="server processes")
    parser.add_argument(
        "--demonstration", action="store_true", help="migrate, load the demonstration, run jobs too"
    )
    options = parser.parse_args(arguments)
    # Here, once: the server would start a process again and again that ends with the same sentence.
    settings.from_environment(Path(os.environ.get("INSTANCE_DIR") or "instance").resolve())
    check_port()
    commands = [server_command(options.workers)]
    if options.demonstration:
        prepare_demonstration()
        commands.append((*FLASK, "jobs", "work"))
    sys.stdout.write(
        f"Serving on http://{'localhost' if host() == '127.0.0.1' else host()}:{settings.port()} (Ctrl-C ends it)\n"
    )
    sys.stdout.flush()
    return run_together(commands)


def host() -> str:
    """The address to listen on; this machine alone unless HOST says more."""
    return os.environ.get("HOST", "127.0.0.1")


def check_port() -> None:
    """End with a sentence when somebody else listens there already, before a minute was spent on preparing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host(), settings.port()))
        except OSError as error:
            sys.exit(
                f"Port {settings.port()} cannot be used ({error.strerror}). Choose another: PORT=5001 make run"
            )


def server_command(workers: int) -> tuple[str, ...]:
    """How granian is started; HOST and PORT come from the environment."""
    return (
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws",
        "--host", host(), "--port", str(settings.port()),
        "--workers", str(workers), "--blocking-threads", str(settings.threads()),
        "--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "error", "app:create_app",
    )  # fmt: skip


def prepare_demonstration() -> None:
    """Whatever the demonstration needs and is not there yet; in one process, for starting one takes seconds."""
    done = subprocess.run((*FLASK, "demo", "prepare"), stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def run_together(commands: Sequence[Sequence[str]]) -> int:
    """Run the commands until one of them ends or we are told to stop, then end the others."""
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    # A session of its own: Ctrl-C in a terminal reaches us alone, and each child is told once.
    processes = [subprocess.Popen(command, start_new_session=True) for command in commands]
    while not asked and all(process.poll() is None for process in processes):
        time.sleep(0.2)
    ended = next((process.returncode for process in processes if process.returncode is not None), 0)
    for process in processes:
        end(process)
    return 0 if asked else ended or 1


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGINT first: the server ends its requests, the worker its job; then by force."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
