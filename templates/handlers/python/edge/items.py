"""Items of a table as their stream spells them, by type, and as values."""

from typing import Any

from edge.validation import MAX_BYTES, MAX_DEPTH, Refused, TooLarge, number


class _Budget:
    """How much text an item may still hold: one of a table has 400 KB at most."""

    def __init__(self) -> None:
        self.left = 2 * MAX_BYTES

    def text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused("this is no attribute")
        self.left -= len(value) + 1
        if self.left < 0:
            raise TooLarge("it is too large")
        return value


def _attribute(value: Any, budget: _Budget, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Refused("it is nested too deep")
    if not isinstance(value, dict) or len(value) != 1:
        raise Refused("this is no attribute")
    [(kind, inner)] = value.items()
    # Bytes stay in base64, as they came.
    if kind in ("S", "B"):
        return budget.text(inner)
    if kind == "N":
        return number(budget.text(inner))
    if kind == "BOOL" and isinstance(inner, bool):
        return inner
    if kind == "NULL" and inner is True:
        return None
    if kind == "M" and isinstance(inner, dict):
        return {budget.text(k): _attribute(v, budget, depth + 1) for k, v in inner.items()}
    if kind == "L" and isinstance(inner, list):
        return [_attribute(v, budget, depth + 1) for v in inner]
    if kind in ("SS", "BS") and isinstance(inner, list):
        return [budget.text(v) for v in inner]
    if kind == "NS" and isinstance(inner, list):
        return [number(budget.text(v)) for v in inner]
    raise Refused("this is no attribute")


def item(image: Any) -> dict[str, Any]:
    """An item: sets are lists, numbers are as they were written."""
    value = _attribute({"M": image}, _Budget(), 0)
    if not value:
        raise Refused("this is no item")
    return value
