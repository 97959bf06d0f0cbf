"""The flag for load buffering (model/worlds/load_buffering.hpp) and the pairs that were reviewed."""

import subprocess
import tomllib
from typing import NamedTuple

from tools.sites import ROOT, fail

REVIEWED = ROOT / "model" / "load_buffering.toml"
LINE = "load buffering:\t"


class Pair(NamedTuple):
    load: str  # Names of operations, as in a mutation's.
    store: str

    def __str__(self):
        return f"`{self.load}` might read what `{self.store}` stores later"


def read_reviewed():
    """Pair -> reason."""
    with REVIEWED.open("rb") as file:
        groups = tomllib.load(file).get("reviewed", [])
    reasons = {}
    for group in groups:
        reason = " ".join(group["reason"].split())
        for load, stores in group["pairs"].items():
            for store in stores:
                if not reason or Pair(load, store) in reasons:
                    fail(f"{REVIEWED}: {load}, {store}: has no reason, or two")
                reasons[Pair(load, store)] = reason
    return reasons


def names_by_place(names):
    """The names of operations by PATH:LINE:COLUMN; a CAS stands for both of its outcomes."""
    return {site.place.rsplit(":", 1)[0]: name for site, name in names.items()
            if site.operation != "cas_failure"}


def pairs_of(program, places, executions, mutation=None):
    """What the program's random searches flag in the shipping code."""
    command = [program, "--search", "random", "--executions", str(executions), "--load-buffering"]
    if mutation is not None:
        command += ["--mutate", mutation]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if run.returncode not in (0, 1):
        fail(f"{program}: exit status {run.returncode}\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    flagged = set()
    for line in run.stdout.splitlines():
        if line.startswith(LINE):
            load, store = line.removeprefix(LINE).split("\t")
            if load in places and store in places:  # Others are the model's own.
                flagged.add(Pair(places[load], places[store]))
    return flagged
