"""The groups of an archive: expressions that it keeps under a name."""

from __future__ import annotations

from collections.abc import MutableMapping as _MutableMapping
from typing import TYPE_CHECKING, Dict, Iterator

from .errors import NameNotFoundError

if TYPE_CHECKING:
    from ._archive import Archive

#: The key of an archive's metadata under which its groups are.
GROUPS_KEY = "medmask_groups"


class Groups(_MutableMapping):  # type: ignore[type-arg]
    """Names and expressions, as :attr:`Archive.groups` gives them.

    Setting one raises ValueError for a name that an entry or label has, and for an expression that cannot be read or needs the group itself;
    KeyError for one that names what the archive has not.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def _known(self) -> Dict[str, str]:
        return {} if self._archive._is_empty() else dict(self._archive._source().groups())

    def __getitem__(self, name: str) -> str:
        known = self._known()
        if name not in known:
            raise NameNotFoundError(f"there is no group {name!r}")
        return known[name]

    def __setitem__(self, name: str, expression: str) -> None:
        self._archive._changing().set_group(name, expression)

    def __delitem__(self, name: str) -> None:
        self._archive._changing().remove_group(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def __repr__(self) -> str:
        return f"<medmask.Groups {self._known()!r}>"
