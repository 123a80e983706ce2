"""The Python package beside medmask 0.1.3, nibabel and SimpleITK: same masks, one run.

Two packages are called medmask, so that each works in an interpreter of its own, and the two are asked in turns: a busy machine then slows both
alike. Masks are uint8 arrays (z, y, x); large arrays come in memory that was never used, and all of them are kept until the clock stops.

usage: python.py --ours PYTHON --original PYTHON --case FOLDER [--rounds N] [--json FILE]

`cargo xtask compare-python` makes both interpreters and runs it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUFFIX = ".nii.gz"
SLICES = 32

#: What is asked of both packages: the most that ours may take of the original's time.
TARGETS = {"add_all": 0.2, "read_all": 0.05, "read_one": 0.15, "sub_volume": 0.1}
WORDS = {
    "add_all": "add_segmask of all masks",
    "read_all": "all masks to arrays kept alive",
    "read_one": "one organ from a cold handle",
    "sub_volume": f"{SLICES} slices of one organ",
}


class Worker:
    """One interpreter that answers what it is asked."""

    def __init__(self, python, case, folder):
        # Each large array is then mapped anew, and no worker has it easier since it freed one before.
        environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
        # The directions of the sample are not orthonormal to the last digit.
        environment["ITK_NIFTI_SFORM_PERMISSIVE"] = "1"
        command = [python, __file__, "--work", case, folder]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"the worker ended at {question!r}")
        return json.loads(answer)


class Work:
    """What a worker does; the same for both packages, where both have it."""

    def __init__(self, case, folder):
        import medmask
        import nibabel
        import numpy
        from spacetransformer import Space

        self.medmask, self.nibabel, self.numpy = medmask, nibabel, numpy
        self.files = sorted(Path(case).glob("*" + SUFFIX))
        self.names = [file.name[: -len(SUFFIX)] for file in self.files]
        arrays = [self.read_nifti(file) for file in self.files]
        self.space = Space(shape=arrays[0].shape)
        self.masks = [medmask.SegmentationMask(a, {n: 1}, self.space) for n, a in zip(self.names, arrays)]
        self.organs = [n for n, a in zip(self.names, arrays) if a.any()]
        self.starts = {n: int(numpy.argwhere(a)[0][0]) for n, a in zip(self.names, arrays) if a.any()}
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = os.fspath(self.folder / "case.mska")
        self.is_ours = hasattr(medmask, "open")

    def read_nifti(self, file):
        array = self.numpy.asarray(self.nibabel.load(file).dataobj).T
        return self.numpy.ascontiguousarray(array, dtype=self.numpy.uint8)

    def add_all(self):
        def add():
            archive = self.medmask.MaskArchive(self.path, "w", space=self.space)
            for name, mask in zip(self.names, self.masks):
                archive.add_segmask(mask, name)

        return timed(add)

    def read_all(self):
        return timed(lambda: list(self.medmask.MaskArchive(self.path).read_all_masks().values()))

    def cold(self, name):
        if self.is_ours:
            with self.medmask.open(self.path) as archive:
                return archive[name].load()
        return self.medmask.MaskArchive(self.path).load_segmask(name).data

    def read_one(self):
        return statistics.median(timed(lambda name=name: self.cold(name)) for name in self.organs)

    def sub_volume(self):
        def part(name):
            start = self.starts[name]
            if self.is_ours:
                return archive[name][start : start + SLICES]
            return archive.load_segmask(name).data[start : start + SLICES].copy()

        archive = self.medmask.open(self.path) if self.is_ours else self.medmask.MaskArchive(self.path)
        return statistics.median(timed(lambda name=name: part(name)) for name in self.organs)

    def peers(self):
        """nibabel and SimpleITK on the files themselves: all, one, and part of one."""
        import SimpleITK

        def itk(file):
            return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(os.fspath(file)))

        organs = [self.files[self.names.index(name)] for name in self.organs]
        part = [lambda f=f, s=self.starts[n]: self.numpy.asarray(self.nibabel.load(f).dataobj[:, :, s : s + SLICES]) for f, n in zip(organs, self.organs)]
        return {
            "nibabel": [
                timed(lambda: [self.read_nifti(file) for file in self.files]),
                statistics.median(timed(lambda f=f: self.read_nifti(f)) for f in organs),
                statistics.median(timed(one) for one in part),
            ],
            "SimpleITK": [
                timed(lambda: [itk(file) for file in self.files]),
                statistics.median(timed(lambda f=f: itk(f)) for f in organs),
                None,
            ],
        }

    def bytes(self):
        return os.path.getsize(self.path)

    def import_beyond_numpy(self):
        script = "import time, numpy; t = time.perf_counter(); import medmask; print(time.perf_counter() - t)"
        runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in range(9)]
        return statistics.median(float(run.stdout) for run in runs)

    def ten_thousand_loads(self):
        """Bytes by which the process has grown."""
        with self.medmask.open(self.path) as archive:
            name = self.organs[0]

            def load(times):
                for _ in range(times):
                    archive[name][:2]

            load(500)
            before = resident()
            load(10_000)
            return resident() - before

    def threads(self):
        """Seconds to load the organs ten times over with 1 and with 4 threads: of Python, and of `load_many`."""
        from concurrent.futures import ThreadPoolExecutor

        with self.medmask.open(self.path) as archive:
            wanted = self.organs * 4

            def by(count):
                def load(name):
                    return int(archive[name].load().any())

                with ThreadPoolExecutor(count) as pool:
                    return timed(lambda: list(pool.map(load, wanted)))

            by(4)
            pool = [min(by(count) for _ in range(3)) for count in (1, 4)]
            many = [min(timed(lambda: archive.load_many(self.organs, threads=count)) for _ in range(3)) for count in (1, 4)]
            return {"threads of Python": pool, "load_many": many}


def timed(work):
    start = time.perf_counter()
    kept = work()
    took = time.perf_counter() - start
    del kept
    return took


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def work(case, folder):
    worker = Work(case, folder)
    for question in sys.stdin:
        print(json.dumps(getattr(worker, question.strip())()), flush=True)


def milliseconds(seconds):
    return "" if seconds is None else f"{seconds * 1e3:,.3g} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--ours", "--original", "--case"):
        parser.add_argument(option, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = Worker(options.ours, options.case, os.path.join(folder, "ours"))
        original = Worker(options.original, options.case, os.path.join(folder, "original"))
        figures = {name: [[], []] for name in TARGETS}
        for _ in range(options.rounds):
            for name, times in figures.items():
                for worker, of_worker in zip((ours, original), times):
                    of_worker.append(worker.ask(name))
        figures = {name: [statistics.median(one) for one in times] for name, times in figures.items()}
        extra = {name: ours.ask(name) for name in ("peers", "bytes", "import_beyond_numpy", "ten_thousand_loads", "threads")}
        extra["bytes of the original"] = original.ask("bytes")
    report(figures, extra)
    if options.json:
        Path(options.json).write_text(json.dumps({"figures": figures, **extra}, indent=2))


def report(figures, extra):
    print("| | medmask | medmask 0.1.3 | ratio | asked for | nibabel | SimpleITK |\n|---|--:|--:|--:|--:|--:|--:|")
    columns = {"read_all": 0, "read_one": 1, "sub_volume": 2}
    for name, (ours, original) in figures.items():
        place = columns.get(name)
        peers = [milliseconds(extra["peers"][peer][place]) if place is not None else "" for peer in ("nibabel", "SimpleITK")]
        print(f"| {WORDS[name]} | {milliseconds(ours)} | {milliseconds(original)} | {ours / original:.3f} | {TARGETS[name]} | {' | '.join(peers)} |")
    print(f"\nbytes of the archive: {extra['bytes']:,}; of medmask 0.1.3: {extra['bytes of the original']:,}")
    print(f"import beyond numpy: {milliseconds(extra['import_beyond_numpy'])} (asked for: 30 ms)")
    print(f"10,000 loads: the process has grown by {extra['ten_thousand_loads']:,} bytes")
    for what, (one, four) in extra["threads"].items():
        print(f"{what}: 4 are {one / four:.2f} times as fast as 1, on {os.cpu_count()} cores")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:])
    else:
        main()
