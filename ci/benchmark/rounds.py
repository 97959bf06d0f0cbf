"""How the works are run: one process for each measurement, the programs by turns.

The outermost loop is the round, then the work, then the number of workers, then the program: so that
what is compared is measured next to each other in time, and a run that is out of time has complete
rounds. Nothing here raises for a program that fails: it is kept as a failure, and the rest goes on.
"""

import contextlib
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from typing import Iterator, NamedTuple, Optional

from benchmark import programs, works

LONGEST_START_S = 15
LONGEST_MEASUREMENT_S = 90


class Failed(Exception):
    """What a program did wrong, in one line."""


class Options(NamedTuple):
    workers: list[int]
    minutes: float
    echo_seconds: float
    idle_seconds: float


class Job(NamedTuple):
    work: works.Work
    program: programs.Program
    workers: int


# ---- one measurement -----------------------------------------------------------------------------


def last_words(text: str) -> str:
    lines = [line for line in text.strip().split("\n") if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def parse(line: str) -> dict:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        raise Failed(f"not JSON: {line.strip()[:80]!r}") from None


def run_program(command: list[str], limit_s: float = LONGEST_MEASUREMENT_S) -> dict:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise Failed(f"took more than {limit_s:.0f} s") from None
    if done.returncode != 0:
        raise Failed(f"exit status {done.returncode}: {last_words(done.stderr)}")
    return parse(done.stdout)


def read_line(process: subprocess.Popen, limit_s: float) -> str:
    """The next line of a process that writes one line at a time. Raises Failed."""
    ready, _, _ = select.select([process.stdout], [], [], limit_s)
    if not ready:
        raise Failed(f"said nothing for {limit_s:.0f} s")
    line = process.stdout.readline()
    if not line:
        raise Failed(f"ended early: {last_words(process.stderr.read())}")
    return line


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, bufsize=1)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def echo_server(job: Job) -> Iterator[list[str]]:
    """Gives the load generator's command line for it."""
    command = [*job.program.command, "echo", "--workers", str(job.workers),
               "--message-bytes", str(job.work.message_bytes)]
    with started(command) as server:
        port = parse(read_line(server, LONGEST_START_S))["port"]
        # As many threads as keep the server busy, on the processors that it leaves.
        free = (os.cpu_count() or 1) - job.workers
        yield [str(programs.LOAD), "--port", str(port), "--server-process", str(server.pid),
               "--connections", str(job.work.connections),
               "--message-bytes", str(job.work.message_bytes),
               "--threads", str(max(1, min(2 * job.workers, free)))]


def measure_program(job: Job, options: Options) -> dict:
    command = [*job.program.command, job.work.program_work or job.work.name,
               "--workers", str(job.workers), "--seconds", str(options.idle_seconds)]
    if job.work.count is not None:
        command += ["--count", str(job.work.count)]
    return run_program(command)


def measure_echo(job: Job, options: Options) -> dict:
    with echo_server(job) as load:
        return run_program([*load, "--seconds", str(options.echo_seconds)])


def measure_connection_memory(job: Job, _: Options) -> dict:
    with echo_server(job) as load:
        return run_program([*load, "--idle"])


# ---- system calls --------------------------------------------------------------------------------


def perf_command(process: str, output: str) -> list[str]:
    return ["perf", "stat", "-e", "raw_syscalls:sys_enter", "-x", ",", "-o", output, *process.split()]


def perf_count(text: str) -> Optional[int]:
    found = re.search(r"^(\d+),.*raw_syscalls:sys_enter", text, re.MULTILINE)
    return int(found[1]) if found else None


def strace_command(process: str, output: str) -> list[str]:
    return ["strace", "-c", "-f", "-o", output, *process.split()]


def strace_count(text: str) -> Optional[int]:
    found = re.search(r"^100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total$", text, re.MULTILINE)
    return int(found[1]) if found else None


# perf first: it hardly disturbs, while strace makes each call some fifty times as slow.
COUNTERS = [("perf", perf_command, perf_count), ("strace", strace_command, strace_count)]


def working_counter():
    """The first of COUNTERS that this machine permits, or None."""
    for counter in COUNTERS:
        name, command, count = counter
        if shutil.which(name) is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "counts"
            subprocess.run(command("true", str(output)), capture_output=True)
            if output.exists() and count(output.read_text()):
                return counter
    return None


