"""Reads medmask files of version 2.0: python read_medmask.py FILE...

Written from SPEC.md alone, to show that it is enough, and in its order: the comments name its sections. Prints one JSON object for
each file. Exits with 1 and one line that names section and offset where a file is damaged. Needs the package zstandard.

`medmask_bytes.py` has "Notation" and the codecs raw, lz4 and zstd, `medmask_runs.py`, `medmask_context.py`, `medmask_planes.py`, `medmask_tiles.py` and `medmask_transitions.py` the others;
`medmask_index.py` has "Index record" and "Index document".
"""

import hashlib
import json
import pathlib
import struct
import sys
import zlib

from medmask_bytes import PACKERS, Cursor, Damage, Refused, packed_by, unzstd
from medmask_context import decode_context
from medmask_index import DTYPES, columns_of, parse_entries, read_record
from medmask_planes import planes_of
from medmask_tiles import tiles_of
from medmask_runs import decode_runs
from medmask_transitions import decode_transitions

LAYERS = 1
WIDTHS = {"bool": 1, "uint8": 8, "uint16": 16, "uint32": 32}


# Front


def read_front(file):
    front = Cursor(file[:8], "front", 0)
    magic, major, _minor, length = front.unpack("4sBBH")
    if magic not in (b"MSKA", b"MSK1"):
        raise Refused("front at offset 0: not a medmask file")
    if major != 2:
        raise Refused(f"front at offset 4: version {major}")
    front.must(108 <= length <= min(258, len(file)), "its length")
    return magic, read_space(file[:8], file[104:length], 104)


def read_space(identity, data, at):
    space = Cursor(data[:-4], "front", at)
    space.must(zlib.crc32(data[:-4], zlib.crc32(identity)) == struct.unpack("<I", data[-4:])[0], "checksum does not match")
    shape = [space.varint() for _ in range(3)]
    numbers = []
    for _ in range(15):
        length = space.take(1)[0]
        space.must(length <= 8, "a number of more than 64 bits")
        numbers.append(struct.unpack(">d", space.take(length).ljust(8, b"\0"))[0])
    spacing, origin, direction = numbers[:3], numbers[3:6], [numbers[i : i + 3] for i in (6, 9, 12)]
    voxels = shape[0] * shape[1] * shape[2]
    space.must(1 <= min(shape) and max(shape) < 1 << 31 and voxels <= 1 << 40, "shape exceeds the limits")
    space.must(all(abs(number) < float("inf") for number in numbers) and min(spacing) > 0, "no possible geometry")
    for i, a in enumerate(direction):
        for j, b in enumerate(direction):
            space.must(abs(sum(p * q for p, q in zip(a, b)) - (i == j)) <= 0.01, "directions are not at right angles")
    return {"shape": shape, "spacing": spacing, "origin": origin, "direction": direction}


# Commit slots


def read_slot(file, number, at=8):
    """A commit slot, or None where it is not valid."""
    slot = Cursor(file[at + 48 * number : at + 48 + 48 * number], f"commit slot {number}", at + 48 * number)
    generation, offset, length, size, features, _writer, crc = slot.unpack("4Q3I")
    try:
        slot.must(slot.unpack("I")[0] == zlib.crc32(slot.data[:44]), "checksum does not match")
        slot.must(104 <= offset and offset + length <= size, "the index record lies outside")
    except Damage as error:
        if any(slot.data):
            print(f"warning: {error}", file=sys.stderr)
        return None
    return generation, offset, length, size, features, crc


# Opening


def read_trailer(file, at):
    """What a front says, by its copy at byte `at`."""
    magic, major, length = struct.unpack_from("<4sBxH", file, at) if 0 < at <= len(file) - 8 else (b"", 0, 0)
    end = at + length - 48
    if magic not in (b"MSKA", b"MSK1") or major != 2 or not 108 <= length <= 258 or end >= len(file) or file[end] != end + 1 - at:
        return None
    try:
        space = read_space(file[at : at + 8], file[at + 56 : end], at + 56)
    except Damage:
        return None
    slot = read_slot(file, 0, at + 8)
    return (magic, space, slot) if slot and slot[3] == end + 1 else None


