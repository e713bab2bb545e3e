"""What a judge says of one answer."""

from dataclasses import dataclass, field

# What the product may answer, from worst to least bad when wrong.
APART, TOUCH, POSSIBLE, OVERLAP = "apart", "touch", "possible", "overlap"


@dataclass
class Finding:
    """An answer that differs from the judge's."""

    what: str
    pair: dict
    answer: dict
    # How far from the boundary between the two answers the pair lies, in metres.
    off_m: float
    # Whether that is farther than the bound within which answers may differ.
    wrong: bool


@dataclass
class Tally:
    """What a batch came to."""

    pairs: int = 0
    answers: dict = field(default_factory=dict)
    by_family: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)
    excused: int = 0
    worst_excused_m: float = 0.0
    # Known gaps and overlaps by decade: [pairs, answered as constructed].
    known: dict = field(default_factory=dict)

    def count(self, pair, answer):
        """Takes a pair and its answer into the numbers."""
        self.pairs += 1
        relation = answer.get("relation", "refused")
        self.answers[relation] = self.answers.get(relation, 0) + 1
        family = pair["family"]
        self.by_family[family] = self.by_family.get(family, 0) + 1

    def add(self, finding):
        """Takes a finding into the numbers."""
        if finding.wrong:
            self.wrong.append(finding)
        else:
            self.excused += 1
            self.worst_excused_m = max(self.worst_excused_m, finding.off_m)

    def merge(self, other):
        """Adds another batch."""
        self.pairs += other.pairs
        for name in ("answers", "by_family"):
            mine = getattr(self, name)
            for key, n in getattr(other, name).items():
                mine[key] = mine.get(key, 0) + n
        self.wrong += other.wrong
        self.excused += other.excused
        self.worst_excused_m = max(self.worst_excused_m, other.worst_excused_m)
        for key, (n, right) in other.known.items():
            old = self.known.get(key, (0, 0))
            self.known[key] = (old[0] + n, old[1] + right)


def common_failures(pair, answer):
    """Findings that need no judge: a refusal of a valid pair, an answer that depends on the order,
    reasons without `possible` or the reverse, `common` and `apart` together."""

    def wrong(what):
        return Finding(what, pair, answer, float("inf"), True)

    if "error" in answer:
        if not pair.get("may_be_refused"):
            yield wrong(f"a valid volume was refused: {answer['error']}")
        return
    if answer["relation"] != answer["reversed"]:
        yield wrong("the answer depends on the order of the two")
    if (answer["relation"] == POSSIBLE) != bool(answer["reasons"]):
        yield wrong("`possible` without a reason, or a reason without `possible`")
    if "common" in answer and (answer["common"] is None) != (answer["relation"] == APART):
        yield wrong("there is something in common exactly when the two are not apart")