def measure_system_calls(job: Job, options: Options, counter) -> dict:
    _, command, count = counter
    with contextlib.ExitStack() as stack:
        output = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory())) / "counts"
        load_command = stack.enter_context(echo_server(job))
        load = stack.enter_context(
            started([*load_command, "--stepwise", "--seconds", str(options.echo_seconds)]))
        read_line(load, LONGEST_START_S)
        server = load_command[load_command.index("--server-process") + 1]
        watching = stack.enter_context(started(command(f"-p {server}", str(output))))
        time.sleep(0.3)  # Neither tool tells when it is attached; the server is idle meanwhile.
        load.stdin.write("\n")
        report = parse(read_line(load, LONGEST_MEASUREMENT_S))
        watching.send_signal(signal.SIGINT)
        watching.wait(LONGEST_START_S)
        load.stdin.write("\n")
        load.wait(LONGEST_START_S)
        calls = count(output.read_text())
    if calls is None:
        raise Failed("the system calls were not counted")
    return {"system_calls": calls / report["all_round_trips"]}


# ---- all of them ---------------------------------------------------------------------------------


def jobs_of_a_round(chosen: list[works.Work], all_programs: list[programs.Program],
                    options: Options) -> list[Job]:
    jobs = []
    for work in chosen:
        for workers in works.worker_counts(work, options.workers):
            for program in all_programs:
                if (work.program_work or work.name) not in program.works:
                    continue
                if workers > program.most_workers or (program.is_variant and not work.placements):
                    continue
                if work.only_ours and program.name != programs.OURS:
                    continue
                jobs.append(Job(work, program, workers))
    return jobs


class Session:
    """Runs rounds until all are done or the time is up. Results, failures and notes are left in it."""

    def __init__(self, options: Options, tell):
        self.options = options
        self.tell = tell
        self.rows: list[tuple] = []      # work, program, workers, round, metric, value
        self.failures: list[str] = []
        self.notes: list[str] = []
        self.rounds = 0
        self.counter = None
        self.took: dict[Job, float] = {}

    def run(self, jobs: list[Job]) -> None:
        jobs = self.leave_out_system_calls(jobs)
        end = time.monotonic() + self.options.minutes * 60
        self.rounds = max((job.work.rounds for job in jobs), default=0)
        for number in range(1, self.rounds + 1):
            of_this_round = [job for job in jobs if number <= job.work.rounds]
            if not self.run_round(number, of_this_round, jobs, end):
                self.notes.append(f"the time was up in round {number} of {self.rounds}")
                return

    def leave_out_system_calls(self, jobs: list[Job]) -> list[Job]:
        if not any(job.work.kind == "system_calls" for job in jobs):
            return jobs
        self.counter = working_counter()
        if self.counter is not None:
            self.notes.append(f"system calls are counted by {self.counter[0]}")
            return jobs
        self.notes.append("system calls are not counted: neither perf nor strace is permitted here")
        return [job for job in jobs if job.work.kind != "system_calls"]

    def run_round(self, number: int, jobs: list[Job], all_jobs: list[Job], end: float) -> bool:
        """False: the time is up."""
        said: list[str] = []
        for index, job in enumerate(jobs):
            if time.monotonic() + self.expected_s(job) > end:
                return False
            said.append(self.run_job(job, number))
            following = jobs[index + 1] if index + 1 < len(jobs) else None
            if following is None or (following.work, following.workers) != (job.work, job.workers):
                left_s = min(self.left_s(number, jobs[index + 1:], all_jobs), end - time.monotonic())
                self.tell(f"[{left_s // 60:2.0f}:{left_s % 60:02.0f} left] round {number} of "
                          f"{self.rounds}, {job.work.name}, {job.workers} worker"
                          f"{'s' if job.workers > 1 else ''}: {', '.join(said)} "
                          f"{works.METRICS[job.work.metrics[0]].title}")
                said.clear()
        return True

    def run_job(self, job: Job, number: int) -> str:
        """Gives what progress says of it."""
        start = time.monotonic()
        try:
            measured = self.measure(job)
            for metric in job.work.metrics:
                if metric not in measured:
                    raise Failed(f"did not print {metric}")
        except Failed as failure:
            self.failures.append(f"{job.work.name}, {job.program.name}, {job.workers} workers, "
                                 f"round {number}: {failure}")
            return f"{job.program.name} FAILED"
        finally:
            self.took[job] = time.monotonic() - start
        for metric, value in measured.items():
            self.rows.append((job.work.name, job.program.name, job.workers, number, metric, value))
        return f"{job.program.name} {measured[job.work.metrics[0]]:.4g}"

    def measure(self, job: Job) -> dict:
        if job.work.kind == "system_calls":
            return measure_system_calls(job, self.options, self.counter)
        measure = {"program": measure_program, "echo": measure_echo,
                   "connection_memory": measure_connection_memory}[job.work.kind]
        return measure(job, self.options)

    def expected_s(self, job: Job) -> float:
        return self.took.get(job, job.work.guess_s)

    def left_s(self, number: int, in_this_round: list[Job], all_jobs: list[Job]) -> float:
        later = sum(self.expected_s(job) * max(0, job.work.rounds - number) for job in all_jobs)
        return sum(map(self.expected_s, in_this_round)) + later