def trailer_at_end(file):
    return read_trailer(file, len(file) - file[-1]) if len(file) > 104 else None


def lost_slot(file, front, slots):
    """The slot of a commit whose own slot is damaged, by its trailer."""
    damaged = any(slot is None and any(file[8 + 48 * n : 56 + 48 * n]) for n, slot in enumerate(slots))
    known = max(filter(None, slots), default=None)
    if not damaged and (known is None or len(file) <= known[3]):
        return None
    places = [len(file) - file[-1]]
    if damaged:
        places = [at for at in range(known[3] if known else 104, len(file)) if file[at : at + 4] == front[0]]
    found = [trailer[2] for trailer in (read_trailer(file, at) for at in places if at >= 104) if trailer and trailer[:2] == front]
    if known:
        found = [slot for slot in found if slot[0] == known[0] + 1 and slot[1] >= known[3]]
    return max(found, key=lambda slot: (slot[0], slot[3]), default=None)


def open_file(file):
    """Kind, space, archive's metadata, entries, and the file's length at the newest commit that is whole."""
    try:
        magic, space = read_front(file)
    except (Damage, Refused) as error:
        trailer = trailer_at_end(file)
        if trailer is None:
            raise
        print(f"warning: read by its trailer: {error}", file=sys.stderr)
        return trailer[1], *read_state(file, *trailer)
    slots = [read_slot(file, number) for number in (0, 1)]
    lost = lost_slot(file, (magic, space), slots)
    if lost:
        print(f"warning: commit {lost[0]} is known by its trailer", file=sys.stderr)
    slots = sorted(filter(None, [*slots, lost]), reverse=True)
    if not slots:
        raise Damage("commit slots", 8, "none is valid")
    for slot in slots:
        if slot[4] & ~LAYERS:
            raise Refused(f"commit slot of generation {slot[0]}: unknown feature bits {slot[4] & ~LAYERS:#x}")
        try:
            return space, *read_state(file, magic, space, slot)
        except Damage as error:
            if slot == slots[-1]:
                raise
            print(f"warning: the newest state is not whole: {error}", file=sys.stderr)


def read_state(file, magic, space, slot):
    generation, offset, length, size, features, crc = slot
    if len(file) < size:
        raise Damage("file", len(file), f"the commit states {size} bytes")
    newest = read_record(file[:size], offset, length, crc)
    documents, end = [], 104
    for record in newest["records"]:
        where = Cursor(b"", "index document", offset)
        where.must(record[0] >= end, "records that are not ascending and disjoint")
        end = record[0] + record[1]
        documents.append((record[0], read_record(file[:size], *record[:3])))
    documents.append((offset, newest))
    entries, last = {}, 0
    for start, document in documents:
        where = Cursor(b"", "index document", start)
        where.must(last < document["generation"], "generations that do not ascend")
        last = document["generation"]
        for name in document["removed"]:
            entries.pop(name, None)
        for entry in document["entries"]:
            check_entry(entry, space["shape"], size, where)
            where.must(entry["name"] not in entries, f"two entries {entry['name']!r}")
            entries[entry["name"]] = entry
        read_record(file, *document["copy"], magic=b"MSKC")
    is_layered = any("layer" in entry for entry in entries.values())
    where.must(features & LAYERS or not is_layered, "layers that the commit slot does not tell")
    where.must(last == generation, "another generation than in the commit slot")
    where.must(magic == b"MSKA" or len(entries) == 1, "not exactly one entry")
    where.must(trailer_at_end(file[:size]) == (magic, space, slot), "another trailer than the front")
    return newest["metadata"], list(entries.values())


# Entries


