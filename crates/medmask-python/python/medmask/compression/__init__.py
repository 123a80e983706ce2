"""Codecs of files of version 1."""

from __future__ import annotations

from typing import Any, Optional, Protocol, runtime_checkable, TYPE_CHECKING

from ..errors import UnknownCodecError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MaskCodec", "get_codec"]


@runtime_checkable
class MaskCodec(Protocol):
    """What turns voxels into bytes and back."""

    id: int
    name: str

    def encode(self, arr: npt.NDArray[Any], /) -> bytes:
        """The voxels as bytes."""
        ...

    def decode(self, blob: bytes) -> npt.NDArray[Any]:
        """The voxels in ``blob``."""
        ...

from .zstd_codec import ZstdMaskCodec  # noqa: E402 (it has the protocol's shape)

_ZSTD = ZstdMaskCodec()


def get_codec(name: Optional[str] = None) -> MaskCodec:
    """The codec of that name; without one the only one there is. ValueError for others."""
    if name is None or name.lower() == _ZSTD.name:
        return _ZSTD
    raise UnknownCodecError(f"Unknown codec {name!r}. Available: ['zstd']")
