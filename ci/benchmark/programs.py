"""The programs that are compared: how they are built, what they can do, which versions they are."""

import functools
import os
import pathlib
import platform
import re
import subprocess
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "bench"
STRESS = BUILD / "cmake" / "stress"
LOAD = STRESS / "bench_load"
OURS = "yot_run"


class Peer(NamedTuple):
    name: str
    why: str
    path: pathlib.Path
    target: str = ""         # Of CMake; empty: built by a function of its own.
    package: str = ""        # Debian's, whose version is told.
    most_workers: int = 1024


PEERS = [
    Peer(OURS, "this library", STRESS / "bench", "bench"),
    Peer("tokio", "the async runtime that most people mean", BUILD / "cargo/release/bench_tokio",
         package="librust-tokio-dev"),
    Peer("asio", "what C++ programs use: coroutines on a thread pool", STRESS / "bench_asio",
         "bench_asio", "libboost1.81-dev"),
    Peer("go", "a runtime that a compiler knows of", BUILD / "bench_go", package="golang-go"),
    Peer("tbb", "work stealing alone: tasks that cannot wait", STRESS / "bench_tbb", "bench_tbb",
         "libtbb-dev"),
    Peer("libuv", "an event loop of one thread", STRESS / "bench_libuv", "bench_libuv",
         "libuv1-dev", most_workers=1),
    Peer("raw", "plain epoll in C: the practical limit", STRESS / "bench_raw", "bench_raw"),
]


class Program(NamedTuple):
    """A peer as it is run: ours is one for each placement of the reactor."""
    name: str
    command: tuple[str, ...]
    works: frozenset[str]
    most_workers: int
    is_variant: bool = False  # Takes part only where the placement can matter.


class BuildError(Exception):
    pass


def run_or_fail(command, **more) -> str:
    command = [str(part) for part in command]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              **more)
    except OSError as error:
        raise BuildError(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise BuildError(f"{done.stdout}\n`{' '.join(command)}` failed")
    return done.stdout


def build_with_cmake(peers: list[Peer]) -> None:
    targets = [peer.target for peer in peers if peer.target]
    with_peers = any(target != "bench" for target in targets)
    tree = BUILD / "cmake"
    run_or_fail(["cmake", "--preset", "gcc-release", "-B", tree,
                 f"-DYOT_RUN_BUILD_PEERS={'ON' if with_peers else 'OFF'}"], cwd=ROOT)
    run_or_fail(["cmake", "--build", tree, "--parallel", os.cpu_count() or 1,
                 "--target", "bench_load", *targets], cwd=ROOT)


def build_tokio() -> None:
    # Debian's compiler for Debian's crates, whatever others the user may have.
    environment = {**os.environ, "RUSTC": "/usr/bin/rustc", "CARGO_HOME": str(BUILD / "cargo_home")}
    run_or_fail(["/usr/bin/cargo", "build", "--release", "--offline", "--target-dir",
                 BUILD / "cargo"], cwd=ROOT / "stress/bench/tokio", env=environment)


def build_go(path: pathlib.Path) -> None:
    run_or_fail(["/usr/bin/go", "build", "-o", path, "."], cwd=ROOT / "stress/bench/go")


def build(peers: list[Peer], tell) -> None:
    """Raises BuildError."""
    tell("building the C++ programs")
    build_with_cmake(peers)
    for peer in peers:
        if not peer.target:
            tell(f"building {peer.name}")
            build_tokio() if peer.name == "tokio" else build_go(peer.path)


def programs_of(peer: Peer) -> list[Program]:
    def lines(argument):
        return run_or_fail([peer.path, argument]).split()
    works = frozenset(lines("list"))
    programs = [Program(peer.name, (str(peer.path),), works, peer.most_workers)]
    if peer.name == OURS:
        # The default is measured under our plain name, the others each under one of their own.
        for placement in lines("placements")[1:]:
            command = (str(peer.path), "--placement", placement)
            programs.append(Program(f"{OURS}/{placement}", command, works, peer.most_workers,
                                    is_variant=True))
    return programs


def named(names: list[str]) -> list[Peer]:
    """The peers of these names, and ours, which they are compared with. Raises ValueError."""
    known = [peer.name for peer in PEERS]
    for name in names:
        if name not in known:
            raise ValueError(f"there is no peer '{name}'; there are {', '.join(known)}")
    return [peer for peer in PEERS if not names or peer.name in (*names, OURS)]


# ---- what is told of the machine -----------------------------------------------------------------


def first_line(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT,
                              check=True).stdout.split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def package_version(package: str) -> str:
    return first_line("dpkg-query", "--show", "--showformat=${Version}", package)


@functools.cache
def cpu_description() -> str:
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    virtual = " (a virtual machine)" if re.search(r"^flags.*\bhypervisor\b", text, re.M) else ""
    return (model[1] if model else platform.machine()) + virtual


def describe_machine() -> dict:
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "processor": cpu_description(),
        "processors": os.cpu_count(),
        "memory_gib": round(int(memory[1]) / 2 ** 20, 1) if memory else None,
        "kernel": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def describe_versions(peers: list[Peer]) -> dict:
    commit = first_line("git", "rev-parse", "--short", "HEAD")
    changed = bool(first_line("git", "status", "--porcelain", "--untracked-files=no"))
    versions = {
        OURS: commit + (" and changes" if changed else ""),
        "g++": first_line("g++", "--version"),
    }
    for peer in peers:
        if peer.package:
            versions[peer.name] = f"{peer.package} {package_version(peer.package)}"
    if "tokio" in versions:
        versions["rustc"] = first_line("/usr/bin/rustc", "--version")
    return versions
