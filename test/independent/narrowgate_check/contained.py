"""What stops an agent ends its break-glasses in the same commit, and it gets none while it is stopped (release.md R-26)."""

from .findings import Broken

MOST = 100_000
_STOPS = ("suspended", "retired")
_FORBIDDEN = ("glass_asked", "glass_signed", "glass_opened")


def concerns(leaf):
    action = leaf["body"].get("action", "")
    if leaf["type"] == "registry":
        return leaf["body"]["kind"] == "agent" and action in _STOPS + ("activated",)
    return leaf["type"] == "release" and action.startswith("glass_")


def check_contained(leaves):
    """Leaves of one agent, oldest first, of those that concern this; raises Broken."""
    until, stopped = {}, False
    for number, leaf in enumerate(leaves):
        body = leaf["body"]
        action, glass = body["action"], body.get("proposal")
        if leaf["type"] == "registry":
            stopped = action in _STOPS
            if stopped:
                standing = {one for one, end in until.items() if leaf["at"] < end}
                _demand(standing <= _ended_behind(leaves, number), "an agent was stopped, and its break-glass did not end with it")
            continue
        _demand(not (stopped and action in _FORBIDDEN), "a break-glass of an agent that is suspended or retired")
        if action == "glass_asked":
            until[glass] = body["not_after"]
        elif action == "glass_opened":
            until[glass] = body["until"]
        elif action in ("glass_refused", "glass_ended"):
            until.pop(glass, None)


def _ended_behind(leaves, number):
    """Break-glasses that end at the places right behind a leaf."""
    ended, place = set(), leaves[number]["writer"]["seq"]
    for leaf in leaves[number + 1:]:
        place += 1
        if leaf["body"]["action"] != "glass_ended" or leaf["writer"]["seq"] != place:
            break
        ended.add(leaf["body"]["proposal"])
    return ended


def _demand(holds, why):
    if not holds:
        raise Broken("K-13", why)
