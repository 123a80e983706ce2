"""An open archive: a mapping of names to entries."""

from __future__ import annotations

import json
import os
import warnings
from _thread import allocate_lock
from collections.abc import Mapping as _Mapping
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from . import _html, _pictures
from ._compare import asked_for, records_of as records_of_comparison
from ._entry import Entry
from ._groups import GROUPS_KEY, Groups
from ._measures import read_image
from ._medmask import Reader, Writer, affine_of_space, voxel_ml, write_version1
from ._page import View
from ._parts import add_measures, json_of, records_of, records_of_piece, space_and_labels, texts_of
from ._runs import Runs
from ._space import SpaceParts, parts_of, plain_parts, space_of
from ._voxels import checked_name, named, stored
from .core.segmask import SegmentationMask
from .errors import (
    ClosedError,
    DamageWarning,
    DtypeError,
    MedmaskError,
    OutputExistsError,
    ReadOnlyError,
    SpaceMismatchError,
    UnsupportedError,
)

if TYPE_CHECKING:
    import numpy.typing as npt
    from spacetransformer import Space

__all__ = ["Archive", "open"]

AnyPath = Union[str, "os.PathLike[str]"]


def open(
    path: AnyPath,
    mode: str = "r",
    space: Optional[Space] = None,
    mmap: bool = False,
    *,
    tolerance_mm: float = 0.1,
    durable: bool = True,
) -> Archive:
    """Opens an archive (``.mska``) or a file of one mask (``.msk``).

    ``mode``: ``r`` reads, a file of either version; ``a`` adds to it, or starts one; ``w`` starts one, in place of a file that is there;
    ``x`` starts one where there is none. A new file appears when it is closed, whole; where ``with`` ends by an exception, there is none,
    and an archive that was added to is what it was.

    ``space``: where a new archive lies; without one, where the first mask does: that of a mask with a space, else voxels of 1 mm with array
    axes (z, y, x). Masks may lie ``tolerance_mm`` off. ``durable=False`` does not wait for the disk.

    ``mmap`` maps the file, which spares many small requests a call to the system. Nobody may change the file in place or cut it off
    meanwhile: that ends the process. Programs that write archives by this package only append and rename, and are safe company.

    >>> import tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "case.mska")
    >>> liver = np.zeros((40, 50, 60), dtype=bool)
    >>> liver[10:20, 10:30, 20:50] = True
    >>> with open(path, "w") as archive:
    ...     archive.add("liver", liver)
    >>> with open(path) as archive:
    ...     print(list(archive), archive["liver"].voxels, archive["liver"].bounds[0])
    ...     print(archive["liver"][15, 5:15, 25].tolist())
    ['liver'] 6000 slice(10, 20, None)
    [False, False, False, False, False, True, True, True, True, True]
    """
    return Archive(path, mode, space, mmap, tolerance_mm=tolerance_mm, durable=durable)


