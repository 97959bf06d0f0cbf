"""A copy of the sources that is built with one patch at a time.

A patch is headed by what it is: `key: value`, up to the first empty line.
"""

import contextlib
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class BadHead(Exception):
    """A patch whose head is not as its tool wants it."""


def read_head(path, required, optional=()):
    head, _, patch = path.read_text().partition("\n\n")
    keys = dict(re.findall(r"^(\w+): *(.*)$", head, re.MULTILINE))
    if set(keys) - set(required) - set(optional) or not set(required) <= set(keys) \
            or not patch.startswith("---"):
        raise BadHead(path)
    return keys


def patched_files(path):
    return re.findall(r"^\+\+\+ b/(\S+)", path.read_text(), re.MULTILINE)


class PatchedTree:
    def __init__(self, folder, copied, options):
        """`copied`: what of the sources is needed; `options`: for CMake."""
        self.folder = folder
        self.tree = folder / "tree"
        self.binaries = folder / "build"
        self.copied = copied
        self.options = options

    def prepare(self):
        """Copies the sources and configures. The error, or nothing."""
        for name in self.copied:
            self._copy_changed(ROOT / name)
        command = ["cmake", "-S", self.tree, "-B", self.binaries, "-G", "Ninja",
                   "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_COMPILER=g++",
                   "-DYOT_RUN_WITH_PROMETHEUS=OFF",
                   f"-DCMAKE_CXX_COMPILER_LAUNCHER={shutil.which('ccache') or ''}", *self.options]
        run = subprocess.run(command, capture_output=True, text=True)
        return "" if run.returncode == 0 else run.stdout + run.stderr

    def build(self, targets, parallel):
        """The error, or nothing."""
        run = subprocess.run(["cmake", "--build", self.binaries, "--parallel", str(parallel),
                              "--target", *targets], capture_output=True, text=True)
        return "" if run.returncode == 0 else run.stdout + run.stderr

    @contextlib.contextmanager
    def applied(self, path):
        """With the patch in place; gives the error, or nothing."""
        fits = self._patch(path, "--forward", "--dry-run")
        if fits.returncode != 0:
            yield fits.stdout.strip()
            return
        self._patch(path)
        try:
            yield ""
        finally:
            self._patch(path, "--reverse")

    def _copy_changed(self, source):
        """Copies what differs, so that the rest keeps its time and is not built again."""
        files = [source] if source.is_file() else [each for each in source.rglob("*")
                                                   if each.is_file()]
        for each in files:
            copy = self.tree / each.relative_to(ROOT)
            if not copy.exists() or copy.read_bytes() != each.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(each, copy)
                shutil.copymode(each, copy)

    def _patch(self, path, *options):
        return subprocess.run(["patch", "-p1", "--no-backup-if-mismatch", *options, "-i", path],
                              cwd=self.tree, capture_output=True, text=True)
