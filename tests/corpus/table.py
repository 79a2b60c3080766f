"""The table of how many cases agree with their stated outcome, as lines of text."""

from collections import defaultdict

from corpus.agreement import Point
from corpus.reasons import reason

_COLUMNS = ("cases", "opened", "signature", "text", "agree in all", "nothing stated", "not handled")


def agreeing(outcomes):
    """How many agree in all that they state."""
    return sum(outcome.agreement.in_all for outcome in outcomes)


def lines(outcomes):
    """The table, and below it the cases that do not agree, by reason."""
    return [*_table(outcomes), "", *_disagreeing(outcomes)]


def _table(outcomes):
    rows = [("origin", "kind", *_COLUMNS)]
    rows += [(*name, *_row(group)) for name, group in _grouped(outcomes, lambda o: (o.case.origin, o.case.kind))]
    rows += [(f"all of level {name}", "", *_row(group)) for name, group in _grouped(outcomes, lambda o: o.case.level)]
    rows.append(("all", "", *_row(outcomes)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_aligned(row, widths) for row in rows]


def _grouped(outcomes, name_of):
    groups = defaultdict(list)
    for outcome in outcomes:
        groups[name_of(outcome)].append(outcome)
    return sorted(groups.items())


def _row(group):
    stated = sum(bool(o.agreement.stated) for o in group)
    return (
        str(len(group)),
        *(_share(group, point) for point in Point),
        f"{agreeing(group)}/{stated}",
        str(len(group) - stated),
        str(sum(not o.is_handled for o in group)),
    )


def _share(group, point):
    stated = sum(point in o.agreement.stated for o in group)
    return f"{sum(point in o.agreement.held for o in group)}/{stated}" if stated else "-"


def _aligned(row, widths):
    words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    words += [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join(words)


def _disagreeing(outcomes):
    unlike = [o for o in outcomes if o.agreement.stated and not o.agreement.in_all]
    out = [f"{len(unlike)} do not agree:"]
    for name, group in _grouped(unlike, reason):
        out.append(f"{len(group)}: {name}")
        out += [f"    {o.case.id}" for o in group]
    return out
