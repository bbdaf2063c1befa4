"""The one order (authority.md section 4): narrower with a proof or the first violation, and the meet."""

from .canonical import canonical, utf16_key
from .constraints import constraint_meet, constraint_narrower
from .texts import step

DATA_CLASSES = ("public", "internal", "confidential", "restricted")
DIMENSIONS = ("type", "server", "operation", "constraint", "data_class", "cap", "depth", "expires")
OPERATIONS = {"mcp_tool": "tools", "mcp_resource": "uris", "mcp_prompt": "prompts"}


class TooMany(Exception):
    """A-13: the greatest lower bound cannot be written; the argument is the reason."""


def violation(dimension, path, **both):
    found = {"dimension": dimension, "path": path}
    found.update({name: value for name, value in both.items() if value is not None})
    return found


def detail_narrower(parent, child):
    return detail_violation(parent, child, "") is None


def detail_violation(parent, child, path):
    """None, or (how far the child came, the violation); both details in normal form, the parent's depth maybe -1."""
    for rank, check in enumerate((_type, _server, _operation, _constraint, _data_class, _cap, _depth, _expires)):
        found = check(parent, child)
        if found is not None:
            place, above, below = found
            return rank, violation(DIMENSIONS[rank], path + place, parent=above, child=below)
    return None


def _type(parent, child):
    return None if parent["type"] == child["type"] else ("/type", parent["type"], child["type"])


def _server(parent, child):
    return None if parent["server"] == child["server"] else ("/server", parent["server"], child["server"])


def _operation(parent, child):
    name = OPERATIONS[child["type"]]
    above, below = parent[name], child[name]
    inside = constraint_narrower(above, below) if name == "uris" else set(below) <= set(above)
    return None if inside else ("/" + name, above, below)


def _constraint(parent, child):
    own = child.get("constraints", {})
    bounds = parent.get("constraints", {})
    for pointer in sorted(bounds, key=utf16_key):
        if pointer not in own or not constraint_narrower(bounds[pointer], own[pointer]):
            return "/constraints/" + step(pointer), bounds[pointer], own.get(pointer)
    return None


def _data_class(parent, child):
    above, below = parent.get("data_class"), child.get("data_class")
    inside = DATA_CLASSES.index(below or "restricted") <= DATA_CLASSES.index(above or "restricted")
    return None if inside else ("/data_class", above, below)


def _cap(parent, child):
    own, bounds = child.get("caps", {}), parent.get("caps", {})
    for name in sorted(bounds, key=utf16_key):
        if name not in own or own[name] > bounds[name]:
            return "/caps/" + step(name), bounds[name], own.get(name)
    return None


def _depth(parent, child):
    inside = child.get("depth", 16) <= parent.get("depth", 16)
    return None if inside else ("/depth", parent.get("depth"), child.get("depth"))


def _expires(parent, child):
    if "expires" not in parent or ("expires" in child and child["expires"] <= parent["expires"]):
        return None
    return "/expires", parent["expires"], child.get("expires")


def narrower(parent, child):
    """("narrower", indices) or ("wider", violation); both in normal form."""
    for part in ("scope", "resource"):
        found = set_violation(parent, child, part)
        if found is not None:
            return "wider", found
    proof = []
    for index, detail in enumerate(child["authorization_details"]):
        fit = _first_fit(parent["authorization_details"], detail, "/authorization_details/%d" % index)
        if not isinstance(fit, int):
            return "wider", fit
        proof.append(fit)
    return "narrower", proof


def set_violation(parent, child, part):
    for index, member in enumerate(child[part]):
        if member not in parent[part]:
            return violation(part, "/%s/%d" % (part, index), parent=parent[part], child=member)
    return None


def _first_fit(parents, detail, path):
    worst = (-1, violation("type", path + "/type", child=detail["type"]))
    for index, parent in enumerate(parents):
        found = detail_violation(parent, detail, path)
        if found is None:
            return index
        if found[0] > worst[0]:
            worst = found
    return worst[1]


def check_proof(parent, child, proof):
    """Whether the indices prove it, without any search."""
    details, parents = child["authorization_details"], parent["authorization_details"]
    if any(set_violation(parent, child, part) for part in ("scope", "resource")) or len(proof) != len(details):
        return False
    known = all(type(index) is int and 0 <= index < len(parents) for index in proof)
    return known and all(detail_narrower(parents[index], detail) for index, detail in zip(proof, details))


def detail_meet(one, other):
    """The greatest detail under both, normal but for its number of constraints; None when there is none."""
    if one["type"] != other["type"] or one["server"] != other["server"]:
        return None
    name = OPERATIONS[one["type"]]
    meet = {"type": one["type"], "server": one["server"]}
    if name == "uris":
        meet[name] = constraint_meet(one[name], other[name])
    else:
        meet[name] = [member for member in one[name] if member in other[name]]
    if not meet[name]:
        return None
    bounds = _union(one.get("constraints", {}), other.get("constraints", {}), constraint_meet)
    if None in bounds.values() or any(inner.startswith(outer + "/") for outer in bounds for inner in bounds):
        return None
    lowest = min(DATA_CLASSES.index(detail.get("data_class", "restricted")) for detail in (one, other))
    parts = {
        "constraints": bounds or None,
        "caps": _union(one.get("caps", {}), other.get("caps", {}), min) or None,
        "data_class": DATA_CLASSES[lowest] if lowest < 3 else None,
    }
    meet.update({name: value for name, value in parts.items() if value is not None})
    for name in ("depth", "expires"):
        limits = [detail[name] for detail in (one, other) if name in detail]
        if limits:
            meet[name] = min(limits)
    return meet


def _union(one, other, pick):
    both = {name: pick(value, other[name]) if name in other else value for name, value in one.items()}
    return {**other, **both}


def meet_details(one, other, tidy):
    found = []
    for left in one:
        for right in other:
            meet = detail_meet(left, right)
            if meet is not None:
                found.append(meet)
                if len(found) > 256:
                    raise TooMany("too_many_meets")
    kept = tidy(found)
    if len(kept) > 64:
        raise TooMany("too_many_details")
    if any(len(detail.get("constraints", {})) > 64 for detail in kept):
        raise TooMany("too_many_constraints")
    return kept


def meet_sets(one, other):
    return [member for member in one if member in set(other)]


def equal(one, other):
    return canonical(one) == canonical(other)
