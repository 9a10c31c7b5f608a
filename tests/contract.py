"""The API held to its own OpenAPI document: every answer that a test gets from it is laid beside what the document says."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import Any

from apiflask import APIFlask
from jsonschema import Draft202012Validator, FormatChecker
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

ROOT = "/api/v1/"
PROBLEM = "application/problem+json"
formats = FormatChecker(formats=())


@formats.checks("date-time")
def _has_offset(value: object) -> bool:
    try:
        return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def hold_to_contract(app: APIFlask, answer: TestResponse) -> None:
    """Fails when an answer of the API is not one that the document describes."""
    path, method, status = answer.request.path, answer.request.method, str(answer.status_code)
    if not path.startswith(ROOT) or path.endswith("openapi.json") or method in ("HEAD", "OPTIONS"):
        return
    operation = _operation(app, path, method)
    said = f"{method} {path}: {status}"
    if operation is None:
        assert status in ("401", "404", "405"), said
        described: dict[str, Any] = {
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        }
    else:
        assert status in operation["responses"], f"{said} is not in the document"
        described = operation["responses"][status]
    content = described.get("content", {})
    if not content:
        assert answer.data == b"", said
        return
    assert answer.mimetype in content, f"{said}: {answer.mimetype}"
    assert set(described.get("headers", {})) - {"Retry-After"} <= set(answer.headers.keys()), said
    if answer.mimetype.partition("+")[0] not in ("application/json", "application/problem"):
        assert answer.data, f"{said}: an empty file"
        return
    faults = [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
        for fault in _validator(app, content[answer.mimetype]["schema"]["$ref"]).iter_errors(
            json.loads(answer.data)
        )
    ]
    assert not faults, f"{said}: {faults}"


def _operation(app: APIFlask, path: str, method: str) -> dict[str, Any] | None:
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except HTTPException:
        return None
    return _document(app)["paths"][re.sub(r"<[^>]*:(\w+)>", r"{\1}", rule.rule)][method.lower()]


@cache
def _document(app: APIFlask) -> dict[str, Any]:
    with app.test_request_context():
        return app.spec


@cache
def _validator(app: APIFlask, reference: str) -> Draft202012Validator:
    """Strict: a name that the document does not know fails, so that nothing is answered that nobody described."""
    schemas = {
        name: {**schema, "additionalProperties": False}
        for name, schema in _document(app)["components"]["schemas"].items()
    }
    return Draft202012Validator(
        {"$ref": reference, "components": {"schemas": schemas}}, format_checker=formats
    )
