"""What a notice may be made of: a letter is short work, however its template is written.

Nothing in it multiplies: no arithmetic, no calls, no words put together and then used again, no loops within loops
within loops. Whatever is left takes no longer than the fields of its event are.
"""

from collections.abc import Iterator
from contextlib import suppress

from jinja2 import nodes

from contracts.words import Text

FILTERS_OF_JINJA = ("default", "first", "join", "last", "length", "lower", "trim", "upper")
MOST_LOOPS = 2  # within each other
PARTS = (
    nodes.Template | nodes.Output | nodes.TemplateData | nodes.If | nodes.For | nodes.Assign,
    nodes.Name | nodes.Getattr | nodes.Getitem | nodes.Const,
    nodes.Tuple | nodes.List | nodes.Dict | nodes.Pair | nodes.CondExpr | nodes.Concat,
    nodes.Compare | nodes.Operand | nodes.And | nodes.Or | nodes.Not | nodes.Neg | nodes.Test | nodes.Filter,
)
GROWING = nodes.Concat | nodes.Tuple | nodes.List | nodes.Dict
NAMES = {  # of what somebody might try; of anything else, its own
    nodes.Call: ("调用", "call"),
    nodes.Include: ("include", "include"),
    nodes.Import: ("import", "import"),
    nodes.FromImport: ("import", "import"),
    nodes.Macro: ("macro", "macro"),
    nodes.AssignBlock: ("{% set %} 块", "block of {% set %}"),
}


def too_much(tree: nodes.Template, filters: tuple[str, ...]) -> Iterator[Text]:
    """One sentence for each thing that no notice may do."""
    allowed = {*filters, *FILTERS_OF_JINJA}
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, PARTS):
            yield _refused(node, *NAMES.get(type(node), (type(node).__name__,) * 2))
        elif isinstance(node, nodes.Filter) and node.name not in allowed:
            yield _refused(node, f"过滤器 {node.name}", f"filter {node.name}; there are: {', '.join(sorted(allowed))}")
        elif isinstance(node, nodes.Getattr | nodes.Getitem) and _is_hidden(node):
            yield _refused(node, "以下划线开头的名字", "name that begins with an underscore")
        elif isinstance(node, nodes.Assign) and _grows(node.node):
            yield _refused(node, "{% set %} 中的拼接", "joining of words in {% set %}")
    yield from _deep_loops(tree, 0)


def _refused(node: nodes.Node, zh: str, en: str) -> Text:
    return Text(zh=f"模板第 {node.lineno} 行：通知里不能有{zh}", en=f"line {node.lineno}: a notice may have no {en}")


def _is_hidden(node: nodes.Getattr | nodes.Getitem) -> bool:
    name: object = node.attr if isinstance(node, nodes.Getattr) else None
    if isinstance(node, nodes.Getitem):
        with suppress(nodes.Impossible):
            name = node.arg.as_const()
    return isinstance(name, str) and name.startswith("_")


def _grows(node: nodes.Node) -> bool:
    return any(
        isinstance(each, GROWING) or (isinstance(each, nodes.Filter) and each.name == "join")
        for each in (node, *node.find_all(nodes.Node))
    )


def _deep_loops(node: nodes.Node, depth: int) -> Iterator[Text]:
    if isinstance(node, nodes.For):
        depth += 1
        if depth == MOST_LOOPS + 1:
            yield _refused(node, f"超过 {MOST_LOOPS} 层的循环", f"loops more than {MOST_LOOPS} deep")
    for child in node.iter_child_nodes():
        yield from _deep_loops(child, depth)
