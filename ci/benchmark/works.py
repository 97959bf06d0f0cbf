"""What the benchmark measures: the works of stress/bench/README.md with their sizes, and how each
is run, named and shown. Everything else follows from these tables.
"""

import os
from typing import NamedTuple, Optional


class Metric(NamedTuple):
    title: str               # With its unit.
    more_is_better: bool = False


METRICS = {
    "ns": Metric("ns per operation"),
    "cpu_ns": Metric("CPU ns per operation"),
    "peak_mib": Metric("peak MiB"),
    "bytes": Metric("bytes per task"),
    "bytes_per_connection": Metric("bytes per connection"),
    "p50_us": Metric("p50 µs"),
    "p99_us": Metric("p99 µs"),
    "p999_us": Metric("p99.9 µs"),
    "max_us": Metric("longest µs"),
    "cpu_us_per_s": Metric("CPU µs per second"),
    "switches_per_s": Metric("context switches per second"),
    "cpu_s": Metric("CPU s"),
    "cpu_us_per_timer": Metric("CPU µs per timer"),
    "round_trips_per_s": Metric("round trips per second", more_is_better=True),
    "cpu_s_per_million": Metric("server CPU s per million round trips"),
    "load_cpu_s_per_million": Metric("load's CPU s per million"),
    "system_calls": Metric("system calls per round trip"),
}


class Work(NamedTuple):
    name: str
    family: str                        # What --work may name, too, and what shares a table.
    title: str
    metrics: tuple[str, ...]           # Shown in this order; the first one is compared.
    kind: str = "program"              # Or echo, connection_memory, system_calls: measuring.py.
    program_work: Optional[str] = None  # What the programs call it, where that is not the name.
    count: Optional[int] = None
    quick_count: Optional[int] = None  # What --quick does instead; None: the same.
    connections: int = 0
    quick_connections: Optional[int] = None
    message_bytes: int = 64
    placements: bool = False           # Whether who drives the reactor can matter.
    scales: bool = False               # Also measured with as many workers as there are processors.
    only_ours: bool = False            # How our cost grows: one worker, no peers.
    rounds: int = 3                    # Unless --rounds says so.
    quick_rounds: int = 1
    guess_s: float = 0.7               # How long it takes, until that is known.


COST = ("ns", "cpu_ns", "peak_mib")
LATENCY = ("p50_us", "p99_us", "max_us")
ECHO = ("cpu_s_per_million", "round_trips_per_s", "p50_us", "p99_us", "p999_us")
TIMERS = ("cpu_us_per_timer", *LATENCY, "peak_mib")

ECHO_CONNECTIONS = (1, 64, 1000, 10_000)
GROWTH_COUNTS = tuple(10 ** power for power in range(1, 7))
GROWTH_CONNECTIONS = (1, 10, 100, 1000, 10_000)


def bytes_title(count: int) -> str:
    return f"{count // 1024} KiB" if count >= 1024 else f"{count} bytes"


def connections_title(count: int) -> str:
    return f"{count:,} connection" + ("s" if count > 1 else "")


def task_works() -> list[Work]:
    def work(name, title, **more):
        return Work(name, name, title, COST, rounds=5, quick_rounds=2, **more)
    return [
        work("spawn_join", "spawn a million tasks that do nothing, then join them",
             count=1_000_000, quick_count=200_000, scales=True, guess_s=1),
        work("spawn_detached", "spawn a million tasks that count down a latch",
             count=1_000_000, quick_count=200_000, guess_s=1),
        work("yield", "1,000 tasks yield, a million times in all", count=1_000_000, scales=True),
        work("notify", "two tasks wake each other by signals, a round trip",
             count=500_000, quick_count=100_000),
        work("notify_pairs", "1,000 pairs of tasks wake each other by signals, a round trip",
             count=1_000_000, quick_count=200_000),
        work("channel", "two tasks wait for each other at channels of capacity 1, a round trip",
             count=500_000, quick_count=100_000),
        work("channel_pairs", "1,000 pairs of tasks wait at channels of capacity 1, a round trip",
             count=1_000_000, quick_count=200_000, scales=True, guess_s=1.5),
        work("fork_join", "fib(27), where each call spawns two tasks, a call",
             count=27, quick_count=21, scales=True, guess_s=1.2),
        work("inject", "a thread outside the runtime spawns a million tasks",
             count=1_000_000, quick_count=200_000, guess_s=1),
    ]


