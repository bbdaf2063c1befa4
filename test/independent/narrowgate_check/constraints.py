"""Constraints (authority.md section 2): reading, normal form, what they admit, their order and meet."""

from .canonical import utf16_key, utf16_length
from .strict_json import has_lone_surrogate, is_int, kind_of
from .texts import is_plain

OPERATORS = ("equals", "one_of", "prefix", "max", "min")
_RANK = {"null": 0, "boolean": 1, "number": 2, "string": 3}


class Refusal(Exception):
    """What was read is not of the format; `path` is a JSON Pointer to where the reader stopped."""

    def __init__(self, path, why=""):
        super().__init__("%s: %s" % (path or "the whole", why))
        self.path = path


def read_constraint(value, path, strings_only=False):
    """The operators as they are written, each checked; not yet in normal form."""
    if not isinstance(value, dict) or not value:
        raise Refusal(path, "a constraint has at least one operator")
    allowed = ("equals", "one_of", "prefix") if strings_only else OPERATORS
    for name, operand in value.items():
        place = path + "/" + name
        if name not in allowed:
            raise Refusal(place, "unknown operator")
        if name == "equals":
            _read_value(operand, place, strings_only)
        elif name == "one_of":
            _read_set(operand, place, strings_only)
        elif name == "prefix":
            if not isinstance(operand, str) or not 1 <= utf16_length(operand) <= 1024 or not is_plain(operand):
                raise Refusal(place, "no plain text")
        elif not is_number(operand):
            raise Refusal(place, "no number")
    return value


def is_number(value):
    if kind_of(value) != "number":
        return False
    return is_int(value, low=-(2**53 - 1)) if float(value).is_integer() else True


def _read_value(value, path, strings_only):
    kind = kind_of(value)
    good = is_number(value) if kind == "number" else kind in ("null", "boolean")
    if kind == "string":
        good = utf16_length(value) <= 1024 and not has_lone_surrogate(value)
    if not good or (strings_only and kind != "string"):
        raise Refusal(path, "no value of this kind")


def _read_set(values, path, strings_only):
    if not isinstance(values, list) or not 1 <= len(values) <= 256:
        raise Refusal(path, "no set of 1 to 256 values")
    for index, value in enumerate(values):
        _read_value(value, "%s/%d" % (path, index), strings_only)
    if len({value_key(value) for value in values}) != len(values):
        raise Refusal(path, "a value twice")


def value_key(value):
    """Orders values by type, then by value (section 3, 4); equal exactly for equal values."""
    kind = kind_of(value)
    if kind == "null":
        return (_RANK[kind], 0)
    return (_RANK[kind], utf16_key(value) if kind == "string" else value)


def admits(constraint, value):
    """Whether all operators hold for `value`."""
    for name, operand in constraint.items():
        if name == "equals":
            holds = _same(operand, value)
        elif name == "one_of":
            holds = any(_same(member, value) for member in operand)
        elif name == "prefix":
            holds = isinstance(value, str) and value.startswith(operand) and is_plain(value)
        else:
            holds = kind_of(value) == "number" and (value <= operand if name == "max" else value >= operand)
        if not holds:
            return False
    return True


def _same(one, other):
    return kind_of(one) == kind_of(other) and one == other


def normal_constraint(constraint):
    """The normal form, or None when no value satisfies it."""
    operators = dict(constraint)
    values = operators.pop("one_of", None)
    if "equals" in operators:
        values = [operators["equals"]] if values is None else values
    if values is not None:
        kept = sorted((value for value in values if admits(operators, value)), key=value_key)
        return {"one_of": [_plus_zero(value) for value in kept]} if kept else None
    if "prefix" in operators:
        return None if len(operators) > 1 else operators
    low, high = operators.get("min"), operators.get("max")
    if low is not None and high is not None:
        if low > high:
            return None
        if low == high:
            return {"one_of": [_plus_zero(low)]}
    return {name: _plus_zero(operand) for name, operand in operators.items()}


def _plus_zero(value):
    return 0 if kind_of(value) == "number" and value == 0 else value


def constraint_narrower(parent, child):
    """Both in normal form."""
    if "one_of" in child:
        return all(admits(parent, value) for value in child["one_of"])
    if "prefix" in child:
        return "prefix" in parent and child["prefix"].startswith(parent["prefix"])
    if "one_of" in parent or "prefix" in parent:
        return False
    above = "min" not in parent or ("min" in child and child["min"] >= parent["min"])
    return above and ("max" not in parent or ("max" in child and child["max"] <= parent["max"]))


def constraint_meet(one, other):
    """Of two normal forms; None when nothing satisfies both."""
    if "one_of" in one or "one_of" in other:
        listed, bound = (one, other) if "one_of" in one else (other, one)
        kept = [value for value in listed["one_of"] if admits(bound, value)]
        return {"one_of": kept} if kept else None
    if "prefix" in one and "prefix" in other:
        short, long = sorted((one["prefix"], other["prefix"]), key=len)
        return {"prefix": long} if long.startswith(short) else None
    if "prefix" in one or "prefix" in other:
        return None
    joined = dict(one)
    for name, pick in (("min", max), ("max", min)):
        if name in other:
            joined[name] = pick(joined[name], other[name]) if name in joined else other[name]
    return normal_constraint(joined)