class Archive(_Mapping):  # type: ignore[type-arg]
    """An open archive: a mapping of names to :class:`Entry`, as :func:`medmask.open` gives it.

    What is open for reading is one state of the file, which later writers do not change. It may be used by several threads, and pickles by
    its path, for workers that open the file themselves; it also goes on working in a process that was forked.
    """

    def __init__(
        self,
        path: AnyPath,
        mode: str = "r",
        space: Optional[Space] = None,
        mmap: bool = False,
        *,
        tolerance_mm: float = 0.1,
        durable: bool = True,
    ) -> None:
        # First, since it is asked for when an archive that could not be opened goes.
        self._writer: Optional[Writer] = None
        self._reader: Optional[Reader] = None
        if mode not in ("r", "a", "w", "x"):
            raise UnsupportedError(f"mode {mode!r} is none of 'r', 'a', 'w' and 'x'")
        # Absolute, so that it pickles whatever folder the other process is in.
        self.path = os.path.abspath(os.fspath(path))
        self.mode = mode
        self._mmap = mmap
        self._tolerance_mm = tolerance_mm
        self._durable = durable
        self._closed = False
        # Of several threads that add the first mask, one starts the file.
        self._starting = allocate_lock()
        self._parts: Optional[SpaceParts] = None if space is None else parts_of(space)
        self._space: Optional[Space] = None
        #: What is wrong with the file beside its entries, and which state was opened; None for a file in order.
        self.damage: Optional[str] = None
        exists = os.path.lexists(self.path)
        if mode == "x" and exists:
            raise OutputExistsError(17, "File exists", self.path)
        if mode == "r" or (mode == "a" and exists):
            self._open(space)
        elif self._parts is not None:
            self._create()

    def _open(self, space: Optional[Space]) -> None:
        reader = Reader(self.path, self._mmap)
        self._parts = reader.space
        self.damage = reader.damage
        if self.damage is not None:
            warnings.warn(f"{self.path}: {self.damage}", DamageWarning, 4)
        if space is not None:
            Writer.check(self._parts, parts_of(space), "space", self._tolerance_mm)
        if self.mode == "a" and reader.version != "1.0":
            reader.close()
            self._writer = Writer.open(self.path, self._tolerance_mm, self._durable)
        else:
            self._reader = reader

    def _create(self) -> None:
        single = self.path.lower().endswith(".msk")
        assert self._parts is not None
        self._writer = Writer.create(
            self.path, self._parts, single, self.mode == "w", self._tolerance_mm, self._durable
        )

    def _source(self) -> Any:
        """What is asked: the open file, or the one that is being written."""
        source = self._writer or self._reader
        if source is None:
            raise ClosedError("the archive is closed" if self._closed else "the archive has no masks yet")
        return source

    # What is in it

    def __getitem__(self, name: str) -> Entry:
        """The entry ``name``; KeyError where there is none, with the nearest name."""
        if self._is_empty():
            raise KeyError(name)
        return Entry(self, name)

    def __iter__(self) -> Iterator[str]:
        """The names, in the order in which entries were added."""
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def _names(self) -> List[str]:
        names: List[str] = [] if self._is_empty() else self._source().names()
        return names

    def _is_empty(self) -> bool:
        return not self._closed and self._writer is None and self._reader is None

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    @property
    def version(self) -> str:
        """The version of the format: "1.0" or "2.0"."""
        return self._reader.version if self._reader is not None else "2.0"

    @property
    def space(self) -> Space:
        """The space that all masks share, as a ``spacetransformer.Space``: axis n is axis n of the arrays, (z, y, x); LPS, mm."""
        if self._space is None:
            self._space = space_of(self._known_parts())
        return self._space

    @property
    def affine(self) -> npt.NDArray[np.float64]:
        """4 x 4: from voxel (x, y, z, 1) to the world in RAS, mm, as NIfTI and nibabel have it. Where the files of the masks are not at
        right angles, as those of a CT with a tilted gantry, it is theirs; :attr:`space` is the nearest that is."""
        return np.array(affine_of_space(self._known_parts()))

    @property
    def shape(self) -> Tuple[int, int, int]:
        """Voxels along z, y and x."""
        depth, height, width = self._known_parts()[0]
        return depth, height, width

    @property
    def _voxel_ml(self) -> float:
        return voxel_ml(self._known_parts())

    def _known_parts(self) -> SpaceParts:
        if self._parts is None:
            raise MedmaskError("a new archive lies where its first mask does: it has no space yet")
        return self._parts

    @property
    def metadata(self) -> Dict[str, Any]:
        """Free metadata of the archive. Assign a dict to replace them."""
        text = None if self._is_empty() else self._source().metadata
        metadata: Dict[str, Any] = json.loads(text or "{}")
        metadata.pop(GROUPS_KEY, None)
        return metadata

    @metadata.setter
    def metadata(self, metadata: Mapping[str, Any]) -> None:
        writer = self._writing()
        groups = json.loads(writer.metadata or "{}").get(GROUPS_KEY)
        kept = {} if groups is None else {GROUPS_KEY: groups}
        writer.set_metadata(json_of({**metadata, **kept}))

    @property
    def groups(self) -> Groups:
        """Expressions that the archive keeps under a name, which :meth:`load` takes like a name: a mapping of names to expressions.

        ``archive.groups["ribs"] = "rib_left_* + rib_right_*"`` keeps one, ``del archive.groups["ribs"]`` removes it. They cost no voxels, and
        follow :meth:`rename`. They are no part of :attr:`metadata`.
        """
        return Groups(self)

    def stats(self, *, shape: bool = False, image: Any = None, resample: bool = False) -> List[Dict[str, Any]]:
        """A record for each label, under the names of the columns of ``medmask stats --csv``: for ``pandas.DataFrame(archive.stats())`` or
        ``polars.DataFrame(archive.stats())``. Boxes are half-open; centroids in voxels, and in the world (LPS, mm).

        ``shape`` adds what :meth:`Runs.shape_measures` has, ``image`` what :meth:`Runs.grey_values` has of it, under names that start with ``image_``.
        """
        if isinstance(image, (str, os.PathLike)):
            image = read_image(image)
        records = [record for name in self for record in records_of(self[name], self._known_parts(), self._voxel_ml)]
        if shape or image is not None:
            for name in self:
                add_measures(records, name, self.runs(name), shape, image, resample)
        return records

    # Voxels

    def load(self, selection: str) -> npt.NDArray[Any]:
        """The voxels that a text chooses: an entry ``"lobes"`` in its own type; as bool a label ``"lobes/left_upper_lobe"``, a label by its
        name alone where no other has it, an expression ``"rib_* + sternum"`` or ``"grow(tumour, 5) - tumour - liver"``, or a group of
        :attr:`groups`.

        In expressions ``a + b`` is the union, ``a & b`` the intersection, ``a - b`` the difference and ``a ^ b`` the exclusive or; operators stand
        between blanks, ``&`` binds closest and the others from the left. Functions: ``largest(x)``, ``largest(x, 3)``, ``min_ml(x, 0.1)``, ``fill(x)``,
        ``grow(x, 5)``, ``shrink(x, 2)`` and ``shell(x, 3)``, in mL and mm. Names with blanks stand in double quotes.

        KeyError for a name that nothing has, ValueError for what cannot be read, and for a pattern alone (``rib_*``), of which
        :meth:`load_many` loads all.

        >>> import tempfile, os
        >>> path = os.path.join(tempfile.mkdtemp(), "case.mska")
        >>> first, second = np.zeros((2, 4, 5, 6), dtype=bool)
        >>> first[1, 2, :4] = second[1, 2, 3:] = True
        >>> with open(path, "w") as archive:
        ...     archive.add("first", first)
        ...     archive.add("second", second)
        ...     archive.groups["both"] = "first & second"
        >>> with open(path) as archive:
        ...     print(archive.load("first - second").sum(), archive.load("both").sum())
        3 1
        """
        entry, label, _ = self._source().select_one(selection)
        return self._load(selection, entry, label)

    def _load(self, text: str, entry: Optional[str], label: Optional[int]) -> npt.NDArray[Any]:
        source = self._source()
        array: npt.NDArray[Any] = source.compute(text) if entry is None else source.load(entry, label, None)
        return array

    def load_many(
        self, names: Union[str, Iterable[str], None] = None, threads: Optional[int] = None
    ) -> Dict[str, npt.NDArray[Any]]:
        """The voxels of all masks that names, patterns, expressions or groups choose, by name, loaded in threads; without names all
        entries."""
        texts = texts_of(names)
        if names is not None and not texts:
            return {}
        chosen = self._source().select(texts)
        stored = [(entry, label) for entry, label, _ in chosen if entry is not None]
        arrays = iter(self._source().load_all(stored, threads))
        return {name: self._source().compute(name) if entry is None else next(arrays) for entry, _, name in chosen}

    def load_into(self, selection: str, array: npt.NDArray[Any]) -> None:
        """Fills ``array``, of the archive's shape and a type that holds the labels. Many masks one after the other load faster so."""
        entry, label, _ = self._source().select_one(selection)
        if not isinstance(array, np.ndarray):
            raise DtypeError("load_into fills an array of numpy")
        if not array.flags.writeable:
            raise DtypeError("the array cannot be written to")
        if tuple(array.shape) != self.shape:
            raise SpaceMismatchError(f"the array has shape {array.shape}, and the archive {self.shape}")
        if self._writer is not None or entry is None:
            loaded = self._load(selection, entry, label)
            if not np.can_cast(loaded.dtype, array.dtype, "safe"):
                raise DtypeError(f"an array of {array.dtype} cannot hold voxels of {loaded.dtype}")
            array[...] = loaded
            return
        self._source().load_into(entry, label, None, array)

    # Queries

    def runs(self, selection: str) -> Runs:
        """The mask that a text chooses, as :meth:`load` takes it, in its sparse form: an entry with its own labels, all else as label 1."""
        data, labels = self._source().runs(selection)
        return Runs(data, self._known_parts(), dict(labels))

    def _runs_of(self, entry: str, label: Optional[Tuple[str, int]]) -> Runs:
        data, labels = self._source().runs(entry)
        runs = Runs(data, self._known_parts(), dict(labels))
        return runs if label is None else runs.label(label[1])

    def overlap(self, names: Union[str, Iterable[str], None] = None) -> List[Dict[str, Any]]:
        """A record for each pair of structures that share voxels: ``first``, ``second``, ``voxels``, ``volume_ml``, ``share_of_first``,
        ``share_of_second``. An entry stands for each of its labels; without names all entries do. For ``pandas.DataFrame``.

        Boxes that do not meet rule pairs out, and only what can overlap is decoded, once.
        """
        keys = ("first", "second", "voxels", "volume_ml", "share_of_first", "share_of_second")
        return [dict(zip(keys, pair)) for pair in self._source().overlap(texts_of(names))]

    def overlap_within(
        self,
        within: Union[str, Iterable[str]],
        of: Union[str, Iterable[str]],
        components: bool = False,
        connectivity: int = 26,
    ) -> List[Dict[str, Any]]:
        """A record for each structure of ``within`` and each of ``of`` that it shares voxels with: which lobe holds a lesion. What lies in
        none of them has a record where ``of`` is None. With ``components`` each connected component (6, 18 or 26 neighbours) stands for
        itself, the largest first.

        Keys: ``name``, ``component``, ``voxels``, ``volume_ml``, ``centroid_lps_x_mm`` (and y, z), ``of``, ``shared_voxels``,
        ``shared_volume_ml``, ``share`` (of the structure or component, from 0 to 1).
        """
        pieces = self._source().within(texts_of(within), texts_of(of), connectivity if components else None)
        return [record for piece in pieces for record in records_of_piece(piece)]

    def diff(
        self,
        other: Union[Archive, AnyPath],
        names: Union[str, Iterable[str], None] = None,
        *,
        surface_tolerances_mm: Iterable[float] = (),
        components: bool = False,
        match: str = "iou:0.5",
        min_voxels: int = 1,
        change: float = 0.3,
        connectivity: int = 26,
        resample: Optional[str] = None,
        tolerance_mm: float = 0.1,
        ignore: Union[str, Iterable[str]] = (),
    ) -> List[Dict[str, Any]]:
        """How ``other`` agrees with this archive, the reference: a record for each structure, for ``pandas.DataFrame``. ``other`` is an
        archive, or the path of one, of a folder of mask files or of a mask file; both are open for reading.

        Keys: ``name``; ``status`` (``compared``, ``only_in_first``, ``only_in_second``, of which the last two have no more keys);
        ``first_voxels``, ``second_voxels``, ``tp``, ``fp``, ``fn``; ``dice``, ``iou``; ``volume_difference_ml`` (second less first) and
        ``volume_difference_relative``; between surfaces, which are the voxels with a 6-neighbour outside, ``hd_mm``, ``hd95_mm`` (the larger
        directed 95th percentile), ``hd95_pooled_mm``, ``assd_mm`` (pooled mean), ``masd_mm`` (mean of the directed means) and
        ``nsd_1_mm`` for each of ``surface_tolerances_mm``; ``one_empty``, ``both_empty``. What is not defined is None.

        ``components`` matches connected components (6, 18 or 26 neighbours) one to one, the largest IoU first: ``match`` is ``iou:0.5``,
        ``any`` or ``voxels:3``, smaller ones than ``min_voxels`` are left out. Keys: ``components_tp``, ``components_fp``, ``components_fn``,
        ``f1``, ``sq``, ``pq``, ``component_rule``, and ``components``, a list with a record for each. But for IoU each has a ``change``: new,
        gone, merged, split, larger, smaller or stable, by the part ``change`` of its volume.

        Spaces may differ by ``tolerance_mm``; else ``resample`` (``"nearest"`` or ``"linear"``) brings the other masks onto this grid.
        ``ignore`` leaves out structures by name or pattern.
        """
        asked = asked_for(
            surface_tolerances_mm, components, match, min_voxels, change, connectivity, resample, tolerance_mm, ignore
        )
        second = other._opened() if isinstance(other, Archive) else os.fspath(other)
        return records_of_comparison(json.loads(self._opened().diff(second, texts_of(names), asked)))

    def picture(
        self,
        *selections: str,
        image: Any = None,
        plane: str = "axial",
        slices: int = 9,
        at: Optional[Sequence[float]] = None,
        project: Optional[str] = None,
        window: Optional[Tuple[float, float]] = None,
        contour: bool = False,
        fill: Optional[bool] = None,
        opacity: float = 0.5,
        neurological: bool = False,
        legend: bool = True,
        size: int = 320,
        ax: Any = None,
    ) -> Any:
        """A picture of the masks that names, patterns and expressions choose, of all without them: a PNG file as bytes, or the axis ``ax`` of
        matplotlib, on which it is drawn.

        A montage shows ``slices`` of them at most, across ``plane`` (``"axial"``, ``"coronal"``, ``"sagittal"``); ``at`` (x, y, z; LPS, mm) the
        three planes through a point, and ``project`` (``"front"``, ``"side"``, ``"top"``) all from one side. The patient's left is on the right,
        with ``neurological`` on the left.

        ``image`` lies under the masks: the path of a NIfTI file, which is interpolated where its grid is another one, or an array on the grid
        of the archive. ``window`` is the value half-way from black to white and how many lie between; without one (40, 400) where a value is
        below -500, as in a CT, and else from the 1st to the 99th percentile of what is shown.

        ``contour`` draws outlines, without filling unless ``fill`` says so; ``opacity`` is how much masks hide. ``size``: pixels of the longest
        side of a slice. A structure has its own colour, else that which TotalSegmentator gives its name, else one made from it.
        """
        drawing = _pictures.asked_for(
            plane, slices, at, project, window, contour, fill, opacity, neurological, legend, size
        )
        png = self._opened().picture(texts_of(selections), _pictures.under(image), drawing)
        return png if ax is None else _pictures.on_axis(png, ax)

    def view(
        self,
        *selections: str,
        image: Optional[AnyPath] = None,
        neurological: bool = False,
        height: int = 600,
    ) -> View:
        """The archive in slices and 3-D, for a notebook: structures are switched on and off by name, and those that names, patterns and expressions
        choose are on at first, or all where there are few. ``image`` is the path of a NIfTI file, which is shown under the masks.

        A page of ``height`` pixels with the archive inside; a picture stays in the output beside it. ``view(…).save(path)`` writes the page.
        """
        path = None if image is None else os.fspath(image)
        html, png = self._opened().page(texts_of(selections), path, neurological)
        return View(html, png, os.path.basename(self.path), height)

    def _opened(self) -> Reader:
        """The file that is open for reading."""
        if self._closed:
            raise ClosedError("the archive is closed")
        if self._reader is None:
            raise UnsupportedError(f"{self.path} is being written; close it, and open it to read")
        return self._reader

    def distance(self, first: str, second: str, within: Iterable[float] = ()) -> Dict[str, Any]:
        """How far the masks that two texts choose lie apart, as :meth:`Runs.distance`; also ``first``, ``second``, and the centres of the
        nearest voxels in the world, ``first_lps_mm`` and ``second_lps_mm`` (x, y, z)."""
        record = self.runs(first).distance(self.runs(second), within)
        names = {"first": first, "second": second}
        worlds = {f"{side}_lps_mm": self._lps_of(record[f"{side}_voxel"]) for side in names}
        return {**names, **record, **worlds}

    def _lps_of(self, voxel: Optional[Tuple[int, int, int]]) -> Optional[Tuple[float, float, float]]:
        """The centre of a voxel (z, y, x) in the world (x, y, z; LPS+, mm)."""
        if voxel is None:
            return None
        z, y, x = voxel
        right, front, top, _ = self.affine @ (x, y, z, 1)
        return (-float(right), -float(front), float(top))

    def at(self, points: Any, coordinates: str = "lps") -> Any:
        """What is at a point: ``{"lps_mm", "voxel", "inside", "names"}``; of several points (an array of n x 3) a list of these.

        ``coordinates``: ``"lps"`` or ``"ras"`` for (x, y, z) in mm, ``"voxel"`` for (z, y, x), where whole numbers are the centres of voxels.
        Outside the volume ``voxel`` is None and ``names`` is empty. One slab of each mask whose box holds the point is decoded.
        """
        array = np.asarray(points, dtype=np.float64)
        if array.ndim not in (1, 2) or array.shape[-1] != 3:
            raise UnsupportedError(f"a point has three coordinates, and this array has shape {array.shape}")
        found = self._source().at(array.reshape(-1, 3).tolist(), coordinates)
        records = [
            {"lps_mm": tuple(lps), "voxel": voxel and tuple(voxel), "inside": voxel is not None, "names": names}
            for lps, voxel, names in found
        ]
        return records[0] if array.ndim == 1 else records

    # Changes

    def add(
        self,
        name: str,
        array: Any,
        labels: Optional[Mapping[str, int]] = None,
        *,
        metadata: Optional[Mapping[str, Any]] = None,
        codec: Optional[str] = None,
        unnamed: str = "refuse",
    ) -> None:
        """Adds a mask.

        ``array``: (z, y, x), of bool or whole numbers from 0 on; or a :class:`SegmentationMask` or :class:`Entry`, which bring names and a
        space. ``labels``: names and numbers; without them one label is named as the entry. Labels in the voxels that have no name are an
        error, unless ``unnamed`` is ``"name"`` (``label_7`` is made for 7) or ``"keep"``. ``codec``: ``"default"``, ``"smallest"``, ``"fastest"``, ...
        """
        if unnamed not in ("refuse", "name", "keep"):
            raise UnsupportedError(f"unnamed={unnamed!r} is none of 'refuse', 'name' and 'keep'")
        checked_name(name)
        space, own = space_and_labels(array)
        pairs = named(labels.items()) if labels is not None else own
        voxels, is_bool = stored(array.data if isinstance(array, SegmentationMask) else array)
        with self._starting:
            if self._is_empty():
                self._check_writable()
                self._parts = space or plain_parts(voxels.shape)
                self._create()
        writer = self._writing(pairs, codec, metadata)
        text = None if metadata is None else json_of(metadata)
        if writer is not None:
            writer.add(name, voxels, is_bool, pairs, space, codec, unnamed, text)
            return
        place = space or self._known_parts()
        write_version1(self.path, name, voxels, is_bool, pairs or [(name, 1)], place, False, self._tolerance_mm)
        self._reader = Reader(self.path, self._mmap)

    def __delitem__(self, name: str) -> None:
        """Takes an entry away; KeyError where there is none."""
        self._changing().remove(name)

    def rename(self, old: str, new: str) -> None:
        """Gives an entry another name, under which it comes last. Its voxels are not written again."""
        self._changing().rename(old, checked_name(new))

    def commit(self) -> None:
        """Makes what was added and taken away part of the file, all of it or nothing. A new file is committed when it is closed."""
        self._changing().commit()

    def _check_writable(self) -> None:
        if self._closed:
            raise ClosedError("the archive is closed")
        if self.mode == "r":
            raise ReadOnlyError('the archive is open for reading; medmask.open(path, "a") changes it')

    def _writing(self, *others: Any) -> Any:
        """The writer; None for a file of version 1, which is written mask by mask."""
        self._check_writable()
        if self._writer is None and self._reader is not None:
            if not others or any(other is not None for other in others[1:]):
                raise UnsupportedError("files of version 1 have no metadata and one codec; convert the file first")
            return None
        return self._writer

    def _changing(self) -> Writer:
        self._check_writable()
        if self._writer is None:
            if self._reader is not None:
                raise UnsupportedError("of files of version 1 nothing can be taken away; convert the file first")
            raise MedmaskError("the archive has no masks yet")
        return self._writer

    # Its end

    def close(self) -> None:
        """Commits what was changed, and gives the file back: it can then be replaced and deleted. Arrays that were loaded live on."""
        writer, reader = self._writer, self._reader
        self._writer = self._reader = None
        was_closed, self._closed = self._closed, True
        if reader is not None:
            reader.close()
        if writer is not None:
            writer.finish()
        elif reader is None and not was_closed:
            raise MedmaskError(f"{self.path} was not written: no mask was added, and no space given")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: Any, *exception: object) -> None:
        if kind is not None:
            # Half of the masks are no archive: what was there stays as it was.
            if self._writer is not None:
                self._writer.discard()
            self._writer, self._closed = None, True
            if self._reader is not None:
                self._reader.close()
            self._reader = None
        elif not self._closed:
            self.close()

    def __del__(self) -> None:
        if getattr(self, "_writer", None) is not None:
            warnings.warn(f"{self.path} was not closed: what was added since the last commit is lost", ResourceWarning, 2)

    def __reduce__(self) -> Any:
        if self.mode != "r":
            raise TypeError("an archive that is being written cannot be pickled")
        return open, (self.path, "r", None, self._mmap)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{len(self)} masks"
        return f"<medmask.Archive {self.path!r}, mode {self.mode!r}: {state}>"

    def _repr_html_(self) -> str:
        return f"<p>{_html.text(repr(self))}</p>" if self._closed else _html.table(self)

    def _repr_png_(self) -> Optional[bytes]:
        return None if self._closed else _pictures.of_notebook(self)
