"""What stops an agent ends its break-glasses in the same commit, it gets none while it is stopped, and tokens keep to their time (release.md R-24, R-26)."""

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
    until, opened, stopped = {}, set(), False
    for number, leaf in enumerate(leaves):
        body = leaf["body"]
        action, glass = body["action"], body.get("proposal")
        if leaf["type"] == "registry":
            stopped = action in _STOPS
            if stopped:
                standing = {one for one, end in until.items() if leaf["at"] < end}
                _demand(standing <= _ended_behind(leaves, number), "an agent was stopped, and its break-glass did not end with it")
                until, opened = {}, set()
            continue
        _demand(not (stopped and action in _FORBIDDEN), "a break-glass of an agent that is suspended or retired")
        if action == "glass_ended":
            until.pop(glass, None)
            opened.discard(glass)
        elif glass in opened:
            continue
        elif action == "glass_asked":
            until[glass] = body["not_after"]
        elif action == "glass_opened":
            until[glass] = body["until"]
            opened.add(glass)
        elif action == "glass_refused":
            until.pop(glass, None)


def _ended_behind(leaves, number):
    """Break-glasses that end at the places right behind a leaf."""
    ended, place = set(), leaves[number]["writer"]["seq"]
    for behind in range(number + 1, len(leaves)):
        leaf, place = leaves[behind], place + 1
        if leaf["body"]["action"] != "glass_ended" or leaf["writer"]["seq"] != place:
            break
        ended.add(leaf["body"]["proposal"])
    return ended


class Tokens:
    """Of each deployment that tokens of one agent name: the first place, the last one, and when the longest is over."""

    def __init__(self):
        self.named = {}

    def take(self, leaf):
        place, end = leaf["writer"]["seq"], max(leaf["at"] + 1, leaf["body"]["expires_s"] * 1000)
        for name, _ in leaf["body"]["epochs"]:
            if name.startswith("release:"):
                first, last, over = self.named.get(name, (place, place, end))
                self.named[name] = (min(first, place), max(last, place), max(over, end))
        _demand(len(self.named) <= MOST, "tokens of more deployments than a pack can have")

    def check(self, leaves):
        """Leaves of break-glasses, oldest first; raises Broken."""
        glasses = {}
        for leaf in leaves:
            if leaf["type"] == "release":
                glasses.setdefault("release:" + leaf["body"]["deployment"], []).append(leaf)
        for name, own in glasses.items():
            if name in self.named:
                _demand(_lets_through(own, *self.named[name]), "a token does not keep to the time of its break-glass")


def _lets_through(own, first, last, over):
    """Whether the leaves of one break-glass let tokens through that stand from one place to another, the longest to that time."""
    opened = [leaf for leaf in own if leaf["body"]["action"] == "glass_opened"]
    ended = [leaf for leaf in own if leaf["body"]["action"] == "glass_ended"]
    if any(leaf["writer"]["seq"] < last for leaf in ended):
        return False
    if opened:
        return opened[0]["writer"]["seq"] < first and all(over <= leaf["body"]["until"] for leaf in opened)
    # It was opened before what is here, or never.
    return own[0]["body"]["action"] in ("glass_ended", "glass_reviewed")


def _demand(holds, why):
    if not holds:
        raise Broken("K-13", why)
