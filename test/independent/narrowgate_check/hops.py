"""Hops and calls (authority.md sections 5 and 6)."""

from .authority import parse, read_details, read_resource, read_scope, tidy
from .constraints import Refusal, admits
from .order import DATA_CLASSES, OPERATIONS, TooMany, meet_details, meet_sets, narrower, set_violation, violation
from .texts import step, steps_of

PARTS = ("scope", "resource", "authorization_details")
KINDS = {"tool": "mcp_tool", "resource": "mcp_resource", "prompt": "mcp_prompt"}
_RANKS = ("type", "server", "operation", "constraint", "data_class")
_READERS = {"scope": read_scope, "resource": read_resource, "authorization_details": read_details}


def intersect(one, other):
    """A-13, of normal forms; raises TooMany."""
    return {
        "scope": meet_sets(one["scope"], other["scope"]),
        "resource": meet_sets(one["resource"], other["resource"]),
        "authorization_details": meet_details(one["authorization_details"], other["authorization_details"], tidy),
    }


def read_request(value):
    """The parts a request names, each in normal form."""
    for name in value:
        if name not in PARTS:
            raise Refusal("/" + step(name), "unknown member")
    parts = {name: reader(value[name], "/" + name) for name, reader in _READERS.items() if name in value}
    whole = parse({name: parts.get(name, []) for name in PARTS})
    return {name: whole[name] for name in parts}


def hop(parent, actor_ceiling, client_ceiling, mode, requested=None, resource=None, at=None):
    """("granted", authority, proofs by bound) or ("refused", violation); all in normal form."""
    requested = requested or {}
    lowered = _lowered(parent) if mode == "rebind" else parent
    try:
        asked = {part: requested[part] if part in requested
                 else _bound_part(part, lowered, actor_ceiling, client_ceiling, at) for part in PARTS}
    except TooMany as reason:
        return "refused", _refused("result", str(reason), "/authorization_details")
    proofs = {}
    for bound, above in (("parent", lowered), ("actorCeiling", actor_ceiling), ("clientCeiling", client_ceiling)):
        kind, found = narrower(above, asked)
        if kind == "wider":
            return "refused", {"bound": bound, **found}
        proofs[bound] = found
    fault = _result_fault(asked, parent, lowered, resource, at)
    return ("refused", fault) if fault else ("granted", asked, proofs)


def _refused(bound, dimension, path, **both):
    return {"bound": bound, **violation(dimension, path, **both)}


def _lowered(parent):
    # Its order stays that of the parent's normal form: indices of proofs are of that form.
    details = [{**detail, "depth": detail.get("depth", 16) - 1} for detail in parent["authorization_details"]]
    return {**parent, "authorization_details": details}


def _over(detail, at):
    return at is not None and "expires" in detail and detail["expires"] <= at


def _bound_part(part, lowered, actor_ceiling, client_ceiling, at):
    if part != "authorization_details":
        return meet_sets(meet_sets(lowered[part], actor_ceiling[part]), client_ceiling[part])
    left = [detail for detail in lowered[part] if detail.get("depth", 16) >= 0]
    first = meet_details(left, actor_ceiling[part], tidy)
    return [detail for detail in meet_details(first, client_ceiling[part], tidy) if not _over(detail, at)]


def _result_fault(asked, parent, lowered, resource, at):
    """A-16 and the target."""
    for index, detail in enumerate(asked["authorization_details"]):
        if _over(detail, at):
            path = "/authorization_details/%d/expires" % index
            return _refused("result", "expires", path, child=detail["expires"])
    for part in ("scope", "resource"):
        if not asked[part]:
            return _refused("result", part, "/" + part)
    above = lowered["authorization_details"]
    if above and not asked["authorization_details"]:
        spent = all(detail.get("depth", 16) < 0 for detail in above)
        return _refused("result", "depth" if spent else "authorization_details", "/authorization_details")
    if resource is not None and resource not in asked["resource"]:
        return _refused("resource", "resource", "/resource", child=resource)
    return None


def check_hop(parent, actor_ceiling, client_ceiling, mode, granted, requested=None, resource=None, at=None):
    """Asks for all of `granted`; it must also be narrower than each part the request names."""
    answer = hop(parent, actor_ceiling, client_ceiling, mode, granted, resource, at)
    if answer[0] == "granted" and requested:
        bound = {part: requested.get(part, granted[part]) for part in PARTS}
        kind, found = narrower(bound, granted)
        if kind == "wider":
            return "refused", {"bound": "requested", **found}
    return answer


def covers(authority, call):
    """("covered", index) or ("outside", violation); the authority in normal form."""
    worst = (-1, violation("type", "/kind", child=call["kind"]))
    for index, detail in enumerate(authority["authorization_details"]):
        found = _call_violation(detail, call)
        if found is None:
            return "covered", index
        if _RANKS.index(found["dimension"]) > worst[0]:
            worst = (_RANKS.index(found["dimension"]), found)
    return "outside", worst[1]


def _call_violation(detail, call):
    if KINDS.get(call["kind"]) != detail["type"]:
        return violation("type", "/kind", child=call["kind"])
    if detail["server"] != call["server"]:
        return violation("server", "/server", parent=detail["server"], child=call["server"])
    names = detail[OPERATIONS[detail["type"]]]
    known = admits(names, call["name"]) if detail["type"] == "mcp_resource" else call["name"] in names
    if not known:
        return violation("operation", "/name", parent=names, child=call["name"])
    for pointer, bound in sorted(detail.get("constraints", {}).items(), key=lambda item: item[0].encode("utf-16-be")):
        present, value = _look_up(call.get("arguments", {}), pointer)
        if not present or not admits(bound, value):
            return violation("constraint", "/arguments" + pointer, parent=bound)
    ceiling = detail.get("data_class", "restricted")
    if DATA_CLASSES.index(call["dataClass"]) > DATA_CLASSES.index(ceiling):
        return violation("data_class", "/dataClass", parent=ceiling, child=call["dataClass"])
    return None


def _look_up(value, pointer):
    for name in steps_of(pointer):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and str(int(name)) == name and int(name) < len(value):
            value = value[int(name)]
        else:
            return False, None
    return True, value


__all__ = ["check_hop", "covers", "hop", "intersect", "read_request", "set_violation"]
