"""The OpenAPI document: valid as 3.1, whole, and free of what APIFlask would say by itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from instruments.web.incoming import OTHERWISE, fitted
from instruments.web.shapes import Asked
from tests.contract import hold_to_contract

# What strangers may ask, and persons for somebody else.
FOR_OTHERS = ("get /api/v1/free", "get /api/v1/instruments/{instrument_id}/rules")


@pytest.fixture
def document(client) -> dict:
    return client.get("/api/v1/openapi.json").json


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_it_is_valid_openapi_3_1(document) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def shapes(of: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for each in of.__subclasses__():
        yield each
        yield from shapes(each)


def test_each_shape_has_a_name_of_its_own_because_the_document_knows_it_by_nothing_else(document) -> None:
    ours = {each for each in shapes() if each.__module__.startswith("instruments.")}
    twice = [name for name, number in Counter(each.__name__ for each in ours).items() if number > 1]
    assert not twice
    assert len(document["components"]["schemas"]) > 400


def test_every_door_for_programs_is_in_it_and_no_page(client, document) -> None:
    rules = [rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    doors = {rule.rule for rule in rules} - {"/api/v1/openapi.json"}
    assert set(document["paths"]) == {re.sub(r"<[^>]*:(\w+)>", r"{\1}", door) for door in doors}


def test_what_stands_in_a_path_is_told_as_its_door_takes_it(client, document) -> None:
    told = {
        path: {each["name"]: each["schema"] for each in next(iter(methods.values()))["parameters"] if each["in"] == "path"}
        for path, methods in document["paths"].items()
    }  # fmt: skip
    doors = [rule.rule for rule in client.application.url_map.iter_rules()]
    for door in (door for door in doors if door.startswith("/api/v1/")):
        for kind, name in re.findall(r"<([^<>]*):(\w+)>", door):
            schema = told[re.sub(r"<[^>]*:(\w+)>", r"{\1}", door)][name]
            assert schema["type"] == ("integer" if kind == "int" else "string"), (door, name)
    assert told["/api/v1/labs/{lab_id}/prices.{kind}"]["kind"]["enum"] == ["csv", "xlsx"]
    assert told["/api/v1/{kind}/{owner_id}/qualification-rule"]["kind"]["enum"] == ["labs", "instruments"]
    assert set(told["/api/v1/institutions/{institution_id}/months/{month}"]["month"]) == {"type", "pattern"}


def test_every_refusal_is_a_problem_and_none_is_forgotten(document) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        for status in (status for status in answers if status >= "400"):
            assert list(answers[status]["content"]) == ["application/problem+json"], (name, status)
        assert {"401", "429", "500", "503"} <= set(answers), name
        # Strangers may search as well; who searches for somebody else may be refused it.
        assert ("403" in answers) == ({} not in operation["security"] or name in FOR_OTHERS), name
        assert not {"requestBody"} & set(operation) or {"400", "413", "415", "422"} <= set(answers), name


def test_headers_that_a_program_sends_are_named(document) -> None:
    named = {
        name: {each["name"] for each in operation["parameters"] if each["in"] == "header"}
        for name, operation in operations(document)
    }
    assert named["post /api/v1/reservations"] == {"Idempotency-Key"}
    assert named["patch /api/v1/reservations/{reservation_id}"] == {"If-Match"}
    assert named["get /api/v1/instruments/{instrument_id}"] == {"If-None-Match", "If-Match"}


def test_it_does_not_repeat_the_host_that_was_asked(client) -> None:
    answer = client.get("/api/v1/openapi.json", headers={"Host": "evil.example"})
    assert b"evil" not in answer.data


def test_answers_that_the_document_does_not_describe_are_noticed(client, world) -> None:
    thing = world.instrument()
    answer = client.get(f"/api/v1/instruments/{thing.id}")
    hold_to_contract(client.application, answer)
    answer.set_data(answer.data.replace(b'"capacity":1', b'"capacity":"one","secret":1'))
    with pytest.raises(AssertionError, match="secret"):
        hold_to_contract(client.application, answer)


def test_what_has_to_be_written_in_some_way_is_refused_with_a_sentence(document) -> None:
    """A bare pattern would be refused with itself: each stands beside its sentence, as `shapes.Written`."""

    def bare(schema: Any) -> Iterator[str]:
        if isinstance(schema, dict):
            if schema.get("type") == "str" and schema.get("pattern"):
                yield str(schema["pattern"])
            # What a validator of its own reads is only shown as a pattern.
            for inner in (schema[name] for name in schema if name != "json_schema_input_schema"):
                yield from bare(inner)
        elif isinstance(schema, list | tuple):
            for inner in schema:
                yield from bare(inner)

    found = {
        f"{each.__name__}: {pattern}"
        for each in shapes(Asked)
        for pattern in bare(each.__pydantic_core_schema__)
    }
    assert not found


def test_what_does_not_fit_is_refused_with_what_would(document) -> None:
    asked = ("x", "x" * 10_000, "-3", "1.999", "9" * 30)
    sent = (*asked, -3, 1.5, True, None, [], {}, [1.5], ["x"], [{}], 10**30, [1] * 5000)
    vague = {
        f"{each.__name__}.{reason.field}: {wrong!r:.20}"
        for each in shapes(Asked)
        for name, field in each.model_fields.items()
        for is_query in [each.__name__.endswith("Query")]
        for wrong in (asked if is_query else sent)
        for reason in fitted(each, {field.alias or name: wrong}, strict=not is_query).reasons
        if reason.values["message"].message == OTHERWISE
    }
    assert not vague
