"""One measurement: a program, or an echo server under the load, in processes of their own.

Each function gives the metrics by name, or raises Failed.
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
from typing import Callable, Iterator, NamedTuple, Optional

from benchmark import programs, works

LONGEST_START_S = 15
LONGEST_MEASUREMENT_S = 90


class Failed(Exception):
    """What a program did wrong, in one line."""


class Times(NamedTuple):
    echo_s: float = 1.0
    idle_s: float = 3.0


class Job(NamedTuple):
    work: works.Work
    program: programs.Program
    workers: int


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


def measure_program(job: Job, times: Times) -> dict:
    command = [*job.program.command, job.work.program_work or job.work.name,
               "--workers", str(job.workers), "--seconds", str(times.idle_s)]
    if job.work.count is not None:
        command += ["--count", str(job.work.count)]
    return run_program(command)


def measure_echo(job: Job, times: Times) -> dict:
    with echo_server(job) as load:
        return run_program([*load, "--seconds", str(times.echo_s)])


def measure_connection_memory(job: Job, _: Times) -> dict:
    with echo_server(job) as load:
        return run_program([*load, "--idle"])


# ---- system calls --------------------------------------------------------------------------------


def perf_command(process: str, output: str) -> list[str]:
    return ["perf", "stat", "-e", "raw_syscalls:sys_enter", "-x", ",", "-o", output,
            *process.split()]


def perf_count(text: str) -> Optional[int]:
    found = re.search(r"^(\d+),.*raw_syscalls:sys_enter", text, re.MULTILINE)
    return int(found[1]) if found else None


def strace_command(process: str, output: str) -> list[str]:
    return ["strace", "-c", "-f", "-o", output, *process.split()]


def strace_count(text: str) -> Optional[int]:
    found = re.search(r"^100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total$", text, re.MULTILINE)
    return int(found[1]) if found else None


class Counter(NamedTuple):
    name: str
    command: Callable[[str, str], list[str]]  # Of a process, into a file.
    count: Callable[[str], Optional[int]]     # From what is in the file.
    remark: str = ""


# The first that this machine permits is taken.
COUNTERS = [
    Counter("perf", perf_command, perf_count),
    Counter("strace", strace_command, strace_count,
            ", which makes each call many times as slow: so servers wait less often"),
]


def working_counter() -> Optional[Counter]:
    """The first of COUNTERS that this machine permits, or None."""
    for counter in COUNTERS:
        if shutil.which(counter.name) is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "counts"
            subprocess.run(counter.command("true", str(output)), capture_output=True)
            if output.exists() and counter.count(output.read_text()):
                return counter
    return None


def measure_system_calls(job: Job, times: Times, counter: Optional[Counter]) -> dict:
    with contextlib.ExitStack() as stack:
        output = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory())) / "counts"
        load_command = stack.enter_context(echo_server(job))
        load = stack.enter_context(
            started([*load_command, "--stepwise", "--seconds", str(times.echo_s)]))
        read_line(load, LONGEST_START_S)
        server = load_command[load_command.index("--server-process") + 1]
        watching = stack.enter_context(started(counter.command(f"-p {server}", str(output))))
        time.sleep(0.3)  # Neither tool tells when it is attached; the server is idle meanwhile.
        load.stdin.write("\n")
        report = parse(read_line(load, LONGEST_MEASUREMENT_S))
        watching.send_signal(signal.SIGINT)
        watching.wait(LONGEST_START_S)
        load.stdin.write("\n")
        load.wait(LONGEST_START_S)
        calls = counter.count(output.read_text())
    if calls is None:
        raise Failed("the system calls were not counted")
    return {"system_calls": calls / report["all_round_trips"]}


MEASURES = {"program": measure_program, "echo": measure_echo,
            "connection_memory": measure_connection_memory}


def measure(job: Job, times: Times, counter: Optional[Counter]) -> dict:
    try:
        if job.work.kind == "system_calls":
            return measure_system_calls(job, times, counter)
        return MEASURES[job.work.kind](job, times)
    except (OSError, subprocess.TimeoutExpired) as error:  # Of a process that ended, or did not.
        raise Failed(str(error)) from None


def self_test() -> None:
    """Raises AssertionError when a program's failure is not noticed, or called something else."""
    assert run_program(["echo", '{"ns": 1.5}']) == {"ns": 1.5}
    for command, why in ((["false"], "exit status 1"), (["echo", "1.5,"], "not JSON"),
                         (["sleep", "9"], "took more than")):
        try:
            run_program(command, limit_s=0.2)
            raise AssertionError(f"`{' '.join(command)}` did not fail")
        except Failed as failure:
            assert why in str(failure), failure
    assert perf_count("# started\n\n123,,raw_syscalls:sys_enter,9,100.00,,\n") == 123
    assert perf_count("<not counted>,,raw_syscalls:sys_enter,0,100.00,,\n") is None
    assert strace_count("% time\n100.00    0.000349           8        42         3 total\n") == 42
