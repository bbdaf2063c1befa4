"""Authorities (authority.md sections 1 and 3): reading and the normal form."""

import re

from .canonical import canonical, utf16_key, utf16_length
from .constraints import Refusal, normal_constraint, read_constraint
from .order import DATA_CLASSES, OPERATIONS, detail_narrower
from .strict_json import is_int
from .texts import is_absolute_uri, step, steps_of

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}\Z")
_NAME = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_\-./]{0,127}\Z")
_CAP = re.compile(r"(?:calls|rows|bytes|amount:[A-Z]{3})\Z")


def parse(value):
    """Reads an authority and gives its normal form; raises Refusal."""
    if not isinstance(value, dict):
        raise Refusal("", "not an object")
    for name in value:
        if name not in ("scope", "resource", "authorization_details"):
            raise Refusal("/" + step(name), "unknown member")
    return normal_authority({
        "scope": read_scope(value.get("scope"), "/scope"),
        "resource": read_resource(value.get("resource"), "/resource"),
        "authorization_details": read_details(value.get("authorization_details"), "/authorization_details"),
    })


def read_scope(value, path):
    return _read_set(value, path, lambda item: isinstance(item, str) and _SCOPE.match(item))


def read_resource(value, path):
    return _read_set(value, path, is_absolute_uri)


def read_details(value, path):
    if not isinstance(value, list) or len(value) > 64:
        raise Refusal(path, "no list of at most 64 details")
    for index, detail in enumerate(value):
        _read_detail(detail, "%s/%d" % (path, index))
    return value


def _read_set(value, path, is_good, least=0):
    if not isinstance(value, list) or not least <= len(value) <= 256:
        raise Refusal(path, "no set within its bounds")
    for index, item in enumerate(value):
        if not is_good(item):
            raise Refusal("%s/%d" % (path, index), "no such member of a set")
    if len(set(value)) != len(value):
        raise Refusal(path, "a member twice")
    return value


def is_name(value):
    return isinstance(value, str) and _NAME.match(value) is not None


def _read_detail(detail, path):
    kind = detail.get("type") if isinstance(detail, dict) else None
    if not isinstance(kind, str) or kind not in OPERATIONS:
        raise Refusal(path + "/type", "unknown type")
    operation = OPERATIONS[kind]
    allowed = {"type", "server", operation, "data_class", "caps", "depth", "expires"}
    if kind != "mcp_resource":
        allowed.add("constraints")
    for name in detail:
        if name not in allowed:
            raise Refusal(path + "/" + step(name), "unknown member")
    if not is_name(detail.get("server")):
        raise Refusal(path + "/server", "no name")
    if operation == "uris":
        read_constraint(detail.get("uris"), path + "/uris", strings_only=True)
    else:
        _read_set(detail.get(operation), path + "/" + operation, is_name, least=1)
    if "constraints" in detail:
        _read_constraints(detail["constraints"], path + "/constraints")
    _read_limits(detail, path)


def _read_constraints(value, path):
    if not isinstance(value, dict) or len(value) > 64:
        raise Refusal(path, "no map of at most 64 constraints")
    for pointer, constraint in value.items():
        steps = steps_of(pointer)
        if steps is None or "-" in steps or not 2 <= utf16_length(pointer) <= 256:
            raise Refusal(path, "no pointer")
        read_constraint(constraint, path + "/" + step(pointer))


def _read_limits(detail, path):
    if "data_class" in detail and detail["data_class"] not in DATA_CLASSES:
        raise Refusal(path + "/data_class", "unknown class")
    if "caps" in detail:
        caps = detail["caps"]
        if not isinstance(caps, dict) or not all(_CAP.match(name) for name in caps):
            raise Refusal(path + "/caps", "no map of known caps")
        for name, cap in caps.items():
            if not is_int(cap):
                raise Refusal(path + "/caps/" + step(name), "no count")
    if "depth" in detail and not is_int(detail["depth"], 0, 16):
        raise Refusal(path + "/depth", "no depth")
    if "expires" in detail and not is_int(detail["expires"]):
        raise Refusal(path + "/expires", "no time")


def normal_authority(authority):
    found = [normal_detail(detail) for detail in authority["authorization_details"]]
    return {
        "scope": sorted(authority["scope"], key=utf16_key),
        "resource": sorted(authority["resource"], key=utf16_key),
        "authorization_details": tidy([detail for detail in found if detail is not None]),
    }


def tidy(details):
    """Without doubles and details under others, sorted (section 3, 5); takes normal details."""
    distinct = list({canonical(detail): detail for detail in details}.values())
    kept = [one for one in distinct if not any(one is not other and detail_narrower(other, one) for other in distinct)]
    return sorted(kept, key=lambda detail: utf16_key(canonical(detail)))


def normal_detail(detail):
    """The normal form of a detail that was read, or None when it is empty."""
    normal = {name: detail[name] for name in ("type", "server", "expires") if name in detail}
    operation = OPERATIONS[detail["type"]]
    if operation == "uris":
        normal["uris"] = normal_constraint(detail["uris"])
        if normal["uris"] is None:
            return None
    else:
        normal[operation] = sorted(detail[operation], key=utf16_key)
    constraints = {pointer: normal_constraint(value) for pointer, value in detail.get("constraints", {}).items()}
    if None in constraints.values() or _nested(constraints):
        return None
    if constraints:
        normal["constraints"] = constraints
    if detail.get("caps"):
        normal["caps"] = {name: int(cap) for name, cap in detail["caps"].items()}
    for name, default in (("data_class", "restricted"), ("depth", 16)):
        if detail.get(name, default) != default:
            normal[name] = detail[name]
    return normal


def _nested(constraints):
    return any(inner.startswith(outer + "/") for outer in constraints for inner in constraints)