def check_entry(entry, shape, size, where):
    check_name(entry["name"], where)
    blob = entry.get("blob", [104, 0])
    where.must(blob[0] >= 104 and sum(blob) <= size, "a blob outside the file")
    names, numbers, counted = [], set(), 0
    for label in entry["labels"]:
        if "name" in label:
            check_name(label["name"], where)
            names.append(label["name"])
        where.must(label["label"] < 1 << WIDTHS[entry["dtype"]], "a label beyond the voxel type")
        where.must(label["label"] > 0 or not {"voxels", "uncounted"} & set(label), "background that has voxels")
        numbers.add(label["label"])
        counted += check_statistics(label, shape, where)
    where.must(len(set(names)) == len(names) and len(numbers) == len(entry["labels"]), "two labels of one name or number")
    where.must(counted <= shape[0] * shape[1] * shape[2], "more voxels than there are")
    has_voxels = counted > 0 or any("uncounted" in label for label in entry["labels"])
    held = sum("uncounted" in label or label.get("voxels", 0) > 0 for label in entry["labels"])
    where.must("layer" not in entry or (held == 1 and counted > 0), "a layer without exactly one label that is counted")
    where.must(("blob" in entry) == has_voxels, "voxels without a blob or a blob without voxels")


def check_statistics(label, shape, where):
    """Refuses what cannot be true of the shape; gives the number of voxels."""
    voxels = label.get("voxels", 0)
    if not voxels:
        return 0
    bounds, sums = label["bounds"], label["sums"]
    where.must(all(a < b <= extent for (a, b), extent in zip(bounds, shape)), "impossible bounds")
    extents = [b - a for a, b in bounds]
    where.must(voxels <= extents[0] * extents[1] * extents[2], "more voxels than the box has")
    fits = all(min(a * voxels, 2**64 - 1) <= n <= (b - 1) * voxels for (a, b), n in zip(bounds, sums))
    where.must(fits, "sums outside the box")
    return voxels


# Names


def check_name(name, where):
    where.must(isinstance(name, str), "a name that is no text")
    control = any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in name)
    surrogate = any(0xD800 <= ord(letter) < 0xE000 for letter in name)
    where.must(not control and not surrogate and 1 <= len(name.encode()) <= 4096, "not a possible name")


# Blob


def read_blob(file, entry, shape):
    """Type, start and shape of the box, and of each slab its first slice, its slices, its codec, and its chunk's bytes and offset."""
    offset, length = entry["blob"]
    blob = Cursor(file[offset : offset + length], "blob header", offset)
    magic, header, crc = blob.unpack("4sII")
    blob.must(magic == b"MSKB" and 12 <= header <= min(length, 1 << 28), "magic or length")
    blob.must(crc == zlib.crc32(blob.data[12:header], zlib.crc32(blob.data[:8])), "checksum does not match")
    body = blob.data
    blob.data = body[:header]
    dtype = blob.varint()
    if "layer" in entry:
        blob.must(dtype < len(DTYPES) and entry["layer"] < 1 << WIDTHS[DTYPES[dtype]], "a layer beyond the voxel type")
    else:
        blob.must(dtype == DTYPES.index(entry["dtype"]), "another dtype than in the index")
    blob.must([blob.varint() for _ in range(3)] == shape, "another shape than in the front")
    start, extent = [blob.varint() for _ in range(3)], [blob.varint() for _ in range(3)]
    blob.must(min(extent) >= 1 and all(a + n <= m for a, n, m in zip(start, extent, shape)), "a box outside the grid")
    height = blob.varint()
    blob.must(height >= 1, "slabs of no height")
    slabs, at = [], header
    for z in range(0, extent[0], height):
        codec, size, crc = blob.take(1)[0], blob.varint(), blob.unpack("I")[0]
        slabs.append((z, min(height, extent[0] - z), codec, body[at : at + size], offset + at))
        blob.must(at + size <= length, "a chunk outside the blob")
        if size and zlib.crc32(slabs[-1][3]) != crc:
            raise Damage("chunk", offset + at, f"checksum of slab {len(slabs) - 1} of {entry['name']!r} does not match")
        at += size
    blob.must(at == length, "another length than in the index")
    plain, stored = blob.varint(), blob.varint()
    names = blob.take(stored)
    names = parse_entries(columns_of(unzstd(names, plain, blob) if plain else names, blob.base)[0])
    blob.must(names and (len(names) == 1 or all("layer" in name for name in names)), "names of no entry, or of several without layers")
    return DTYPES[dtype], start, extent, slabs


