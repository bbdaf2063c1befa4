"""Strict JSON (RFC 8259 and I-JSON, RFC 7493): one document, no name twice, no lone surrogate, no unsafe number.

Numbers become `int` where their value is whole and `float` otherwise, so 1.0 and 1 are one value; -0 is 0.
"""

import json
import math
import re

SAFE = 2**53 - 1
MAX_DEPTH = 128
_LONE = re.compile("[\ud800-\udfff]")


class JsonError(ValueError):
    """The text is not strict JSON."""


def has_lone_surrogate(text):
    # A pair written as two escapes is one character in a Python string, so any surrogate left stands alone.
    return _LONE.search(text) is not None


def parse(text, any_integer=False):
    """Reads one document from `str` or UTF-8 `bytes`; `any_integer` lets whole numbers beyond 2^53 - 1 pass."""
    if isinstance(text, (bytes, bytearray)):
        try:
            text = bytes(text).decode("utf-8", "strict")
        except UnicodeDecodeError as cause:
            raise JsonError("not UTF-8") from cause
    if text.startswith("\ufeff"):
        raise JsonError("byte order mark")
    decoder = json.JSONDecoder(
        object_pairs_hook=_members,
        parse_int=lambda word: _number(word, any_integer),
        parse_float=lambda word: _number(word, any_integer),
        parse_constant=_no_constant,
        strict=True,
    )
    try:
        value = decoder.decode(text)
    except (ValueError, RecursionError) as cause:
        raise JsonError(str(cause)) from cause
    _check(value, 0)
    return value


def _members(pairs):
    found = {}
    for name, value in pairs:
        if name in found:
            raise JsonError("a name twice")
        found[name] = value
    return found


def _no_constant(word):
    raise JsonError(word + " is not JSON")


def _number(word, any_integer):
    value = float(word)
    if not math.isfinite(value):
        raise JsonError("a number beyond a double")
    if not value.is_integer():
        return value
    # From 1e21 on RFC 8785 writes an exponent: only what is spelt out in digits is then taken for an integer.
    spelt = abs(value) < 1e21 or not re.search("[.eE]", word)
    if abs(value) > SAFE and spelt and not any_integer:
        raise JsonError("an integer beyond 2^53 - 1")
    return int(value) if abs(value) <= SAFE else value


def _check(value, depth):
    if depth > MAX_DEPTH:
        raise JsonError("nested too deep")
    if isinstance(value, str):
        if has_lone_surrogate(value):
            raise JsonError("a lone surrogate")
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth)
            _check(item, depth + 1)


def kind_of(value):
    """The JSON type of a parsed value: Python's `True` is not the number 1 here."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def is_int(value, low=0, high=SAFE):
    return kind_of(value) == "number" and float(value).is_integer() and low <= value <= high
