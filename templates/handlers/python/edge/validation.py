"""Text becomes a value only when it is small, plain JSON and as its schema declares."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, validators
from referencing import Registry

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
# DynamoDB keeps 38 digits, with an exponent of at most 125.
MAX_DIGITS = 38
MAX_EXPONENT = 125

ROOT = Path(__file__).parent.parent


class Refused(Exception):
    """The event is not as declared. It carries a word of ours, and nothing of the event."""


class TooLarge(Refused):
    """There is more of it than is read."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Refused("a key is there twice")
    return value


def _number(text: str) -> Decimal:
    value = Decimal(text)
    if len(value.as_tuple().digits) > MAX_DIGITS or abs(value.adjusted()) > MAX_EXPONENT:
        raise Refused("a number is out of range")
    return value


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise Refused("a number is out of range")
    return int(text)


def number(text: str) -> int | Decimal:
    """A number that is spelt in a text, as JSON spells numbers."""
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?", text, re.ASCII):
        raise Refused("this is no number")
    return _integer(text) if text.lstrip("-").isdigit() else _number(text)


def _no_number(_: str) -> None:
    raise Refused("this is no number of JSON")


def _walk(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise Refused("it is nested too deep")
    if isinstance(value, str):
        # A lone surrogate has no UTF-8.
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused("it holds no text") from None
    elif isinstance(value, dict):
        for key, below in value.items():
            _walk(key, depth + 1)
            _walk(below, depth + 1)
    elif isinstance(value, list):
        for below in value:
            _walk(below, depth + 1)


def parse(text: Any) -> Any:
    """JSON without duplicate keys, NaN, lone surrogates, depth or size that a handler does not need."""
    if not isinstance(text, str):
        raise Refused("there is no text")
    if len(text) > MAX_BYTES or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise TooLarge("it is too large")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError):
        raise Refused("it is no JSON") from None
    _walk(value)
    return value


def _ecma(pattern: str) -> str:
    """A pattern of JSON Schema for Python, whose `$` would let a line end pass."""
    out, in_class, escaped = [], False, False
    for char in pattern:
        if not escaped and not in_class and char == "$":
            out.append(r"\Z")
            continue
        if not escaped:
            if char == "[":
                in_class = True
            elif char == "]":
                in_class = False
        escaped = char == "\\" and not escaped
        out.append(char)
    return "".join(out)


def _pattern(_: Any, pattern: str, instance: Any, __: Any):
    if isinstance(instance, str) and not re.search(_ecma(pattern), instance, re.ASCII):
        yield _fault()


def _pattern_properties(validator: Any, patterns: dict[str, Any], instance: Any, _: Any):
    if isinstance(instance, dict):
        for pattern, schema in patterns.items():
            for key, value in instance.items():
                if re.search(_ecma(pattern), key, re.ASCII):
                    yield from validator.descend(value, schema)


def _fault() -> Exception:
    from jsonschema.exceptions import ValidationError

    return ValidationError("refused")


_Validator = validators.extend(
    Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties}
)


class Schema:
    """A JSON Schema (2020-12); a reference out of it is never followed."""

    def __init__(self, schema: Any) -> None:
        _Validator.check_schema(schema)
        self._validator = _Validator(
            schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
        )

    @classmethod
    def beside(cls, name: str) -> "Schema":
        """The schema of a file that is shipped with the handler."""
        text = (ROOT / name).read_text(encoding="utf-8")
        return cls(json.loads(text, parse_float=Decimal))

    def check(self, value: Any) -> None:
        if not self._validator.is_valid(value):
            raise Refused("it is not as the schema declares")
