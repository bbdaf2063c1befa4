"""Refusals of the procedure that no policy lifts: intent, tier, flow, sums (evidence.md E-29, E-30, E-33, E-34)."""

from .bodies import CLASSES
from .canonical import canonical
from .labels import join
from .strict_json import is_int
from .texts import steps_of

_EFFECTS = ("read", "write", "irreversible")


def rule_of(request):
    """The code of the first rule that is broken, or None; of a request that calls something."""
    call = request["call"]
    if outside_intent(request["context"].get("intent"), call):
        return "outside_intent"
    if exceeds_tier(_attribute(request, "principal", "tier"), effect_of(request)):
        return "tier_exceeded"
    if _exceeds_store(request):
        return "label_exceeded"
    return "policy_context_invalid" if amount_of(request) is None else None


def outside_intent(intent, call):
    """E-33."""
    intent = intent if isinstance(intent, dict) else {}
    tools, resources = intent.get("tools") or [], intent.get("resources") or []
    if call.get("kind") == "tool":
        return bool(tools) and "%s/%s" % (call.get("server"), call.get("name")) not in tools
    if call.get("kind") == "resource":
        return bool(resources) and not any(str(call.get("name")).startswith(str(one)) for one in resources)
    return False


def exceeds_tier(tier, effect):
    """E-34: T1 only reads."""
    return tier == "T1" and effect != "read"


def asks_person(tier, effect, approvals):
    """E-34: an irreversible call by an agent of tier T3 that nobody approved."""
    return tier == "T3" and effect == "irreversible" and not approvals


def needs_person(request):
    return asks_person(_attribute(request, "principal", "tier"), effect_of(request), request["context"].get("approvals"))


def exceeds_store(carried, effect, store):
    """E-29."""
    return effect != "read" and store is not None and CLASSES.index(carried["class"]) > CLASSES.index(store["class"])


def _exceeds_store(request):
    labels = request.get("labels", {})
    carried = join(labels["transaction"], labels["instance"])
    return exceeds_store(carried, effect_of(request), labels.get("store"))


def effect_of(request):
    """Of what is called, as its entity says; what nobody declared is the worst."""
    found = _attribute(request, "resource", "effect")
    return found if found in _EFFECTS else "irreversible"


def _attribute(request, who, name):
    uid = canonical(request.get(who))
    for entity in request.get("entities") or []:
        if isinstance(entity, dict) and canonical(entity.get("uid")) == uid:
            return (entity.get("attrs") or {}).get(name)
    return None


def arguments_of(request):
    found = request.get("context", {}).get("args")
    return found if isinstance(found, dict) else {}


def amount_of(request):
    """What a call moves: 0 where nothing is registered, None where the arguments do not say it."""
    pointer = request["call"].get("amount")
    return amount_at(pointer, arguments_of(request))


def amount_at(pointer, arguments):
    if pointer is None:
        return 0
    found = value_at(arguments, pointer)
    return found if is_int(found) else None


def value_at(value, pointer):
    """RFC 6901; None where nothing stands there."""
    for name in steps_of(pointer) or ():
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and (name == "0" or name[0] != "0"):
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value