def read_voxels(file, entry, shape, known):
    """All voxels of the grid as little-endian uint32 in z, y, x order, and what is counted in them; None for an unknown codec. The
    chunk decoded last waits in `known` for other entries of its blob."""
    grid, counted = bytearray(4 * shape[0] * shape[1] * shape[2]), {}
    if "blob" not in entry:
        return grid, []
    dtype, start, extent, slabs = read_blob(file, entry, shape)
    own = layer_of(entry)
    for first, depth, codec, data, offset in slabs:
        if data and codec >= len(CODECS):
            print(f"warning: chunk at offset {offset}: unknown codec {codec}", file=sys.stderr)
            return None
        if not data:
            continue
        slab = (depth, extent[1], extent[2])
        if offset not in known:
            known.clear()
            known[offset] = CODECS[codec](Cursor(data, "chunk", offset), slab, WIDTHS[dtype])
        voxels = known[offset]
        voxels = [own.get(label, 0) for label in voxels] if own else voxels
        for row in range(depth * slab[1]):
            z, y = start[0] + first + row // slab[1], start[1] + row % slab[1]
            line = voxels[row * slab[2] : (row + 1) * slab[2]]
            struct.pack_into(f"<{slab[2]}I", grid, 4 * ((z * shape[1] + y) * shape[2] + start[2]), *line)
            for x, label in enumerate(line, start[2]):
                if label:
                    count(counted, label, (z, y, x))
    if not set(counted) <= {label["label"] for label in entry["labels"]}:
        raise Damage("entries", entry["blob"][0], f"voxels of {entry['name']!r} hold a label that is not listed")
    found = [[counted[label]["bounds"][axis] for label in counted] for axis in range(3)]
    box = [[min(a for a, _ in pairs), max(b for _, b in pairs)] for pairs in found] if counted else None
    if own:
        told = next(label["bounds"] for label in entry["labels"] if label.get("voxels"))
        if box != told or any(a < first or b > first + n for (a, b), first, n in zip(told, start, extent)):
            raise Damage("blob header", entry["blob"][0], f"the box {told} of a layer is not tight around {box}")
    elif box != [[a, a + n] for a, n in zip(start, extent)]:
        raise Damage("blob header", entry["blob"][0], f"the box {start} {extent} is not tight around {box}")
    return grid, [counted[label] for label in sorted(counted)]


def layer_of(entry):
    """The entry's layer with its own label; nothing where all voxels of its blob are its own."""
    if "layer" not in entry:
        return None
    return {entry["layer"]: next(label["label"] for label in entry["labels"] if label.get("voxels"))}


def count(counted, label, place):
    one = counted.setdefault(label, {"label": label, "voxels": 0, "bounds": [[n, n + 1] for n in place], "sums": [0, 0, 0]})
    one["voxels"] += 1
    for axis, n in enumerate(place):
        pair = one["bounds"][axis]
        pair[0], pair[1] = min(pair[0], n), max(pair[1], n + 1)
        one["sums"][axis] += n


# Codecs

CODECS = [*map(packed_by, PACKERS), decode_runs, decode_context]
CODECS += [None, decode_transitions]
CODECS += [tiles_of(CODECS[:])]
CODECS[5] = planes_of(CODECS[:])


def main():
    for path in sys.argv[1:]:
        try:
            file = pathlib.Path(path).read_bytes()
            space, metadata, entries = open_file(file)
            described, known = [], {}
            for entry in entries:
                voxels = read_voxels(file, entry, space["shape"], known)
                digest, counted = (hashlib.sha256(voxels[0]).hexdigest(), voxels[1]) if voxels else (None, None)
                told = {key: entry.get(key) for key in ("name", "dtype", "codec", "labels", "metadata")}
                described.append({**told, "sha256_of_uint32_zyx": digest, "labels_counted": counted})
            print(json.dumps({"file": path, **space, "metadata": metadata, "entries": described}))
        except (Damage, Refused) as error:
            sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
