"""What policies say beside their verdict: annotations, read without evaluating anything (evidence.md E-31, E-32)."""

import re

from .canonical import utf16_key
from .texts import steps_of

_TOKEN = re.compile(r'//[^\n]*|"(?:[^"\\]|\\.)*"|@\s*([A-Za-z_][A-Za-z0-9_]*)\s*\(\s*"((?:[^"\\]|\\.)*)"\s*\)|[A-Za-z_][A-Za-z0-9_]*|;')


def read_policies(bundle):
    """{id: (effect, annotations)} of the files of a policy bundle."""
    found = {}
    for file in bundle["files"]:
        if file["name"].endswith(".cedartest.yaml"):
            continue  # tests of the policies: they decide nothing
        notes, effect = {}, None
        for token in _TOKEN.finditer(file["text"]):
            if token.group(1) is not None and effect is None:
                notes[token.group(1)] = token.group(2)
            elif token.group(0) in ("permit", "forbid") and effect is None:
                effect = token.group(0)
            elif token.group(0) == ";":
                found[notes.get("id")] = (effect, notes)
                notes, effect = {}, None
    return found


def texts_of(bundle):
    """The policies of a bundle, each from its first token to its semicolon."""
    found = []
    for file in bundle["files"]:
        begin = None
        for token in _TOKEN.finditer(file["text"]) if not file["name"].endswith(".cedartest.yaml") else ():
            if token.group(0).startswith("//"):
                continue
            begin = token.start() if begin is None else begin
            if token.group(0) == ";":
                found.append(file["text"][begin:token.end()])
                begin = None
    return found


def items(text):
    return _sorted(one.strip() for one in text.split(",")) if text is not None else []


def _sorted(texts):
    return sorted(set(texts), key=utf16_key)


def requires_of(notes):
    """The sorted union of what would lift these denials, or None where one of them is lifted by nothing."""
    if not notes or any(not items(one.get("approval")) for one in notes):
        return None
    return _sorted(item for one in notes for item in items(one["approval"]))


def join_obligations(all_notes):
    """E-32: the union of what is redacted, the least rows, `full` before `digest`."""
    found = {}
    for name in ("redact_arguments", "redact_result"):
        union = _sorted(item for notes in all_notes for item in items(notes.get(name)))
        if union:
            found[name] = union
    rows = [int(notes["cap_rows"]) for notes in all_notes if "cap_rows" in notes]
    if rows:
        found["cap_rows"] = min(rows)
    captures = [notes["capture"] for notes in all_notes if "capture" in notes]
    if captures:
        found["capture"] = "full" if "full" in captures else captures[0]
    return found


def redact(value, pointers):
    """E-32: each pointer is read in the value as it was; a step `*` is every item of a list."""
    return _without(value, [steps_of(pointer) for pointer in pointers])


def _without(value, paths):
    if isinstance(value, dict):
        pairs = [(name, _kept(str(name), item, paths, False)) for name, item in value.items()]
        return {name: kept[0] for name, kept in pairs if kept}
    if isinstance(value, list):
        return [kept[0] for kept in (_kept(str(index), item, paths, True) for index, item in enumerate(value)) if kept]
    return value


def _kept(name, item, paths, of_list):
    rests = [path[1:] for path in paths if path and (path[0] == name or (of_list and path[0] == "*"))]
    return [] if [] in rests else [_without(item, rests)]
