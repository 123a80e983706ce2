"""The version of the package."""

__version__ = version = "0.2.0"
__version_tuple__ = version_tuple = (0, 2, 0)
