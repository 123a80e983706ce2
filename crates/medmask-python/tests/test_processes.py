"""Handles in threads, in pickles, and in processes that were forked or started."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import medmask
from medmask import MaskArchive, SegmentationMask

METHODS = multiprocessing.get_all_start_methods()


def count_voxels(handle, name: str, queue) -> None:
    """In another process: what a worker of a data loader does."""
    queue.put((name, int(np.count_nonzero(handle[name] if isinstance(handle, medmask.Archive) else handle.load_segmask(name).data))))


def count_entry(entry, queue) -> None:
    queue.put((entry.name, int(entry.load().sum()), entry[3:5].shape))


def in_processes(method: str, target, arguments: list) -> list:
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    workers = [context.Process(target=target, args=(*one, queue)) for one in arguments]
    for worker in workers:
        worker.start()
    results = [queue.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    return sorted(results)


@pytest.mark.parametrize("mmap", [False, True], ids=["plain", "mmap"])
def test_handles_pickle_in_under_a_kilobyte(case: Path, voxels: np.ndarray, mmap: bool) -> None:
    with medmask.open(case, mmap=mmap) as archive:
        for handle in (archive, archive["lobes"], archive["lobes"].label("lower")):
            text = pickle.dumps(handle)
            assert len(text) < 1024
        again = pickle.loads(pickle.dumps(archive["lobes"].label("lower")))
    assert np.array_equal(again.load(), voxels == 3)
    old = MaskArchive(case)
    old.load_segmask("lobes")
    assert len(pickle.dumps(old)) < 1024
    with medmask.open(case, "a") as archive, pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(archive)


def test_a_relative_path_pickles_as_it_was(case: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(case.parent)
    archive = medmask.open(case.name)
    text = pickle.dumps(archive)
    monkeypatch.chdir("/")
    assert len(pickle.loads(text)) == 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("used", [False, True], ids=["new", "used before"])
@pytest.mark.parametrize("kind", ["archive", "mmap", "old"])
def test_workers_of_every_kind(case: Path, voxels: np.ndarray, method: str, used: bool, kind: str) -> None:
    handle = MaskArchive(case) if kind == "old" else medmask.open(case, mmap=kind == "mmap")
    if used and kind != "old":
        handle.load_many(threads=2)
        handle["lobes"].load()
    elif used:
        handle.load_segmask("lobes")
    expected = [("liver", int((voxels == 2).sum())), ("lobes", int((voxels > 0).sum()))]
    wanted = [(handle, "lobes"), (handle, "liver"), (handle, "lobes"), (handle, "liver")]
    assert in_processes(method, count_voxels, wanted) == sorted(expected * 2)


@pytest.mark.parametrize("method", METHODS)
def test_entries_in_workers(case: Path, voxels: np.ndarray, method: str) -> None:
    archive = medmask.open(case)
    entry = archive["lobes"].label("upper")
    entry.load()
    result = ("lobes/upper", int((voxels == 1).sum()), (2, 20, 30))
    assert in_processes(method, count_entry, [(entry,)] * 2) == [result] * 2


@pytest.mark.skipif("fork" not in METHODS, reason="a system without fork")
def test_a_large_mask_after_a_fork_uses_no_old_threads(tmp_path: Path) -> None:
    # Large enough for several threads to load one mask.
    array = np.zeros((200, 300, 300), dtype=np.uint8)
    array[::2, 10:290, 10:290] = 1
    with medmask.open(tmp_path / "a.mska", "w", durable=False) as archive:
        for number in range(4):
            archive.add(f"m{number}", array)
    archive = medmask.open(tmp_path / "a.mska")
    archive.load_many()
    wanted = [(archive, "m1"), (archive, "m2")]
    assert in_processes("fork", count_voxels, wanted) == [(name, int(array.sum())) for name in ("m1", "m2")]


@pytest.mark.skipif("fork" not in METHODS, reason="a system without fork")
def test_a_child_of_a_fork_neither_writes_nor_deletes_what_its_parent_writes(tmp_path: Path) -> None:
    # Run apart, since the child ends as a program does: what it holds is taken down.
    script = f"""
