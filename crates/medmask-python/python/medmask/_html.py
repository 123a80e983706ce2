"""Archives as tables for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._archive import Archive

#: Rows that a table shows at most.
MOST = 200


def text(plain: str) -> str:
    """A text within HTML."""
    # Imported where it is needed: it has all names of characters, which take time to load.
    from html import escape

    return escape(plain)


def table(archive: Archive) -> str:
    """One row for each entry."""
    head = "".join(f"<th>{title}</th>" for title in ("name", "labels", "voxels", "mL", "type", "bytes"))
    names = list(archive)
    rows = []
    for name in names[:MOST]:
        entry = archive[name]
        # Counting the voxels of version 1 would decode all of them.
        known = entry._info[3] is not None
        voxels = f"{entry.voxels:,}" if known else ""
        volume = f"{entry.volume_ml:,.2f}" if known else ""
        cells = (text(name), f"{len(entry.labels)}", voxels, volume, str(entry._info[0] or ""), f"{entry.stored_bytes:,}")
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    left_out = f"<p>and {len(names) - MOST} more</p>" if len(names) > MOST else ""
    return f"<p>{text(repr(archive))}</p><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{left_out}"
