"""What can go wrong. Every exception is a :class:`MedmaskError`, and also the built-in one that fits.

Programs that were written for medmask 0.1 catch the built-in ones: ``ValueError``, ``KeyError``, ``AssertionError``,
``FileNotFoundError``.
"""

from __future__ import annotations

__all__ = [
    "ClosedError",
    "DamageWarning",
    "DamagedFileError",
    "DtypeError",
    "FolderError",
    "InvalidFileError",
    "InvalidLabelError",
    "InvalidMetadataError",
    "InvalidNameError",
    "InvalidSpaceError",
    "LockedError",
    "MedmaskError",
    "MissingFileError",
    "MissingPackageError",
    "NameNotFoundError",
    "NameTakenError",
    "NoMemoryError",
    "NoPermissionError",
    "OutputExistsError",
    "ReadOnlyError",
    "RegionError",
    "SelectionError",
    "SpaceMismatchError",
    "SystemError_",
    "UnknownCodecError",
    "UnsupportedError",
]


class MedmaskError(Exception):
    """The base of all."""


class InvalidFileError(MedmaskError, ValueError):
    """Not a medmask or mask file, or of a version or codec that is not known."""


class DamagedFileError(InvalidFileError):
    """A medmask file whose bytes contradict each other or their checksums."""


class DamageWarning(UserWarning):
    """A file that is damaged beside its entries, and was opened all the same: the message says what is damaged and which state counts."""


class NameNotFoundError(MedmaskError, KeyError, ValueError):
    """No entry or label has that name. The message suggests the nearest."""

    def __str__(self) -> str:
        # A KeyError would show its message in quotes.
        return Exception.__str__(self)


class SelectionError(MedmaskError, ValueError):
    """A text that does not choose one mask."""


class NameTakenError(MedmaskError, ValueError):
    """An entry has that name already."""


class InvalidNameError(MedmaskError, ValueError):
    """What cannot be a name: it is empty, no text, or holds control characters."""


class InvalidLabelError(MedmaskError, ValueError):
    """Labels and names that do not fit each other, or the voxels."""


class InvalidMetadataError(MedmaskError, ValueError):
    """Metadata that JSON cannot hold."""


class InvalidSpaceError(MedmaskError, ValueError):
    """Numbers that do not describe a voxel grid."""


class SpaceMismatchError(MedmaskError, AssertionError, ValueError):
    """A mask that does not lie where the archive lies, or has another shape than its space."""


class DtypeError(MedmaskError, TypeError, ValueError):
    """An array whose voxels are no labels, or that cannot hold those of an entry."""


class RegionError(MedmaskError, IndexError, ValueError):
    """A part of the volume that lies outside it."""


class UnknownCodecError(MedmaskError, ValueError):
    """A text that names no codec."""


class UnsupportedError(MedmaskError, ValueError):
    """What files of version 1 cannot do."""


class ClosedError(MedmaskError, ValueError):
    """An archive that was closed, or that another process writes."""


class NoMemoryError(MedmaskError, MemoryError):
    """Voxels that do not fit into memory."""


class MissingPackageError(MedmaskError, ImportError):
    """Another Python package is needed, which the message names."""


class SystemError_(MedmaskError, OSError):
    """The operating system could not do what was asked."""


class MissingFileError(MedmaskError, FileNotFoundError):
    """A file that is not there."""


class OutputExistsError(MedmaskError, FileExistsError):
    """A file that is there and may not be replaced."""


class NoPermissionError(MedmaskError, PermissionError):
    """A file that the user may not read or write."""


class FolderError(MedmaskError, IsADirectoryError):
    """A folder or a device where a file is needed."""


class ReadOnlyError(MedmaskError, OSError, ValueError):
    """An archive that is open for reading alone."""


class LockedError(MedmaskError, BlockingIOError):
    """An archive that another process is writing."""
