"""A module -> the same with one small change at a time: what its tests should notice."""

import ast
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPPOSITES: Final[dict[type[ast.AST], type[Any]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
# What a type is said to be does nothing when it runs.
TYPES: Final = {"annotation", "returns", "type_params", "bases", "decorator_list"}

CONDITIONS: Final = {"test", "ifs"}


class Mutation(NamedTuple):
    """One change: where, of what into what, and the module with it."""

    line: int
    change: str
    source: str


def mutations(source: str) -> Iterator[Mutation]:
    """Yield each small change of a module once: comparison, sign, `not`, and/or, 0 for 1."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for parent, field, place, node in list(_places(tree)):
        for changed in _changes(node, field in CONDITIONS):
            _put(parent, field, place, changed)
            text = ast.unparse(tree)
            _put(parent, field, place, node)
            if text not in seen:
                seen.add(text)
                shown = f"{ast.unparse(node)} -> {ast.unparse(changed)}"
                yield Mutation(node.lineno, shown, text)


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, Any]]:
    """Yield each node below, and where it hangs: its parent, the field, the place in a list."""
    for field, value in ast.iter_fields(node):
        if field in TYPES:
            continue
        for place, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST):
                yield node, field, place, child
                yield from _places(child)


def _put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _changes(node: ast.AST, is_condition: bool) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, ops, comparators):
            for place, operator in enumerate(ops):
                for other in COMPARISONS[type(operator)]:
                    yield ast.Compare(left, [*ops[:place], other(), *ops[place + 1 :]], comparators)
        case ast.BinOp(left, operator, right) if type(operator) in OPPOSITES:
            yield ast.BinOp(left, OPPOSITES[type(operator)](), right)
        case ast.AugAssign(target, operator, value) if type(operator) in OPPOSITES:
            yield ast.AugAssign(target, OPPOSITES[type(operator)](), value)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(OPPOSITES[type(operator)](), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.Constant(0 | 1 as value):  # also False, True, 0.0 and 1.0
            yield ast.Constant(type(value)(1 - value))
        case ast.expr() if is_condition:
            yield ast.UnaryOp(ast.Not(), node)
