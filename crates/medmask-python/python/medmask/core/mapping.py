"""Names of labels."""

from __future__ import annotations

import json
from typing import Any, Dict, ItemsView, Iterator, Optional

from ..errors import InvalidLabelError

__all__ = ["LabelMapping"]


class LabelMapping:
    """Name to label and back; both are unique, and the order of insertion is kept.

    Labels are asked for as ``mapping["liver"]``, ``mapping.liver`` or ``mapping("liver")``. A dict that is given and not empty is
    shared with the caller.

    >>> mapping = LabelMapping({"liver": 5})
    >>> mapping["spleen"] = 1
    >>> mapping.spleen, mapping.inverse(5), mapping.has_label(7)
    (1, 'liver', False)
    >>> mapping
    {'liver': 5, 'spleen': 1}
    """

    _name_to_label: Dict[str, int]
    _label_to_name: Dict[int, str]

    def __init__(self, name_to_label: Optional[Dict[str, int]] = None) -> None:
        object.__setattr__(self, "_name_to_label", name_to_label or {})
        object.__setattr__(self, "_label_to_name", {label: name for name, label in self._name_to_label.items()})

    def __getitem__(self, name: str) -> int:
        """The label of ``name``; KeyError where there is none."""
        return self._name_to_label[name]

    def __setitem__(self, name: str, label: int) -> None:
        """Gives ``label`` the name; a name that is known moves. ValueError where the label has another name."""
        if self._label_to_name.get(label, name) != name:
            raise InvalidLabelError(f"Label {label} already exists")
        before = self._name_to_label.get(name)
        if before is not None and before != label:
            self._label_to_name.pop(before, None)
        self._name_to_label[name] = label
        self._label_to_name[label] = name

    def __getattr__(self, name: str) -> int:
        # Copying and pickling ask for attributes before there are any.
        if not name.startswith("__") and name in self.__dict__.get("_name_to_label", {}):
            return self._name_to_label[name]
        raise AttributeError(name)

    def __call__(self, name: str) -> int:
        """The label of ``name``; KeyError where there is none."""
        return self._name_to_label[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._name_to_label)

    def __contains__(self, name: object) -> bool:
        return name in self._name_to_label

    def __len__(self) -> int:
        return len(self._name_to_label)

    def __repr__(self) -> str:
        return repr(self._name_to_label)

    def inverse(self, label: int) -> str:
        """The name of ``label``; KeyError where it has none."""
        return self._label_to_name[label]

    def has_label(self, label: int) -> bool:
        """Whether ``label`` has a name."""
        return label in self._label_to_name

    def items(self) -> ItemsView[str, int]:
        """Names with labels, in the order of insertion."""
        return self._name_to_label.items()

    def to_json(self) -> str:
        """``{"name": label}``."""
        return json.dumps({name: int(label) for name, label in self._name_to_label.items()})

    @classmethod
    def from_json(cls, text: str) -> LabelMapping:
        """What :meth:`to_json` wrote."""
        return cls(json.loads(text))

    def __getstate__(self) -> Dict[str, Any]:
        return dict(self.__dict__)

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self.__dict__.update(state)
