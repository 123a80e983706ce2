"""The version of the package, which is that of the command and of the Rust crates."""

from ._medmask import VERSION

__version__ = version = VERSION
__version_tuple__ = version_tuple = tuple(map(int, VERSION.split("-")[0].split(".")))
