"""Where the labels a decision knew come from (evidence.md E-29)."""

from .bodies import CLASSES
from .registered import operation_of, server_registrations

BOTTOM = {"class": "public", "untrusted": False}
PATHS = ("/labels/declared", "/labels/instance", "/labels/store", "/labels/transaction")


def is_label(value):
    known = isinstance(value, dict) and set(value) == {"class", "untrusted"}
    return known and value["class"] in CLASSES and isinstance(value["untrusted"], bool)


def join(*labels):
    highest = max(CLASSES.index(label["class"]) for label in labels)
    return {"class": CLASSES[highest], "untrusted": any(label["untrusted"] for label in labels)}


def at_most(below, above):
    return join(below, above) == above


def in_context(label):
    """As policies read it."""
    return {"data_class": label["class"], "rank": CLASSES.index(label["class"]), "untrusted": label["untrusted"]}


def label_of(leaf):
    return {"class": leaf.body["class"], "untrusted": leaf.body["untrusted"]}


def said(value):
    """The label of an operation or a store as it is registered, or None."""
    if not isinstance(value, dict) or "dataClass" not in value:
        return None
    label = {"class": value["dataClass"], "untrusted": value.get("untrusted", True)}
    return label if is_label(label) else None


def newest(entries, at, state, ref):
    found = [one for one in entries.of("label") if one.seq < at.seq and (one.body["state"], one.body["ref"]) == (state, ref)]
    return found[-1] if found else None


def sources(entries, at, path, call):
    """The pairs (leaf ids, label) of which one must be named, or None where nothing is disclosed to compare with."""
    if path in ("/labels/transaction", "/labels/instance"):
        ref = at.txn["id"] if path == "/labels/transaction" and at.txn is not None else at.body.get("instance")
        risen = newest(entries, at, path.rpartition("/")[2], ref)
        if risen is not None:
            return [({risen.id}, label_of(risen))]
        return [(_beginning(entries, at, path), BOTTOM)]
    if not isinstance(call, dict):
        return None
    found = []
    registrations = server_registrations(entries, at, call.get("server"))
    for registration, document in registrations:
        if document is None:
            return None
        one = _declared(registration, document, call) if path == "/labels/declared" else _store_read(entries, at, registration, document, call)
        if one == "silent":
            return None
        found += [one] if one is not None else []
    return found if registrations else None


def _beginning(entries, at, path):
    opened = {one.id for one in entries.of("mandate")
              if one.seq < at.seq and one.body["action"] == "opened" and one.body["mandate"] == at.body.get("mandate")}
    attested = {one.id for one in entries.of("attestation")
                if one.seq < at.seq and one.body["verdict"] == "accepted" and "instance" in one.body
                and one.body["instance"] == at.body.get("instance")}
    return attested or opened if path == "/labels/instance" else opened


def _declared(registration, document, call):
    standing, operation = operation_of(document, call.get("kind"), call.get("name"))
    own = said(operation)
    if standing == "unknown":
        return None
    if own is None:
        return "silent"
    store = None if "sanitisedOutput" in operation else said(document.get("store"))
    return {registration.id}, own if store is None else join(own, store)


def sanitises(document, call):
    """Whether what the operation answers is bounded, so that nothing of the store it read is in it."""
    operation = operation_of(document, call.get("kind"), call.get("name"))[1]
    return isinstance(operation, dict) and "sanitisedOutput" in operation


def _store_read(entries, at, registration, document, call):
    return None if sanitises(document, call) else _store(entries, at, registration, document)


def _store(entries, at, registration, document):
    declared = said(document.get("store"))
    if declared is None:
        return None
    risen = newest(entries, at, "store", registration.body["ref"])
    if declared["untrusted"] or risen is None:
        return {registration.id}, declared
    return {risen.id}, {"class": declared["class"], "untrusted": risen.body["untrusted"]}


def needs_store(entries, at, call):
    """Whether each registration of the called server that counts has a store."""
    found = server_registrations(entries, at, call.get("server")) if isinstance(call, dict) else []
    return bool(found) and all(document is not None and isinstance(document.get("store"), dict) and not sanitises(document, call) for _, document in found)