def resting_works() -> list[Work]:
    return [
        Work("wake_idle", "wake_idle", "from spawning outside until it runs, all workers asleep",
             LATENCY, count=5000, quick_count=1000, placements=True, guess_s=1.5),
        Work("idle_memory", "idle_memory", "a million tasks that wait for ever", ("bytes",),
             count=1_000_000, quick_count=200_000),
        Work("idle", "idle", "a runtime that has nothing to do",
             ("cpu_us_per_s", "switches_per_s"), placements=True, guess_s=2.2),
        Work("timers", "timers", "a million tasks sleep for up to a second", TIMERS,
             count=1_000_000, quick_count=200_000, placements=True, guess_s=3),
        Work("timers_few", "timers", "10,000 tasks sleep for up to a second", TIMERS,
             program_work="timers", count=10_000, placements=True, guess_s=1.1),
    ]


def echo_work(connections: int, message_bytes: int, **more) -> Work:
    title = f"TCP echo, {connections_title(connections)}, {bytes_title(message_bytes)}"
    return Work(f"echo_{message_bytes}_{connections}", "echo", title, ECHO, kind="echo",
                program_work="echo", connections=connections, message_bytes=message_bytes,
                placements=True, guess_s=1.8, **more)


def io_works() -> list[Work]:
    works = [echo_work(connections, message_bytes,
                       scales=(connections, message_bytes) == (1000, 64))
             for message_bytes in (64, 16 * 1024) for connections in ECHO_CONNECTIONS]
    for connections in (1, 64):
        works.append(Work(
            f"system_calls_{connections}", "system_calls",
            f"the server's system calls, {connections_title(connections)}, 64 bytes",
            ("system_calls",), kind="system_calls", program_work="echo", connections=connections,
            placements=True, guess_s=1.5))
    works.append(Work(
        "connection_memory", "connection_memory", "10,000 idle connections, after one message each",
        ("bytes_per_connection",), kind="connection_memory", program_work="echo",
        connections=10_000, quick_connections=2000, placements=True, guess_s=2))
    return works


def growth_works() -> list[Work]:
    works = []
    for count in GROWTH_COUNTS:
        works.append(Work(f"growth_spawn_join_{count}", "growth", f"spawn and join {count:,} tasks",
                          ("ns",), program_work="spawn_join", count=count, only_ours=True))
    for count in GROWTH_COUNTS:
        works.append(Work(f"growth_timers_{count}", "growth", f"{count:,} timers within a second",
                          ("cpu_us_per_timer",), program_work="timers", count=count,
                          only_ours=True, guess_s=1.3))
    for connections in GROWTH_CONNECTIONS:
        echo = echo_work(connections, 64)
        works.append(echo._replace(name=f"growth_echo_{connections}", family="growth",
                                   metrics=("cpu_s_per_million",), only_ours=True,
                                   placements=False))
    return works


WORKS = [*task_works(), *resting_works(), *io_works(), *growth_works()]


def quick(work: Work) -> Work:
    """The same on a smaller scale."""
    return work._replace(rounds=work.quick_rounds,
                         count=work.quick_count or work.count,
                         connections=work.quick_connections or work.connections)


def named(names: list[str]) -> list[Work]:
    """The works that have one of these names, or are of such a family. Raises ValueError."""
    for name in names:
        if not any(name in (work.name, work.family) for work in WORKS):
            raise ValueError(f"there is no work '{name}'; --list tells which there are")
    return [work for work in WORKS if not names or work.name in names or work.family in names]


def worker_counts(work: Work, wanted: list[int]) -> list[int]:
    if work.only_ours:
        return [1]
    if not work.scales:
        return wanted
    processors = os.cpu_count() or 1
    powers = [2 ** power for power in range(processors.bit_length()) if 2 ** power <= processors]
    return sorted({*wanted, *powers, processors} if processors > max(wanted) else set(wanted))
