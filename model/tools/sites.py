"""The synchronizing operations that ship, as the models know them, and what can be done to each."""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHECKERS = ["relacy", "view"]

OPERATION = re.compile(r"(?:\.|->)(?:load|store|exchange|fetch_\w+|compare_exchange_\w+)\s*\("
                       r"|\bsync::lock\s+\w+[({]|\.notify_(?:one|all)\s*\(")
# The seams themselves, and what tests are made of.
NOT_SHIPPING = re.compile(r"_test\.cpp$|/test_\w+\.hpp$|_(probe|doubles)\.hpp$|/fake_\w+\.hpp$|/testing/"
                          r"|/sync/(std_)?sync\.|/sys/")

WEAKER = {"seq_cst": ["acq_rel", "acquire", "release", "relaxed"],
          "acq_rel": ["acquire", "release", "relaxed"],
          "acquire": ["relaxed"], "release": ["relaxed"], "relaxed": []}
ORDERS_OF = {"load": {"acquire", "relaxed"}, "cas_failure": {"acquire", "relaxed"},
             "store": {"release", "relaxed"},
             "rmw": {"acq_rel", "acquire", "release", "relaxed"},
             "cas": {"acq_rel", "acquire", "release", "relaxed"}}
OTHER_WAYS = {"store": ["dropped"], "lock": ["dropped"], "notify": ["dropped"],
              "rmw": ["split"], "cas": ["split"]}


class Site(NamedTuple):
    path: str  # src/yot_run/...
    line: int
    column: int
    operation: str
    function: str
    order: str

    @property
    def file(self):
        return self.path.rsplit("/", 1)[-1]

    @property
    def place(self):
        return f"{self.path}:{self.line}:{self.column}:{self.operation}"


def fail(message):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {message}")


class Model(NamedTuple):
    name: str
    programs: dict  # By checker.


def models_of(build):
    listing = build / "model" / "models.txt"
    if not listing.exists():
        fail(f"{listing} is missing: configure with `cmake --preset gcc-release` and build")
    models = []
    for name in listing.read_text().split():
        programs = {checker: build / "model" / f"model_{name}_{checker}" for checker in CHECKERS}
        for program in programs.values():
            if not program.exists():
                fail(f"{program} is not built: `cmake --build {build} --target models`")
        models.append(Model(name, programs))
    return models


def sites_of(program):
    output = subprocess.run([program, "--sites"], check=True, capture_output=True, text=True).stdout
    sites = set()
    for text in output.splitlines():
        name, order, place = text.split("\t")
        path, line, column, operation = place.split(":")
        if path.startswith("src/"):
            function = name.split(":")[1]
            sites.add(Site(path, int(line), int(column), operation, function, order))
    return sites


def names_of(sites):
    """FILE:FUNCTION:OPERATION[#N] for each site; N counts alike ones by line."""
    groups = collections.defaultdict(list)
    for site in sorted(sites):
        groups[site.file, site.function, site.operation].append(site)
    names = {}
    for (file, function, operation), alike in groups.items():
        for number, site in enumerate(alike, 1):
            suffix = f"#{number}" if len(alike) > 1 else ""
            names[site] = f"{file}:{function}:{operation}{suffix}"
    return names


def ways_to_break(site):
    weaker = [order for order in WEAKER[site.order] if order in ORDERS_OF.get(site.operation, ())]
    return weaker + OTHER_WAYS.get(site.operation, [])


def operations_in_sources():
    """(path, line) of every synchronizing operation that ships."""
    for path in sorted((ROOT / "src" / "yot_run").rglob("*.[hc]pp")):
        relative = path.relative_to(ROOT).as_posix()
        if NOT_SHIPPING.search(relative):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if OPERATION.search(line.split("//")[0]):
                yield relative, number


def shard(text):
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"'{text}' is not like 1/4")
    return int(match[1]), int(match[2])
