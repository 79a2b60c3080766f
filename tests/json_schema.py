"""As much of JSON Schema (draft 2020-12) as docs/verdict.schema.json uses; what it does not know it refuses."""

import re

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "null": type(None),
}
_SAID = {"$schema", "$defs", "title", "description"}


def problems(schema, value, root=None, where="$"):
    """What is wrong with the value, a line each."""
    root = schema if root is None else root
    for keyword, wanted in schema.items():
        if keyword not in _SAID:
            yield from _CHECKS[keyword](schema, wanted, value, root, where)


def _type(_schema, wanted, value, _root, where):
    names = [wanted] if isinstance(wanted, str) else wanted
    kinds = tuple(_TYPES[name] for name in names)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        yield f"{where}: {value!r} is no {' or '.join(names)}"


def _among(_schema, wanted, value, _root, where):
    if value not in wanted:
        yield f"{where}: {value!r} is none of {wanted}"


def _const(_schema, wanted, value, _root, where):
    if value != wanted:
        yield f"{where}: {value!r} is not {wanted!r}"


def _minimum(_schema, wanted, value, _root, where):
    if isinstance(value, int) and value < wanted:
        yield f"{where}: {value} is less than {wanted}"


def _pattern(_schema, wanted, value, _root, where):
    if isinstance(value, str) and not re.search(wanted, value):
        yield f"{where}: {value!r} is not like {wanted}"


def _required(_schema, wanted, value, _root, where):
    if isinstance(value, dict):
        yield from (f"{where}: {name} is missing" for name in wanted if name not in value)


def _properties(_schema, wanted, value, root, where):
    if isinstance(value, dict):
        for name, schema in wanted.items():
            if name in value:
                yield from problems(schema, value[name], root, f"{where}.{name}")


def _additional(schema, wanted, value, _root, where):
    assert wanted is False
    if isinstance(value, dict):
        yield from (f"{where}: {name} is not known" for name in value if name not in schema["properties"])


def _items(_schema, wanted, value, root, where):
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from problems(wanted, item, root, f"{where}[{number}]")


def _ref(_schema, wanted, value, root, where):
    yield from problems(root["$defs"][wanted.removeprefix("#/$defs/")], value, root, where)


_CHECKS = {
    "type": _type,
    "enum": _among,
    "const": _const,
    "minimum": _minimum,
    "pattern": _pattern,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "$ref": _ref,
}
