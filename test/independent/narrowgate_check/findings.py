"""What a check of a bundle found: the first broken rule decides, every line of the story is counted by its standing."""

STANDINGS = ("proven", "signed", "claimed", "erased", "missing", "not recomputed here")


class Broken(Exception):
    """A rule is broken so that nothing after it can be checked."""

    def __init__(self, rule, why):
        super().__init__("%s: %s" % (rule, why))
        self.rule, self.why = rule, why


class Findings:
    def __init__(self):
        self.failures = []
        self.lines = []
        self.warnings = []
        self.verdict = "failed"

    def fail(self, rule, why):
        self.failures.append((rule, why))

    def demand(self, holds, rule, why):
        """Records a failure unless it holds; gives whether it holds."""
        if not holds:
            self.fail(rule, why)
        return bool(holds)

    def line(self, standing, text):
        self.lines.append((standing, text))

    def count(self, standing):
        return sum(1 for found, _ in self.lines if found == standing)

    def text(self):
        shown = ["%s: %s" % line for line in self.lines]
        shown.append(", ".join("%d %s" % (self.count(standing), standing) for standing in STANDINGS))
        shown += ["warning: " + text for text in self.warnings]
        shown += ["broken %s: %s" % failure for failure in self.failures]
        shown.append(self.verdict if not self.failures else "failed: " + self.failures[0][0])
        return "\n".join(shown)
