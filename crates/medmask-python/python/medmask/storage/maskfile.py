"""Files of one mask, ``.msk``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Optional, Union

from .._medmask import Reader, Writer, write_version1
from .._space import parts_of
from .._voxels import named, stored
from ..errors import InvalidFileError, MissingFileError, ReadOnlyError, UnsupportedError
from ._shared import Opened, codec_name, header_of, mask_of, opened, patiently

if TYPE_CHECKING:
    from ..core.segmask import SegmentationMask

__all__ = ["MaskFile", "save_mask", "load_mask"]

AnyPath = Union[str, "os.PathLike[str]"]


class MaskFile:
    """A file of one mask. Holds no open file: each call opens it and closes it.

    ``mode``: ``r`` reads; ``w`` and ``a`` write, in place of a file that is there, once :meth:`write` is called. A file of version 1
    that is opened with ``a`` stays one; ``version=1`` writes one.
    """

    def __init__(self, path: AnyPath, mode: str = "r", *, codec: Any = None, version: int = 2) -> None:
        self.path = os.fspath(path)
        self.mode = mode
        self.codec = codec_name(codec, version)
        if mode not in ("r", "w", "a"):
            raise UnsupportedError(f"unsupported mode: {mode}")
        if mode == "r" and not os.path.exists(self.path):
            raise MissingFileError(2, "No such file or directory", self.path)
        if mode == "a" and os.path.exists(self.path):
            version = 1 if _open(self.path).version == "1.0" else 2
        self._version = version

    @property
    def header(self) -> Dict[str, Any]:
        """Where the parts of the file stand."""
        return self._read_header()

    def _read_header(self) -> Dict[str, Any]:
        return header_of(_open(self.path))

    def read(self) -> SegmentationMask:
        """The mask; ValueError where the file is none of one mask or is damaged."""
        reader = _open(self.path)
        (name,) = reader.names()
        return mask_of(reader, name, Opened(reader))

    def write(self, segmask: SegmentationMask) -> None:
        """Writes the mask. The file appears whole or not at all."""
        if self.mode == "r":
            raise ReadOnlyError("file opened read-only")
        array, is_bool = stored(segmask.data)
        labels, space = named(segmask.mapping.items()), parts_of(segmask.space)

        def write() -> None:
            if self._version == 1:
                write_version1(self.path, None, array, is_bool, labels, space, True, 0.0)
                return
            writer = Writer.create(self.path, space, True, True, 0.1, False)
            writer.add(_name_of(self.path), array, is_bool, labels, None, self.codec, "keep", None)
            writer.finish()

        patiently(write)

    def __enter__(self) -> MaskFile:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def _open(path: str) -> Reader:
    reader = opened(path)
    if not reader.is_single:
        raise InvalidFileError(f"{path}: Invalid magic number: an archive of masks, which MaskArchive opens")
    return reader


def _name_of(path: str) -> str:
    """The name of the entry: that of the file, where it can be one."""
    stem = os.path.splitext(os.path.basename(path))[0]
    return stem if stem and stem.isprintable() and stem.isascii() else "mask"


def save_mask(segmask: SegmentationMask, path: AnyPath, *, codec: Any = None, version: int = 2) -> None:
    """Writes a mask as a ``.msk`` file, in place of one that is there. ``version=1`` writes what medmask 0.1 reads."""
    MaskFile(path, "w", codec=codec, version=version).write(segmask)


def load_mask(path: AnyPath, *, codec: Optional[Any] = None) -> SegmentationMask:
    """Reads a ``.msk`` file of either version. The file says its codec itself."""
    return MaskFile(path, "r", codec=codec).read()
