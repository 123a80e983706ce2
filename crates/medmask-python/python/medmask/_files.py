"""Files of other formats into archives and back."""

from __future__ import annotations

import os
import sys
from typing import Callable, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union

from . import _medmask
from ._parts import texts_of
from ._space import space_of
from ._voxels import named
from .core.mapping import LabelMapping
from .core.segmask import SegmentationMask

__all__ = ["PackReport", "extract", "pack", "read_nifti"]

AnyPath = Union[str, "os.PathLike[str]"]
#: True for a bar on a terminal; or what is called with steps done, steps in all, and what was done.
Progress = Union[bool, Callable[[int, int, str], object], None]


class PackReport(NamedTuple):
    """What was packed."""

    #: Entries that were written, and those of them that have labelled voxels.
    entries: int
    non_empty: int
    #: Bytes of the files that were packed, and of the archive.
    input_bytes: int
    archive_bytes: int
    #: How far, in mm, the corner of a mask that lies farthest is from where the first has it.
    largest_distance_mm: float
    #: What is worth knowing of files: path and remark.
    notes: List[Tuple[str, str]]
    #: Files that were left out, and why; also what lies in the folders and is no mask file.
    skipped: List[Tuple[str, str]]
    #: The file that the archive's space is from.
    space_of: str


def pack(
    paths: Union[AnyPath, Iterable[AnyPath]],
    out: AnyPath,
    *,
    codec: Optional[str] = None,
    layers: str = "auto",
    tolerance_mm: Optional[float] = None,
    labels: Optional[Mapping[str, int]] = None,
    threads: Optional[int] = None,
    skip_bad: bool = False,
    overwrite: bool = False,
    space_of: Optional[AnyPath] = None,
    names: Optional[Mapping[str, AnyPath]] = None,
    recursive: bool = False,
    include: Union[str, Iterable[str]] = (),
    exclude: Union[str, Iterable[str]] = (),
    volume: Union[int, str, None] = None,
    background: Iterable[float] = (),
    label_tolerance: Optional[float] = None,
    max_shear_voxels: Optional[float] = None,
    progress: Progress = None,
) -> PackReport:
    """Packs the mask files of a folder, or files, into a new archive, which appears whole or not at all.

    Each file becomes an entry of its name. ``labels`` names the labels of files that hold several and do not name them; others are called
    ``label_7``. The space is the one that most files share, or that of the file ``space_of``; files may lie ``tolerance_mm`` off. ``skip_bad``
    leaves out files that cannot be packed and reports them; otherwise the first of them is an error. Ctrl-C ends the work, and leaves no
    file.

    ``layers`` says whether masks that do not overlap are stored as labels of one volume: ``"auto"`` where that makes the archive smaller and
    no mask takes much longer to load, ``"always"`` or ``"never"``. Each mask is loaded alone in any case.

    ``names`` adds files under names of their own: ``{"tumour": "seg.nii.gz"}``. ``recursive`` searches folders inside folders, whose
    files become entries such as ``left/lung``; ``include`` and ``exclude`` are patterns of file names, or of paths where they have a ``/``.
    Of a file with a fourth axis ``volume`` says which one to take, counted from 0; ``"all"`` takes each, as ``NAME_0`` and so on.
    ``background`` are values that are background as 0 is, NaN may be one, and labels may lie ``label_tolerance`` from an integer.
    ``max_shear_voxels`` is how far a corner may move where an affine is made right-angled: more for a CT with a tilted gantry.
    """
    if not (volume is None or volume == "all" or (isinstance(volume, int) and volume >= 0)):
        raise ValueError(f"a volume is a number from 0 on or 'all', not {volume!r}")
    inputs = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    texts = [os.fspath(path) for path in inputs]
    label_names = None if labels is None else dict(named(labels.items()))
    space_file = None if space_of is None else os.fspath(space_of)
    files = [(name, os.fspath(path)) for name, path in (names or {}).items()]
    chosen = (recursive, texts_of(include), texts_of(exclude), files)
    every = volume == "all"
    tolerance = label_tolerance
    if tolerance is not None and not 0 <= tolerance < 0.5:
        raise ValueError(f"label_tolerance is from 0 to less than 0.5, not {tolerance}")
    one = None if isinstance(volume, str) else volume
    reading = (one, every, list(background), tolerance, max_shear_voxels)
    step = step_of(progress)
    report = _medmask.pack(
        texts,
        os.fspath(out),
        codec,
        layers,
        tolerance_mm,
        label_names,
        threads,
        skip_bad,
        overwrite,
        space_file,
        chosen,
        reading,
        step,
    )
    entries, non_empty, input_bytes, archive_bytes, distance, notes, skipped, source = report
    return PackReport(
        entries,
        non_empty,
        input_bytes,
        archive_bytes,
        distance,
        _texts(notes),
        _texts(skipped),
        os.fspath(source),
    )


def extract(
    archive: AnyPath,
    names: Union[str, Iterable[str], None] = None,
    *,
    file: Optional[AnyPath] = None,
    folder: Optional[AnyPath] = None,
    suffix: str = ".nii.gz",
    threads: Optional[int] = None,
    overwrite: bool = False,
    progress: Progress = None,
) -> List[str]:
    """Writes masks of an archive as files, and gives their paths: one mask to ``file``, whose name says the format, or each to a file
    in ``folder`` that ends in ``suffix``.

    ``names``: entries, labels (``lobes/left_upper_lobe``) and patterns (``rib_*``); None for all entries. The files of a folder get their names when
    all are whole.
    """
    if (file is None) == (folder is None):
        raise TypeError("extract needs a file or a folder")
    texts = texts_of(names)
    if names is not None and not texts:
        return []
    output = os.fspath(file if file is not None else folder)  # type: ignore[arg-type]
    ending = None if file is not None else suffix
    step = step_of(progress)
    files, _ = _medmask.extract(os.fspath(archive), texts, output, ending, threads, overwrite, step)
    return [os.fspath(path) for path in files]


def read_nifti(path: AnyPath) -> SegmentationMask:
    """The mask in a NIfTI file, with the names of its label table, or ``label_7``. Array and space have the axes (z, y, x)."""
    array, labels, space = _medmask.read_nifti(os.fspath(path))
    return SegmentationMask(array, LabelMapping(dict(labels)), space_of(space))


def _texts(pairs: Iterable[Tuple[AnyPath, str]]) -> List[Tuple[str, str]]:
    return [(os.fspath(path), text) for path, text in pairs]


def step_of(progress: Progress) -> Optional[Callable[[int, int, str], object]]:
    """What is called after each step."""
    if callable(progress):
        return progress
    return _bar if progress and sys.stderr.isatty() else None


def _bar(done: int, total: int, name: str) -> None:
    """One line on the terminal, which the next step writes over."""
    width = 30
    filled = width * done // max(total, 1)
    line = f"[{'#' * filled}{' ' * (width - filled)}] {done}/{total} {os.path.basename(name)}"
    sys.stderr.write(f"\r{line:.79}\x1b[K" + ("\r\x1b[K" if done == total else ""))
    sys.stderr.flush()
