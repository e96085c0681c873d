"""Follows the dots of a notice, such as `quote.total.minor`, through the message models, so that none leads nowhere."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from jinja2 import nodes

from contracts.words import Text, Value

Scope = dict[str, Any]  # a name in the template -> its annotation, None where it is not known


def dead_ends(node: nodes.Node, scope: Scope) -> Iterator[Text]:
    """One sentence for each attribute that its model does not have, and for each loop over what is no list."""
    if isinstance(node, nodes.For):
        if _element(_annotation(node.iter, scope)) is None:
            yield Text(
                zh=f"模板第 {node.lineno} 行：循环只能用于列表字段",
                en=f"line {node.lineno}: a loop goes over a field that is a list, and over nothing else",
            )
        scope = {**scope, **_loop_names(node, scope)}
    if isinstance(node, nodes.Getattr) and (owner := _kind(node.node, scope)) and not _has(owner, node.attr):
        known = ", ".join(owner.model_fields)
        yield Text(
            zh=f"模板第 {node.lineno} 行：{owner.__name__} 没有字段 {node.attr!r}；现有：{known}",
            en=f"line {node.lineno}: {owner.__name__} has no field {node.attr!r}; it has: {known}",
        )
    for child in node.iter_child_nodes():
        yield from dead_ends(child, scope)


def _has(owner: type[Value], name: str) -> bool:
    return name in owner.model_fields or isinstance(getattr(owner, name, None), property)


def _loop_names(node: nodes.For, scope: Scope) -> Scope:
    if isinstance(node.target, nodes.Name):
        return {node.target.name: _element(_annotation(node.iter, scope))}
    return {}


def _kind(node: nodes.Node, scope: Scope) -> type[Value] | None:
    """The model an expression gives, None when it is something else or not known."""
    found = _bare(_annotation(node, scope))
    return found if isinstance(found, type) and issubclass(found, Value) else None


def _annotation(node: nodes.Node, scope: Scope) -> Any:
    if isinstance(node, nodes.Name):
        return scope.get(node.name)
    if isinstance(node, nodes.Getattr):
        owner = _kind(node.node, scope)
        field = owner.model_fields.get(node.attr) if owner else None
        return field.annotation if field else None
    if isinstance(node, nodes.Getitem):
        return _element(_annotation(node.node, scope))
    return None


def _element(annotation: Any) -> Any:
    """`tuple[FeeLine, ...]` -> `FeeLine`."""
    bare = _bare(annotation)
    return get_args(bare)[0] if get_origin(bare) is tuple else None


def _bare(annotation: Any) -> Any:
    """Without `Annotated` and without `| None`."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        known = [each for each in get_args(annotation) if each is not NoneType]
        return _bare(known[0]) if len(known) == 1 else None
    return annotation
