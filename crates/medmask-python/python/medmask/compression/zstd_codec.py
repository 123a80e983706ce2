"""Voxels behind Zstandard, as files of version 1 have them."""

from __future__ import annotations

from typing import Any, Optional, TYPE_CHECKING

from .._medmask import decode_blob, encode_blob
from .._voxels import stored

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["ZstdMaskCodec", "encode_mask_bytes", "decode_mask_bytes"]


def encode_mask_bytes(arr: npt.NDArray[Any], *, level: Optional[int] = None) -> bytes:
    """The voxels of an array with three axes, of bool or unsigned integers, as bytes; ``level`` is 1 to 22."""
    return encode_blob(*stored(arr), level)


def decode_mask_bytes(blob: bytes) -> npt.NDArray[Any]:
    """The voxels that :func:`encode_mask_bytes` made bytes of. ValueError where they are damaged."""
    return decode_blob(blob)


class ZstdMaskCodec:
    """Zstandard; the codec of version 1."""

    id = 0
    name = "zstd"

    def encode(self, arr: npt.NDArray[Any], /, *, level: Optional[int] = None) -> bytes:
        """As :func:`encode_mask_bytes`."""
        return encode_mask_bytes(arr, level=level)

    def decode(self, blob: bytes) -> npt.NDArray[Any]:
        """As :func:`decode_mask_bytes`."""
        return decode_mask_bytes(blob)

    def __repr__(self) -> str:
        return f"<ZstdMaskCodec id={self.id} name={self.name!r}>"
