"""What is kept of a run, and what follows from it: medians, spread, and ratios to ours.

A ratio is taken in each round, of two measurements next to each other in time; the median of these
is told. So a disturbance that hits one round spoils one ratio, not all of them.
"""

import collections
import csv
import json
import pathlib
import statistics
from typing import NamedTuple, Optional

from benchmark import programs, works


COLUMNS = ("work", "program", "workers", "round", "metric", "value")


class Summary(NamedTuple):
    median: float
    lowest: float
    highest: float
    ratio: Optional[float]   # The program's figure over ours, None where ours has none.
    rounds: int


class Results:
    """A run: what it measured, about which machine, and which programs failed."""

    def __init__(self, about: dict, rows: list[tuple], failures: list[str]):
        self.about = about        # The machine, the versions, the command, notes.
        self.rows = rows          # As in COLUMNS.
        self.failures = failures
        self.by_round: dict[tuple, dict[int, float]] = collections.defaultdict(dict)
        for work, program, workers, number, metric, value in rows:
            self.by_round[work, program, workers, metric][number] = value

    def values(self, work: str, program: str, workers: int, metric: str) -> dict[int, float]:
        """By round; empty when it was not measured."""
        return self.by_round.get((work, program, workers, metric), {})

    def summary(self, work: str, program: str, workers: int, metric: str) -> Optional[Summary]:
        return summarize(self.values(work, program, workers, metric),
                         self.values(work, programs.OURS, workers, metric))

    def programs_of(self, work: str) -> list[str]:
        order = [peer.name for peer in programs.PEERS]
        names = {row[1] for row in self.rows if row[0] == work}
        return sorted(names, key=lambda name: (order.index(name.split("/")[0]), name))

    def workers_of(self, work: str) -> list[int]:
        return sorted({row[2] for row in self.rows if row[0] == work})

    def measured_works(self) -> list[works.Work]:
        names = {row[0] for row in self.rows}
        return [work for work in works.WORKS if work.name in names]


def summarize(values: dict[int, float], ours: dict[int, float]) -> Optional[Summary]:
    """Of one program's figures by round, and ours."""
    if not values:
        return None
    ratios = [values[number] / ours[number] for number in values if ours.get(number, 0) > 0]
    return Summary(statistics.median(values.values()), min(values.values()), max(values.values()),
                   statistics.median(ratios) if ratios else None, len(values))


def store(results: Results, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "results.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(results.rows)
    summaries = []
    for key in sorted(results.by_round):
        summary = results.summary(*key)
        summaries.append({**dict(zip(("work", "program", "workers", "metric"), key)),
                          **summary._asdict()})
    document = {**results.about, "failures": results.failures, "summaries": summaries,
                "rows": results.rows}
    (folder / "results.json").write_text(json.dumps(document, indent=1) + "\n")


def load(folder: pathlib.Path) -> Results:
    """Raises ValueError when there is no run stored there."""
    try:
        document = json.loads((folder / "results.json").read_text())
        rows = [tuple(row) for row in document.pop("rows")]
        failures = document.pop("failures")
        document.pop("summaries")
    except (OSError, json.JSONDecodeError, KeyError) as error:
        raise ValueError(f"{folder} has no results of ci/bench: {error}") from None
    return Results(document, rows, failures)


def self_test() -> None:
    """Raises AssertionError when the statistics are wrong."""
    ours = {1: 100.0, 2: 300.0, 3: 100.0}  # The second round was disturbed, for both alike.
    theirs = {1: 200.0, 2: 600.0, 3: 150.0}
    assert summarize(theirs, ours) == Summary(200.0, 150.0, 600.0, 2.0, 3)
    assert summarize(theirs, {}).ratio is None
    assert summarize({2: 600.0}, ours).ratio == 2.0  # Against the same round, not the median.
    assert summarize({}, ours) is None
    assert summarize({1: 1.0}, {1: 0.0}).ratio is None
