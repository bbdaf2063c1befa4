"""Actor chains (authority.md section 7)."""

from .canonical import canonical
from .constraints import Refusal
from .texts import is_text, step

MAX_LAYERS = 8


def read_chain(value, path="/act", layers=MAX_LAYERS):
    """How many layers it has; raises Refusal."""
    if layers == 0:
        raise Refusal(path, "too deep")
    if not isinstance(value, dict):
        raise Refusal(path, "no layer")
    for name in value:
        if name not in ("iss", "sub", "sub_profile", "act"):
            raise Refusal(path + "/" + step(name), "unknown member")
    for name in ("iss", "sub"):
        if not is_text(value.get(name), 512):
            raise Refusal(path + "/" + name, "no text")
    if "sub_profile" in value and not is_text(value["sub_profile"], 512):
        raise Refusal(path + "/sub_profile", "no text")
    return 1 + (read_chain(value["act"], path + "/act", layers - 1) if "act" in value else 0)


def depth_of(chain):
    return 0 if chain is None else 1 + depth_of(chain.get("act"))


def _same_actor(one, other):
    return one["iss"] == other["iss"] and one["sub"] == other["sub"]


def rebind(parent, actor):
    """("continued" or "rebound", chain) or ("refused", reason)."""
    if parent is not None and _same_actor(parent, actor):
        return "continued", parent
    if depth_of(parent) >= MAX_LAYERS:
        return "refused", "too_deep"
    return "rebound", dict(actor) if parent is None else {**actor, "act": parent}


def check_step(parent, child, mode):
    """None when `child` is a valid step from `parent`, or the reason why not."""
    if mode == "continuation":
        return None if _text(parent) == _text(child) else "changed"
    if child is None or _text(child.get("act")) != _text(parent):
        return "not_nested"
    if parent is not None and _same_actor(parent, child):
        return "same_actor"
    return "too_deep" if depth_of(child) > MAX_LAYERS else None


def _text(chain):
    return None if chain is None else canonical(chain)
