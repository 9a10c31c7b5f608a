"""Reads out of the code which kinds of things and which details are written into the journal, through helpers and all."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import instruments

DEEPEST = 4
Place: TypeAlias = tuple[str, ast.FunctionDef | None]


class Code:
    """All modules of the product, parsed; functions, classes and constants by name."""

    def __init__(self) -> None:
        root = Path(instruments.__file__).parent
        self.modules = {
            ".".join(path.relative_to(root.parent).with_suffix("").parts): ast.parse(
                path.read_text(encoding="utf-8")
            )
            for path in sorted(root.rglob("*.py"))
            if "migrations" not in path.parts and "demo" not in path.parts
        }
        # By (module, name): where it is defined; what a module calls by this name.
        self.functions: dict[tuple[str, str], ast.FunctionDef] = {}
        self.constants: dict[tuple[str, str], ast.expr] = {}
        self.calls: dict[str, list[tuple[ast.Call, Place]]] = defaultdict(list)
        self.imported: dict[tuple[str, str], tuple[str, str]] = {}
        for module, tree in self.modules.items():
            self._index(tree, (module, None))
            for each in tree.body:
                self._note_names(module, each)

    def _note_names(self, module: str, node: ast.stmt) -> None:
        for target, value in _assigned(node):
            if isinstance(target, ast.Name):
                self.constants[module, target.id] = value
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                self.imported[module, name.asname or name.name] = (node.module, name.name)

    def _index(self, node: ast.AST, place: Place) -> None:
        module, _ = place
        if isinstance(node, ast.FunctionDef):
            self.functions[module, node.name] = node
            place = (module, node)
        if isinstance(node, ast.Call):
            self.calls[_called(node)].append((node, place))
        for child in ast.iter_child_nodes(node):
            self._index(child, place)

    def _home(self, module: str, name: str) -> tuple[str, str]:
        """Where a name of a module is defined."""
        return self.imported.get((module, name), (module, name))

    @cached_property
    def deeds(self) -> list[tuple[ast.Call, Place]]:
        """Every call that writes into the journal."""
        return [
            (call, place)
            for calls in self.calls.values()
            for call, place in calls
            if {"deed", "thing"} <= {each.arg for each in call.keywords}
        ]

    def things(self) -> set[str]:
        """The kinds of things, as far as they are written as texts."""
        found = set()
        for call, place in self.deeds:
            thing = _keyword(call, "thing")
            if thing is not None:
                found |= set(self._things(thing, place, 0))
        return found

    def _things(self, node: ast.expr, place: Place, depth: int) -> Iterator[str]:
        match node:
            case ast.Tuple(elts=[first, *_]):
                yield from self._texts(first, place[0])
            case ast.IfExp():
                yield from self._things(node.body, place, depth)
                yield from self._things(node.orelse, place, depth)
            case ast.Name() if depth < DEEPEST:
                for value, other in self._values_of(node.id, place):
                    yield from self._things(value, other, depth + 1)

    def _texts(self, node: ast.expr, module: str) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name):
            home = self._home(module, node.id)
            if home in self.constants:
                yield from self._texts(self.constants[home], home[0])
        else:
            for each in _parts(node):
                yield from self._texts(each, module)

    def details(self) -> dict[str, set[str]]:
        """The names of details, and for each the deeds' texts with which it was seen; "?" for what cannot be read."""
        found: dict[str, set[str]] = defaultdict(set)
        for call, place in self.deeds:
            detail = _keyword(call, "detail")
            if detail is not None:
                for name in self._keys(detail, place, 0):
                    found[name].add(ast.unparse(_keyword(call, "deed") or call.func))
        return found

    def _keys(self, node: ast.expr, place: Place, depth: int) -> Iterator[str]:
        """The keys of a dictionary, however it is put together."""
        readers = {
            ast.Dict: self._keys_of_dict, ast.DictComp: self._keys_of_loop, ast.Call: self._keys_of_call,
            ast.Name: self._keys_of_name,
        }  # fmt: skip
        if depth > DEEPEST:
            return
        if type(node) in readers:
            yield from readers[type(node)](node, place, depth)
        else:
            for each in _sides(node):
                yield from self._keys(each, place, depth)

    def _keys_of_dict(self, node: Any, place: Place, depth: int) -> Iterator[str]:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                yield from self._keys(value, place, depth + 1)
            else:
                yield from self._texts(key, place[0])

    def _keys_of_loop(self, node: Any, place: Place, depth: int) -> Iterator[str]:
        if isinstance(node.key, ast.Name):
            for each in node.generators:
                yield from self._texts(each.iter, place[0])

    def _keys_of_call(self, node: Any, place: Place, depth: int) -> Iterator[str]:
        if _called(node) == "dict":
            yield from (each.arg for each in node.keywords if each.arg)
            for each in node.args:
                yield from self._keys(each, place, depth + 1)
            return
        home = self._home(place[0], _called(node))
        for each in ast.walk(self.functions[home]) if home in self.functions else ():
            if isinstance(each, ast.Return) and each.value is not None:
                yield from self._keys(each.value, (home[0], self.functions[home]), depth + 1)

    def _keys_of_name(self, node: Any, place: Place, depth: int) -> Iterator[str]:
        for value, other in self._values_of(node.id, place):
            yield from self._keys(value, other, depth + 1)

    def _values_of(self, name: str, place: Place) -> Iterator[tuple[ast.expr, Place]]:
        """What a name may be: what is assigned to it, written into it, or passed for it by callers."""
        module, function = place
        if function is None:
            return
        for each in ast.walk(function):
            for target, value in _assigned(each):
                if isinstance(target, ast.Name) and target.id == name:
                    yield value, place
                elif _is_item_of(target, name):
                    yield ast.Dict(keys=[target.slice], values=[value]), place
        yield from self._passed(name, module, function)

    def _passed(self, name: str, module: str, function: ast.FunctionDef) -> Iterator[tuple[ast.expr, Place]]:
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        known = {*names, *(each.arg for each in function.args.kwonlyargs)}
        extra = function.args.kwarg is not None and function.args.kwarg.arg == name
        if name not in known and not extra:
            return
        for call, place in self.calls[function.name]:
            if self._home(place[0], function.name) != (module, function.name):
                continue
            for each in call.keywords:
                if each.arg == name and not extra:
                    yield each.value, place
                elif extra and each.arg and each.arg not in known:
                    yield ast.Dict(keys=[ast.Constant(each.arg)], values=[each.value]), place
            if name in names and len(call.args) > names.index(name):
                yield call.args[names.index(name)], place


def _called(call: ast.Call) -> str:
    """The name of what is called; of partial(act, …) that of the act."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _parts(node: ast.expr) -> Iterable[ast.expr]:
    """What an expression is put together from, each of which may be a text."""
    match node:
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.Starred():
            return [node.value]
        case ast.Tuple() | ast.List() | ast.Set():
            return node.elts
        case ast.Dict():
            return [key for key in node.keys if key is not None]
    return []


def _sides(node: ast.expr) -> Iterable[ast.expr]:
    """The dictionaries of which an expression is one, or which it joins."""
    match node:
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.BinOp():
            return [node.left, node.right]
        case ast.BoolOp():
            return node.values
    return []


def _is_item_of(target: ast.expr, name: str) -> bool:
    return (
        isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name
    )


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _assigned(node: ast.AST) -> Iterable[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign():
            return [(target, node.value) for target in node.targets]
        case ast.AnnAssign(value=ast.expr() as value) | ast.AugAssign(value=value):
            return [(node.target, value)]
    return []
