"""The OpenAPI document as it leaves the house: what every answer may be, so that it says what is really answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from apiflask import APIFlask
from werkzeug.routing import Rule

from instruments.web import multipart
from instruments.web.idempotency import LONGEST_KEY
from instruments.web.shapes import Problem

ABOUT = """\
Find free time on shared instruments, and book it; docs/api.md says how to begin.

- Authorization: Bearer with a personal token. The catalogue, calendars and free time are open to strangers.
- Instants are ISO 8601 with an offset; one without is refused.
- Lists page by cursor: send `next` of one page as `cursor` for the following one, until it is null.
- A refusal is problem+json (RFC 9457) with every reason at once, in the language of Accept-Language, else the person's.
- Names of fields and parameters that are not described here are refused.
"""
PROBLEM = "application/problem+json"
REFERENCE = {"$ref": "#/components/schemas/Problem"}
SAID = {
    "304": "You have it already: nothing changed since the ETag in If-None-Match",
    "400": "The body cannot be read",
    "401": "No token, or one that does not hold",
    "403": "The token lacks the scope, or the person may not do this",
    "404": "There is no such thing, or none that you may know of",
    "409": "The time is taken, and that is all (with conflicts and alternatives); or the same request is still running",
    "412": "It was changed since you read it",
    "413": "The body, or a file in it, is too large",
    "415": "The body is of another kind than those that are taken here",
    "422": "Every reason why it cannot be done",
    "428": "If-Match is missing",
    "429": "Too many requests",
    "500": "Something broke on our side",
    "503": "The database did not answer: it is not known yet whether it was done; or it was busy, and nothing was",
}
ALWAYS = ("401", "429", "500", "503")
WITH_BODY = ("400", "413", "415", "422")
NUMBER = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
# What stands in a path beside numbers and one of a few words.
WRITTEN = {
    "day": {"type": "string", "format": "date"},
    "month": {"type": "string", "pattern": r"^\d{4}-\d{2}$"},
    "sheet": {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"},
}
ETAG = {"ETag": {"description": "The version of what is shown.", "schema": {"type": "string"}}}
LOCATION = {"Location": {"description": "Where it is from now on.", "schema": {"type": "string"}}}
LATER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
IF_MATCH = {
    "in": "header", "name": "If-Match", "required": True, "schema": {"type": "string"},
    "description": "The ETag of what you read; several with commas between, or * for any.",
}  # fmt: skip
IF_MATCH_ASKED = IF_MATCH | {
    "required": False,
    "description": "Answer only while it is at one of these ETags, several with commas between; * is any.",
}
IF_NONE_MATCH = {
    "in": "header", "name": "If-None-Match", "required": False, "schema": {"type": "string"},
    "description": "The ETag of what you have.",
}  # fmt: skip
KEY = {
    "in": "header", "name": "Idempotency-Key", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "Sent again within a day with the same body, the request is done once and answered the same.",
}  # fmt: skip


def init_app(app: APIFlask) -> None:
    """Finish the document that APIFlask makes from the doors."""
    app.config.update(
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_SERVERS=False,
        INFO={"description": ABOUT},
    )
    app.servers = [{"url": "/"}]
    app.spec_processor(lambda document: finished(document, words_in_paths(app.url_map.iter_rules())))


def words_in_paths(rules: Iterable[Rule]) -> dict[str, dict[str, list[str]]]:
    """The words among which a part of a path is one, for each path as the document writes it."""
    return {
        re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", rule.rule): {
            name: re.split(r",\s*", words) for words, name in re.findall(r"<any\(([^)]+)\):(\w+)>", rule.rule)
        }
        for rule in rules
    }


def finished(document: dict[str, Any], words: Mapping[str, Mapping[str, list[str]]]) -> dict[str, Any]:
    """The document with the answers that all doors share. words: as `words_in_paths` finds them."""
    schemas = document["components"]["schemas"]
    schemas.pop("HTTPError", None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/Problem.{model}")
    inner = problem.pop("$defs")
    schemas |= {"Problem": problem} | {f"Problem.{name}": schema for name, schema in inner.items()}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _tell_path(operation["parameters"], words[path])
            _finish(operation)
            if multipart.FILES in operation:
                operation["requestBody"]["content"] = multipart.content_of(operation, schemas)
                del operation[multipart.FILES]
    return document


def _finish(operation: dict[str, Any]) -> None:
    answers, parameters = operation["responses"], operation["parameters"]
    for status in _statuses(operation):
        answers[status] = _problem(status)
    for status, answer in answers.items():
        if status < "300" and ("304" in answers or "412" in answers or status == "201"):
            answer["headers"] = ETAG | (LOCATION if status == "201" else {})
    if "304" in answers:
        answers["304"] = {"description": SAID["304"], "headers": ETAG}
        parameters += [IF_NONE_MATCH, IF_MATCH_ASKED]
    elif "412" in answers:
        parameters.append(IF_MATCH)
    if "201" in answers:
        parameters.append(KEY)
    operation["responses"] = dict(sorted(answers.items()))


def _tell_path(parameters: list[dict[str, Any]], words: Mapping[str, list[str]]) -> None:
    """What stands in a path is one of a few words, a date or a month, or else the number of a row."""
    for parameter in parameters:
        if parameter["in"] == "path":
            name = parameter["name"]
            one_of = {"type": "string", "enum": words[name]} if name in words else None
            parameter["schema"] = one_of or WRITTEN.get(name, NUMBER)


def _statuses(operation: dict[str, Any]) -> set[str]:
    """The refusals that this operation may answer with: those that its door names, and those that come by its kind."""
    places = {parameter["in"] for parameter in operation["parameters"]}
    found = {status for status in operation["responses"] if status >= "400"} | set(ALWAYS)
    found |= set(WITH_BODY) if "requestBody" in operation else set()
    found |= {"422"} if "query" in places else set()
    found |= {"404"} if "path" in places else set()
    found |= {"412"} if "304" in operation["responses"] else set()
    return found | ({"403"} if {} not in operation["security"] else set())


def _problem(status: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": SAID[status], "content": {PROBLEM: {"schema": REFERENCE}}}
    return answer | ({"headers": LATER} if status in ("409", "429", "503") else {})
