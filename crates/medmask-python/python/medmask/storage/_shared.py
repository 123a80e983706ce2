"""What files of one mask and archives have in common."""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Dict, Optional, Tuple, TYPE_CHECKING

from .._medmask import Reader, check_codec
from .._space import space_of
from ..core.mapping import LabelMapping
from ..core.segmask import SegmentationMask
from ..errors import (
    DamagedFileError,
    LockedError,
    MissingFileError,
    SystemError_,
    UnknownCodecError,
    UnsupportedError,
)

if TYPE_CHECKING:
    import numpy.typing as npt

#: How long to wait for another process that adds to the same archive, in seconds.
PATIENCE = 30.0


def codec_name(codec: Any, version: int) -> Optional[str]:
    """The codec as the Rust module takes it: None for the default. Codecs of ``medmask.compression`` stand for their names."""
    if version not in (1, 2):
        raise UnsupportedError(f"version {version} of the format is not known; there are 1 and 2")
    if codec is None:
        return None
    name = str(getattr(codec, "name", codec)).lower()
    if version == 1 and name != "zstd":
        raise UnknownCodecError(f"Unknown codec {name!r} for version 1. Available: ['zstd']")
    check_codec(name)
    return name


class Opened:
    """An open file, and its space once somebody asks for it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._space: Any = None

    @property
    def space(self) -> Any:
        if self._space is None:
            self._space = space_of(self.reader.space)
        return self._space


#: The files that were asked last, which are not opened again as long as they are as they were. Few, since a program may have thousands
#: of handles; none on Windows, where an open file stands in the way of others.
_LAST: Dict[Tuple[str, int, int, int, int], Reader] = {}
_MOST = 0 if os.name == "nt" else 4


def opened(path: str) -> Reader:
    """The file as it is now."""
    try:
        state = os.stat(path)
    except OSError as error:
        raise _missing(error, path) from None
    key = (path, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
    reader = _LAST.get(key)
    if reader is None:
        reader = Reader(path, False)
        _check_magic(path)
        for known in list(_LAST)[: max(0, len(_LAST) + 1 - _MOST)]:
            _LAST.pop(known, None)
        if _MOST:
            _LAST[key] = reader
    return reader


def _check_magic(path: str) -> None:
    """Refuses a file without the first bytes of one, as medmask 0.1 does. ``medmask.open`` reads it, since they stand in another place, too."""
    with open(path, "rb") as file:
        magic = file.read(4)
    if magic not in (b"MSK1", b"MSKA"):
        raise DamagedFileError(f"{path}: Invalid magic number: {magic!r}")


def _missing(error: OSError, path: str) -> OSError:
    if isinstance(error, FileNotFoundError):
        return MissingFileError(error.errno, error.strerror, path)
    return SystemError_(error.errno, error.strerror, path)


def mask_of(reader: Reader, name: str, owner: Any, loaded: Optional[npt.NDArray[Any]] = None) -> SegmentationMask:
    """The mask ``name`` of an open file, on the space of ``owner``. Integers cannot be written to, as medmask 0.1 has it."""
    pairs = reader.mapping(name)
    if pairs is None:
        pairs = [(known, label) for known, label, _ in reader.info(name)[4] if known is not None]
    array = reader.load(name, None, None) if loaded is None else loaded
    if array.dtype != bool:
        array.flags.writeable = False
    return SegmentationMask._loaded(array, LabelMapping(dict(pairs)), owner)


def header_of(reader: Reader) -> Dict[str, Any]:
    """Where the parts of a file stand, under the keys that medmask 0.1 has. Of version 2 only the voxels have a place of their own."""
    blobs = [reader.blob(name) for name in reader.names()]
    places = {blob for blob in blobs if blob is not None}
    total = reader.file_bytes
    start = min((offset for offset, _ in places), default=total)
    length = sum(length for _, length in places)
    return {
        "version": tuple(int(number) for number in reader.version.split(".")),
        "space_offset": 0,
        "space_length": 0,
        "index_offset": 0,
        "index_length": total - length,
        "data_offset": start,
        "data_length": length,
        "mask_count": len(blobs),
    }


def patiently(write: Callable[[], None]) -> None:
    """Writes, and waits where another process is writing the same file: adding to an archive takes it some milliseconds."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return write()
        except LockedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.005)
