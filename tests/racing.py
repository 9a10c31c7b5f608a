"""Racers, all at the same moment: threads that do acts, or processes that send requests to a live server."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from flask import Flask

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal

Answer: TypeAlias = tuple[int, list[str], dict[str, Any]]
# Each racer starts afresh: what is forked would share what the tests have open.
PROCESSES = multiprocessing.get_context("spawn")


def raced(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """Let each act be a deed in a thread of its own; what came of each: done, nothing (it answered False), or why not."""
    return at_once(app, *(partial(perform, act) for act in acts))


def at_once(app: Flask, *deeds: Callable[[], object]) -> list[str]:
    """The same of what begins and ends its own deed."""
    db.session.rollback()
    gun, outcomes = threading.Barrier(len(deeds)), [""] * len(deeds)

    def one(number: int, do: Callable[[], object]) -> None:
        with app.app_context():
            db.session.execute(db.text("SELECT 1"))
            gun.wait(60)
            try:
                outcomes[number] = "nothing" if do() is False else "done"
            except Refusal as refusal:
                outcomes[number] = refusal.reasons[0].code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    db.session.rollback()  # what the others committed is seen from now on
    return outcomes


@dataclass(frozen=True)
class Round:
    """What one racer sends in one round, all racers at the same moment."""

    method: str
    path: str
    body: dict[str, Any]
    match: str = ""


def race(address: str, token: str, rounds: list[Round], gun: Any, results: Any, number: int) -> None:
    """One racer, a process of its own: send each round when all are ready, and hand back what was answered."""
    answers: list[Answer] = []
    try:
        for each in rounds:
            gun.wait(60)
            answers.append(send(address, token, each))
    except Exception:
        gun.abort()
        raise
    finally:
        results.put((number, answers))


def send(address: str, token: str, each: Round) -> Answer:
    """Send one round over a connection of its own: (status, codes of the reasons, body)."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Connection": "close"}
    if each.match:
        headers["If-Match"] = each.match
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request(each.method, each.path, json.dumps(each.body), headers)
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, [reason["code"] for reason in body.get("reasons", [])], body


def run(address: str, racers: list[tuple[str, list[Round]]]) -> list[list[Answer]]:
    """Let all racers go; their answers in their order."""
    gun, results = PROCESSES.Barrier(len(racers)), PROCESSES.Queue()
    processes = [
        PROCESSES.Process(target=race, args=(address, token, rounds, gun, results, number))
        for number, (token, rounds) in enumerate(racers)
    ]
    for process in processes:
        process.start()
    answers = dict(results.get(timeout=240) for _ in processes)
    for process in processes:
        process.join(30)
    return [answers[number] for number in range(len(racers))]
