"""The page that shows an archive in a notebook, and saves itself."""

from __future__ import annotations

import os
from typing import Any, Dict, Optional, Union

from . import _html


class View:
    """An archive in slices and 3-D, structures switched on and off by name; :meth:`Archive.view` makes it.

    A notebook shows the page. A picture stays in its output beside it, for programs that show no page, and for the notebook once it is exported.
    """

    def __init__(self, html: str, png: Optional[bytes], name: str, height: int) -> None:
        self.html = html
        self.png = png
        self._name = name
        self._height = height

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes the page, which opens from disk in any browser. An existing file is replaced."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.html)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Dict[str, Any]:
        # In a frame of its own, since the page has styles and scripts that are none of the notebook's; without the rights of the notebook.
        frame = f'<iframe srcdoc="{_html.text(self.html)}" sandbox="allow-scripts" width="100%" height="{self._height}" style="border: 0"></iframe>'
        bundle: Dict[str, Any] = {"text/plain": repr(self), "text/html": frame}
        if self.png is not None:
            bundle["image/png"] = self.png
        return bundle

    def __repr__(self) -> str:
        return f"<medmask.View of {self._name!r}>"
