"""What fields mean: the docstrings below them, read from the source where a page is written.

Pydantic's own way reads them at every start of the program, for a third of the time that loading all settings takes.
"""

import ast
import inspect
import textwrap

from pydantic import BaseModel


def of(model: type[BaseModel]) -> dict[str, str]:
    """By name, those of the fields of a model and of its bases."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _own(base)
    return {name: meaning for name, meaning in found.items() if name in model.model_fields}


def _own(model: type[BaseModel]) -> dict[str, str]:
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(defined, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text)
        for field, below in zip(defined.body, defined.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(text := below.value.value, str)
    }
