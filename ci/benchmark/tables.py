"""The results as tables: of text for the terminal, of Markdown for docs/performance.md.

In a Markdown file, what stands between `<!-- ci/bench NAME -->` and `<!-- end of ci/bench -->` is
written by this module. NAME is a family of works, or `machine`.
"""

import re
from typing import Iterator, NamedTuple

from benchmark import programs, works
from benchmark.results import Results


class Row(NamedTuple):
    program: str
    workers: int
    cells: list[str]


def number(value: float) -> str:
    """Three digits that count, and no exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def header_of(work: works.Work) -> list[str]:
    first, *others = (works.METRICS[metric].title for metric in work.metrics)
    return ["program", "workers", first, "lowest to highest", f"to {programs.OURS}", *others]


def rows_of(results: Results, work: works.Work) -> Iterator[Row]:
    for workers in results.workers_of(work.name):
        for program in results.programs_of(work.name):
            first, *others = (results.summary(work.name, program, workers, metric)
                              for metric in work.metrics)
            if first is None:
                continue
            ratio = "-" if first.ratio is None else f"{first.ratio:.2f}"
            spread = f"{number(first.lowest)} to {number(first.highest)}"
            cells = [number(first.median), spread, ratio]
            cells += ["-" if other is None else number(other.median) for other in others]
            yield Row(program, workers, cells)


def text_table(results: Results, work: works.Work) -> str:
    lines = [header_of(work)]
    lines += [[row.program, str(row.workers), *row.cells] for row in rows_of(results, work)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    formatted = ["  ".join([line[0].ljust(widths[0])] +
                           [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])])
                 for line in lines]
    return f"{work.name}: {work.title}\n" + "\n".join("  " + line for line in formatted)


def all_text(results: Results) -> str:
    tables = [text_table(results, work) for work in results.measured_works()]
    return "\n\n".join([*tables, *(f"note: {note}" for note in results.about.get("notes", []))])


# ---- Markdown ------------------------------------------------------------------------------------


def markdown_table(results: Results, work: works.Work) -> str:
    header = header_of(work)
    lines = [f"**{work.title[0].upper()}{work.title[1:]}** (`{work.name}`)", "",
             f"| {' | '.join(header)} |", "|---|" + "---:|" * (len(header) - 1)]
    lines += [f"| {row.program} | {row.workers} | {' | '.join(row.cells)} |"
              for row in rows_of(results, work)]
    return "\n".join(lines)


def growth_table(results: Results) -> str:
    """All growth works in one, since each has a single figure."""
    lines = ["| | cost | lowest to highest | |", "|---|---:|---:|---|"]
    for work in results.measured_works():
        if work.family == "growth":
            for row in rows_of(results, work):
                title = works.METRICS[work.metrics[0]].title
                lines.append(f"| {work.title} | {row.cells[0]} | {row.cells[1]} | {title} |")
    return "\n".join(lines)


def machine_text(results: Results) -> str:
    about = results.about
    machine = about["machine"]
    lines = [
        f"- `{about['command']}`, {about['date']}, {about['rounds']} rounds",
        f"- {machine['processor']}, {machine['processors']} processors, "
        f"{machine['memory_gib']} GiB, {machine['kernel']}; load before: {machine['load_before']}",
        *(f"- {name}: {version}" for name, version in about["versions"].items()),
        *(f"- {note}" for note in about.get("notes", [])),
        *(f"- failed: {failure}" for failure in results.failures),
    ]
    return "\n".join(lines)


def region_text(results: Results, name: str) -> str:
    """What belongs into one region. Raises ValueError."""
    if name == "machine":
        return machine_text(results)
    if name not in {work.family for work in works.WORKS}:
        raise ValueError(f"there is no family of works '{name}'")
    measured = [work for work in results.measured_works() if work.family == name]
    if not measured:
        return "*Not measured in this run.*"
    if name == "growth":
        return growth_table(results)
    return "\n\n".join(markdown_table(results, work) for work in measured)


REGION = re.compile(r"(<!-- ci/bench (\w+) -->\n).*?(<!-- end of ci/bench -->)", re.DOTALL)


def fill_regions(results: Results, text: str) -> str:
    """Raises ValueError when there is no region, or one that nobody knows."""
    filled, count = REGION.subn(
        lambda found: f"{found[1]}\n{region_text(results, found[2])}\n\n{found[3]}", text)
    if count == 0:
        raise ValueError("it has no region for ci/bench to fill")
    return filled


def self_test() -> None:
    """Raises AssertionError when tables are wrong."""
    rows = [("yield", programs.OURS, 1, 1, "ns", 40.0), ("yield", programs.OURS, 1, 2, "ns", 50.0),
            ("yield", "go", 1, 1, "ns", 80.0), ("yield", "go", 1, 2, "ns", 1000.0)]
    results = Results({}, rows, [])
    yielding, = works.named(["yield"])
    ours, go = rows_of(results, yielding)
    assert ours == Row(programs.OURS, 1, ["45.0", "40.0 to 50.0", "1.00", "-", "-"])
    assert go == Row("go", 1, ["540", "80.0 to 1,000", "11.00", "-", "-"])
    before = "a\n<!-- ci/bench yield -->\nold\n<!-- end of ci/bench -->\nb"
    after = fill_regions(results, before)
    assert "old" not in after and "| go | 1 | 540 |" in after
    assert after.startswith("a\n") and after.endswith("\nb")
    assert fill_regions(results, after) == after
