"""The kill matrices in docs/proofs: written by what was seen, and held to it."""

import re
from typing import NamedTuple

from tools.sites import CHECKERS, ROOT

MATRIX = re.compile(r"<!-- kill matrix of ((?:\S+ )+)-->\n(.*?)<!-- end of the kill matrix -->",
                    re.DOTALL)
ROW = re.compile(r"^\| `(\S+)` `(\S+)` \| \w* \| (\w+) \| (.*) \| (.*) \|$", re.MULTILINE)


def cells_of(campaign, name):
    kills = campaign.kills.get(name, {})
    cells = [f"{kills[checker].what}, by `{kills[checker].model}` {kills[checker].scenario} "
             f"#{kills[checker].execution}" if checker in kills else "not seen"
             for checker in CHECKERS]
    if name in campaign.flags:
        cells[CHECKERS.index("view")] = str(campaign.flags[name])
    return cells


def matrix_of(files, campaign, reasons):
    rows = ["| operation | order | changed to | Relacy | view machine |", "|---|---|---|---|---|"]
    notes = []
    for name, (site, way) in campaign.mutations.items():
        if site.file not in files:
            continue
        cells = cells_of(campaign, name)
        if not campaign.found(name) and name in reasons:
            if reasons[name] not in notes:
                notes.append(reasons[name])
            cells = [f"survives ({notes.index(reasons[name]) + 1})"] * 2
        operation = name.rsplit("=", 1)[0].split(":", 1)[1]
        order = site.order if site.operation not in ("lock", "notify") else ""
        rows.append(f"| `{site.file}` `{operation}` | {order} | {way} | {' | '.join(cells)} |")
    lines = rows + [""] + [f"({number}) {note}" + "\n" for number, note in enumerate(notes, 1)]
    return "\n".join(lines)


def verdicts_in(matrix):
    """(file, operation, way) -> was it found?"""
    verdicts = {}
    for row in ROW.findall(matrix):
        file, operation, way, relacy, view = row
        verdicts[f"{file}:{operation}={way}"] = any(" by `" in each for each in (relacy, view))
    return verdicts


class KnownKill(NamedTuple):
    checker: str
    model: str
    scenario: str
    execution: str
    what: str


def kills_in_pages():
    """Mutation -> what the pages say has killed it."""
    kills = {}
    for page in pages():
        for _, matrix in MATRIX.findall(page.read_text()):
            for row in ROW.findall(matrix):
                file, operation, way, *cells = row
                seen = [(checker, re.fullmatch(r"(.*), by `(\w+)` (\w+) #(\d+)", cell))
                        for checker, cell in zip(CHECKERS, cells)]
                kills[f"{file}:{operation}={way}"] = [
                    KnownKill(checker, match[2], match[3], match[4], match[1])
                    for checker, match in seen if match]
    return kills


def pages():
    return sorted((ROOT / "docs" / "proofs").glob("*.md"))


def write_matrices(campaign, reasons):
    for page in pages():
        text = page.read_text()
        written = MATRIX.sub(
            lambda block: f"<!-- kill matrix of {block.group(1)}-->\n"
                          f"{matrix_of(block.group(1).split(), campaign, reasons)}"
                          "<!-- end of the kill matrix -->", text)
        if written != text:
            page.write_text(written)
            print(f"wrote the kill matrix of {page.relative_to(ROOT)}")


def problems_of_pages(campaign):
    written = {}
    files = set()
    for page in pages():
        for listed, matrix in MATRIX.findall(page.read_text()):
            files.update(listed.split())
            written.update(verdicts_in(matrix))
    for file in sorted({site.file for site, _ in campaign.mutations.values()} - files):
        yield f"unwritten: {file} has no kill matrix in docs/proofs"
    for name, (site, _) in campaign.mutations.items():
        if site.file in files and written.get(name) != campaign.found(name):
            yield (f"unwritten: {name}: docs/proofs does not say what was seen; run "
                   "`model/mutate BUILD_DIRECTORY --write`")
    if not campaign.arguments.only:
        for name in sorted(set(written) - campaign.known):
            yield f"unwritten: {name} is in docs/proofs, and does not exist"
