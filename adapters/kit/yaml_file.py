"""Reads a YAML file that a person wrote into a model; whatever is wrong is named with its line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.kit.settings import WrongSettingError

M = TypeVar("M", bound=BaseModel)


def load(path: Path, model: type[M]) -> M:
    """The file as the model. Raises WrongSettingError with one line for each thing wrong."""
    try:
        text = path.read_text("utf-8-sig")
        tree, stated = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettingError(
            f"{path} cannot be read ({error}). Name a YAML file in UTF-8."
        ) from None
    except yaml.YAMLError as error:
        raise WrongSettingError(f"{path} is no YAML: {' '.join(str(error).split())}.") from None
    twice = [f"{path}:{line}: {name}: it stands twice. Keep one." for line, name in _twice(tree)]
    if twice:
        raise WrongSettingError("\n".join(twice))
    try:
        return model.model_validate(stated)
    except ValidationError as error:
        lines = [_explained(path, tree, model, wrong) for wrong in error.errors()]
        raise WrongSettingError("\n".join(lines)) from None


def _explained(
    path: Path, tree: yaml.Node | None, model: type[BaseModel], wrong: ErrorDetails
) -> str:
    place = [str(part) for part in wrong["loc"] if part != "[key]"]
    line = _line(tree, place)
    what = wrong["msg"].removeprefix("Value error, ").rstrip(".")
    if wrong["type"] == "missing":
        what = "it is missing"
    elif wrong["type"] == "extra_forbidden":
        what = "there is no such field"
        place, name = place[:-1], place[-1]
        return f"{path}:{line}: {'.'.join([*place, name])}: {what}. {_allowed(model, place)}."
    elif wrong["type"] in {"tuple_type", "model_type", "model_attributes_type", "dict_type"}:
        what = f"{wrong['input']!r} does not fit there"
    elif wrong["type"] == "string_type":
        what = f"{wrong['input']!r} is no text: put it in quotes"
    return f"{path}:{line}: {'.'.join(place) or 'the file'}: {what}. {_allowed(model, place)}."


def _line(node: yaml.Node | None, place: list[str]) -> int:
    """The line, from 1, of the part that a place leads to, as far as there is one."""
    line = node.start_mark.line + 1 if node else 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if pair[0].value == part]
            if not found:
                return line
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
    return line


def _allowed(model: type[BaseModel], place: list[str]) -> str:
    """What may stand there: the description of the field, or the names of a part's fields."""
    here: type[BaseModel] | None = model
    said = ""
    for part in place:
        field = here.model_fields.get(part) if here else None
        if field is None:
            return f"Allowed: {said}" if said else _names(model)
        said = field.description or said
        here = _model_in(field.annotation)
    if not said and here:
        return _names(here)
    return f"Allowed: {said}"


def _names(model: type[BaseModel]) -> str:
    return f"Allowed: the fields {', '.join(model.model_fields)}"


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - what typing gives
    kinds = [annotation, *get_args(annotation)]
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _twice(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Line and name of keys that stand twice in one part: YAML itself keeps the last silently."""
    if isinstance(node, yaml.MappingNode):
        seen = set[str]()
        for key, value in node.value:
            if str(key.value) in seen:
                yield key.start_mark.line + 1, str(key.value)
            seen.add(str(key.value))
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _twice(value)
