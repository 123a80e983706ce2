"""Archives of masks, ``.mska``, as medmask 0.1 offers them."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from .._medmask import Reader, Writer, write_version1
from .._space import SpaceParts, parts_of, space_of
from .._voxels import checked_name, named, stored
from ..core.segmask import SegmentationMask
from ..errors import InvalidFileError, NameNotFoundError, NameTakenError, UnsupportedError
from ._shared import codec_name, header_of, mask_of, opened, patiently

__all__ = ["MaskArchive"]


class MaskArchive:
    """An archive of masks that lie in one space, by name.

    Holds no open file: each call opens it and sees what others added meanwhile, and each :meth:`add_segmask` is whole on the disk when
    it returns. ``medmask.open`` gives a faster handle with more to ask.

    ``mode``: ``r`` needs a file; ``a`` starts one where there is none; ``w`` starts one with the first mask, in place of a file that is
    there. An archive of version 1 stays one; ``version=1`` starts one. ``space`` counts where the file has none yet; else the first
    mask gives it. Other masks may lie ``tolerance_mm`` off.
    """

    def __init__(
        self,
        path: Union[str, os.PathLike[str]],
        mode: str = "r",
        *,
        space: Any = None,
        codec: Any = None,
        version: int = 2,
        tolerance_mm: float = 0.1,
    ) -> None:
        if mode not in ("r", "w", "a"):
            raise UnsupportedError(f"unsupported mode: {mode}")
        self.path = os.fspath(path)
        self.mode = mode
        self.codec = codec_name(codec, version)
        self.tolerance_mm = tolerance_mm
        self._version = version
        self._space = space
        self._parts: Optional[SpaceParts] = None
        # In mode "w" what is there counts for nothing until the first mask replaces it.
        self._is_new = mode == "w" or (mode == "a" and not os.path.exists(self.path))
        if not self._is_new:
            self._take_from(self._open())

    def _take_from(self, reader: Reader) -> None:
        self._version = 1 if reader.version == "1.0" else 2
        self._parts, self._space = reader.space, None

    def _open(self) -> Reader:
        reader = opened(self.path)
        if reader.is_single:
            raise InvalidFileError(f"{self.path}: invalid magic: a file of one mask, which MaskFile opens")
        return reader

    @property
    def space(self) -> Any:
        """The space that all masks share; None before the first mask."""
        if self._space is None and self._parts is not None:
            self._space = space_of(self._parts)
        return self._space

    @space.setter
    def space(self, space: Any) -> None:
        self._space = space

    @property
    def header(self) -> Dict[str, Any]:
        """Where the parts of the file stand."""
        return self._read_header()

    def _read_header(self) -> Dict[str, Any]:
        if self._is_new:
            keys = ("space", "index", "data")
            zeros = {f"{key}_{what}": 0 for key in keys for what in ("offset", "length")}
            return {"version": (self._version, 0), **zeros, "mask_count": 0}
        return header_of(self._open())

    def _read_index(self) -> List[Dict[str, Any]]:
        if self._is_new:
            return []
        reader = self._open()
        start = header_of(reader)["data_offset"]
        index = []
        for name in reader.names():
            offset, length = reader.blob(name) or (start, 0)
            mapping = _mapping(reader, name)
            index.append({"name": name, "offset": offset, "length": length, "mapping": mapping})
        return index

    def add_segmask(self, segmask: SegmentationMask, name: str) -> None:
        """Adds a mask. ValueError where the name is taken, AssertionError where the mask lies in another space."""
        checked_name(name)
        array, is_bool = stored(segmask.data)
        labels, space = named(segmask.mapping.items()), parts_of(segmask.space)
        archive_space = self._space if self._space is not None else segmask.space
        try:
            patiently(lambda: self._write(name, array, is_bool, labels, space, parts_of(archive_space)))
        except NameTakenError as error:
            raise NameTakenError(f"Mask {name} already exists") from error
        self._is_new = False
        if self._parts is None:
            self._parts, self._space = parts_of(archive_space), archive_space

    def _write(
        self,
        name: str,
        array: Any,
        is_bool: bool,
        labels: List[Tuple[str, int]],
        space: SpaceParts,
        archive_space: SpaceParts,
    ) -> None:
        if self._version == 1:
            if self._is_new:
                # Checked before, since the archive takes the space of what it starts with.
                Writer.check(archive_space, space, name, self.tolerance_mm)
            write_version1(self.path, name, array, is_bool, labels, space, self._is_new, self.tolerance_mm)
            return
        if self._is_new:
            writer = Writer.create(self.path, archive_space, False, True, self.tolerance_mm, False)
        else:
            # Each mask is a commit of its own, and what it leaves dead must not make a small archive larger than its masks.
            writer = Writer.open(self.path, self.tolerance_mm, False, True)
        writer.add(name, array, is_bool, labels, space, self.codec, "keep", None)
        writer.finish()

    def load_segmask(self, name: str) -> SegmentationMask:
        """The mask ``name``; ValueError where there is none."""
        if self._is_new:
            raise NameNotFoundError(f"Mask {name} not found")
        reader = self._open()
        try:
            return mask_of(reader, name, self)
        except NameNotFoundError as error:
            raise NameNotFoundError(f"Mask {name} not found: {error}") from error

    def all_names(self) -> List[str]:
        """The names, in the order in which masks were added."""
        return [] if self._is_new else self._open().names()

    def read_all_mapping(self) -> Dict[str, Dict[str, int]]:
        """For each mask the names of its labels."""
        if self._is_new:
            return {}
        reader = self._open()
        return {name: _mapping(reader, name) for name in reader.names()}

    def read_all_masks(self) -> Dict[str, SegmentationMask]:
        """All masks by name."""
        if self._is_new:
            return {}
        reader = self._open()
        names = reader.names()
        arrays = reader.load_all([(name, None) for name in names], None)
        return {name: mask_of(reader, name, self, array) for name, array in zip(names, arrays)}

    def close(self) -> None:
        """Does nothing: there is no open file."""

    def __enter__(self) -> MaskArchive:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.all_names())

    def __iter__(self) -> Iterator[str]:
        return iter(self.all_names())

    def __contains__(self, name: object) -> bool:
        return name in self.all_names()


def _mapping(reader: Reader, name: str) -> Dict[str, int]:
    pairs = reader.mapping(name)
    if pairs is None:
        pairs = [(known, label) for known, label, _ in reader.info(name)[4] if known is not None]
    return dict(pairs)
