"""Runs the models with one operation changed, for every change, and keeps what they find."""

import collections
import concurrent.futures
import csv
import subprocess
import tempfile
import threading
from typing import NamedTuple

from tools import kill_matrix, load_buffering
from tools.sites import CHECKERS, fail, names_of, sites_of, ways_to_break


class Kill(NamedTuple):
    model: str
    scenario: str
    execution: int  # The seed.
    executions: int
    what: str

    def __str__(self):
        return f"{self.model} {self.scenario} #{self.execution}: {self.what}"


class Flag(NamedTuple):
    model: str
    pair: load_buffering.Pair

    def __str__(self):
        return f"flagged by `{self.model}`: {self.pair}"


class Campaign:
    """The mutations of one run, and what became of them."""

    def __init__(self, arguments, models):
        self.arguments = arguments
        self.models = models
        self.sites_by_program = {}
        self.kills = collections.defaultdict(dict)  # By mutation, then by checker.
        self.flags = {}  # By mutation.
        self.found_again = set()  # Of mutations: there is no more to do about them.
        self.done = 0
        self.executions = 0
        self.lock = threading.Lock()
        self.pool = concurrent.futures.ThreadPoolExecutor(arguments.jobs)
        self.find_sites()
        self.mutations = self.chosen_mutations()

    def find_sites(self):
        programs = [(model, checker) for model in self.models for checker in CHECKERS]
        found = self.pool.map(lambda each: sites_of(each[0].programs[each[1]]), programs)
        for (model, checker), sites in zip(programs, found):
            self.sites_by_program[model.name, checker] = sites
        self.sites = set().union(*self.sites_by_program.values())
        self.names = names_of(self.sites)

    def chosen_mutations(self):
        """Name -> (site, way)."""
        everything = {f"{self.names[site]}={way}": (site, way)
                      for site in sorted(self.sites) for way in ways_to_break(site)}
        self.known = set(everything)
        part, parts = self.arguments.shard
        return {name: each for index, (name, each) in enumerate(everything.items())
                if index % parts == part - 1 and self.arguments.only in name}

    def run(self):
        if self.arguments.again:
            self.run_again()
        self.search()

    def run_again(self):
        """The executions that docs/proofs names, one for each mutation."""
        programs = {model.name: model.programs for model in self.models}
        known = {name: kills for name, kills in kill_matrix.kills_in_pages().items()
                 if name in self.mutations}

        def is_killed_by(name, kill):
            site, way = self.mutations[name]
            if kill.model not in programs:
                return False
            with tempfile.NamedTemporaryFile("r", suffix=".csv") as report:
                subprocess.run([programs[kill.model][kill.checker], "--report", report.name,
                                "--scenario", kill.scenario, "--search", "random",
                                "--first", kill.execution, "--executions", "1",
                                "--time-limit", "60", "--mutate", f"{site.place}={way}"],
                               capture_output=True)
                return any(row[9] == "found" for row in csv.reader(report))

        def first_that_kills(name):
            return next((kill for kill in known[name] if is_killed_by(name, kill)), None)

        for name, kill in zip(known, self.pool.map(first_that_kills, known)):
            if kill:
                self.kills[name][kill.checker] = Kill(kill.model, kill.scenario,
                                                      int(kill.execution), 1, kill.what)
        self.found_again = set(self.kills)
        print(f"docs/proofs: {len(self.kills)} of {len(self.mutations)} found again", flush=True)

    def search(self):
        with concurrent.futures.ThreadPoolExecutor(len(CHECKERS)) as coordinators:
            list(coordinators.map(self.run_checker, CHECKERS))
        # What the view machine cannot show by an execution it may show by the flag.
        reviewed = set(load_buffering.read_reviewed())
        unseen = [name for name in self.mutations if "view" not in self.kills.get(name, {})
                  and name not in self.found_again]
        for name, flag in zip(unseen, self.pool.map(lambda each: self.flag(each, reviewed), unseen)):
            if flag:
                self.flags[name] = flag
        print(f"load buffering: {len(self.flags)} of {len(unseen)} flagged", flush=True)

    def found(self, name):
        return name in self.kills or name in self.flags

    def run_checker(self, checker):
        pending = {name: each for name, each in self.mutations.items()
                   if name not in self.found_again}
        # The smallest model that runs an operation is most likely about it.
        for model in sorted(self.models,
                            key=lambda each: len(self.sites_by_program[each.name, checker])):
            here = [name for name, (site, _) in pending.items()
                    if site in self.sites_by_program[model.name, checker]]
            shares = max(1, self.arguments.jobs // len(CHECKERS))
            tries = [self.pool.submit(self.try_all, model, checker, here[share::shares])
                     for share in range(shares)]
            for each in tries:
                for name, kill in each.result().items():
                    self.kills[name][checker] = kill
                    del pending[name]
            with self.lock:
                print(f"{checker}: {model.name}: {len(self.mutations) - len(pending)} of "
                      f"{len(self.mutations)} found", flush=True)

    def flag(self, name, reviewed):
        """The first model in which a mutation makes a pair that was not reviewed."""
        site, way = self.mutations[name]
        places = load_buffering.names_by_place(self.names)
        for model in sorted(self.models,
                            key=lambda each: len(self.sites_by_program[each.name, "view"])):
            if site not in self.sites_by_program[model.name, "view"]:
                continue
            pairs = load_buffering.pairs_of(model.programs["view"], places,
                                            self.arguments.executions, f"{site.place}={way}")
            if pairs - reviewed:
                return Flag(model.name, min(pairs - reviewed))
        return None

    def try_all(self, model, checker, names):
        """The kills among these mutations."""
        if not names:
            return {}
        by_place = {}
        with tempfile.NamedTemporaryFile("r", suffix=".csv") as report:
            command = [model.programs[checker], "--report", report.name, "--search", "random",
                       "--executions", str(self.arguments.executions), "--time-limit", "60"]
            for name in names:
                site, way = self.mutations[name]
                by_place[f"{site.place}={way}"] = name
                command += ["--mutate", f"{site.place}={way}"]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode == 2 and "NOT RUN" in run.stdout:
                # A rare operation: this model has met it before, and not in so few executions. What
                # no model runs at all is told elsewhere. The others are tried one by one.
                alone = [[name] for name in names] if len(names) > 1 else []
                return {found: kill for each in alone
                        for found, kill in self.try_all(model, checker, each).items()}
            if run.returncode not in (0, 1):
                fail(f"{model.name}, {checker}: exit status {run.returncode}\n"
                     f"{run.stdout[-2000:]}{run.stderr[-2000:]}")
            rows = list(csv.reader(report))
        kills = {}
        for change, scenario, _, _, _, executions, _, last, _, end, what in rows:
            with self.lock:
                self.executions += int(executions)
            # What dies or hangs tells nothing about the operation: it must be found another way.
            if end == "found":
                kills[by_place[change]] = Kill(model.name, scenario, int(last), int(executions),
                                               what.lower())
        return kills