import os, numpy as np, medmask
archive = medmask.open({os.fspath(tmp_path / "a.mska")!r}, "w")
archive.add("a", np.ones((4, 5, 6), bool))
child = os.fork()
if child == 0:
    try:
        archive.add("b", np.ones((4, 5, 6), bool))
    except medmask.errors.ClosedError as error:
        print(error, flush=True)
    del archive
    raise SystemExit(0)
assert os.waitpid(child, 0)[1] == 0
archive.add("c", np.zeros((4, 5, 6), bool))
archive.close()
print(list(medmask.open({os.fspath(tmp_path / "a.mska")!r})))
"""
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "parent of this process" in run.stdout and "['a', 'c']" in run.stdout


def test_one_handle_in_many_threads(case: Path, voxels: np.ndarray) -> None:
    expected = {"lobes": voxels, "liver": voxels == 2}
    with medmask.open(case) as archive, ThreadPoolExecutor(8) as pool:
        names = ["lobes", "liver"] * 200
        for name, array in zip(names, pool.map(archive.load, names)):
            assert np.array_equal(array, expected[name])


def test_an_archive_closed_while_others_read(case: Path, voxels: np.ndarray) -> None:
    archive = medmask.open(case)

    def read(_: int) -> str:
        try:
            return "right" if np.array_equal(archive.load("lobes"), voxels) else "wrong"
        except medmask.errors.ClosedError:
            return "closed"

    with ThreadPoolExecutor(4) as pool:
        results = pool.map(read, range(400))
        archive.close()
        assert set(results) <= {"right", "closed"}


def test_threads_that_write_one_archive(tmp_path: Path) -> None:
    with medmask.open(tmp_path / "a.mska", "w") as archive, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: archive.add(f"m{n}", np.full((4, 5, 6), n, np.uint8)), range(1, 40)))
    with medmask.open(tmp_path / "a.mska") as archive:
        assert sorted(archive) == sorted(f"m{n}" for n in range(1, 40))
        assert all(archive[f"m{n}"].load()[0, 0, 0] == n for n in range(1, 40))


def add_some(path: str, start: int, queue) -> None:
    archive = MaskArchive(path)
    for number in range(start, start + 20):
        archive.add_segmask(SegmentationMask(np.full((4, 5, 6), number, np.uint8), {"a": number}), f"m{number}")
    queue.put((start,))


@pytest.mark.parametrize("version", [1, 2])
def test_two_processes_add_to_one_archive_and_nothing_is_lost(tmp_path: Path, version: int) -> None:
    path = os.fspath(tmp_path / "a.mska")
    first = SegmentationMask(np.zeros((4, 5, 6), np.uint8), {})
    MaskArchive(path, "w", version=version).add_segmask(first, "first")
    in_processes("spawn", add_some, [(path, 10), (path, 40)])
    names = MaskArchive(path).all_names()
    assert len(names) == 41 and set(names) == {"first", *(f"m{n}" for s in (10, 40) for n in range(s, s + 20))}


def test_ten_thousand_loads_leave_no_memory(case: Path) -> None:
    script = f"""
import os, numpy as np, medmask
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
array = np.zeros((12, 20, 30), np.uint8)
def load(times):
    for _ in range(times):
        with medmask.open({os.fspath(case)!r}) as archive:
            archive["lobes"].load(); archive["lobes"].label("upper")[3:5]; archive.load_into("lobes", array)
        medmask.MaskArchive({os.fspath(case)!r}).load_segmask("lobes").get_binary_mask_by_names("upper")
        try:
            archive.load("zz")
        except Exception:
            pass
load(1000)
before = resident()
load(10000)
print(resident() - before)
"""
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("a system that does not say how much memory a process has")
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    # A leak of one array a load would be 72 MB.
    assert int(run.stdout) < 1_000_000, run.stdout
