"""Reads medmask files of version 2.0: python read_medmask.py FILE...

Written from SPEC.md alone, to show that it is enough, and in its order: the comments name its sections. Prints one JSON object for
each file. Exits with 1 and one line that names section and offset where a file is damaged. Needs the package zstandard.

`medmask_bytes.py` has "Notation" and the codecs raw, lz4 and zstd, `medmask_runs.py` and `medmask_context.py` the others.
"""

import hashlib
import json
import pathlib
import struct
import sys
import zlib

from medmask_bytes import PACKERS, Cursor, Damage, Refused, packed_by, unzstd
from medmask_context import decode_context
from medmask_runs import decode_runs

WIDTHS = {"bool": 1, "uint8": 8, "uint16": 16, "uint32": 32}
DTYPES = list(WIDTHS)


# Front


def read_front(file):
    front = Cursor(file[:160], "front", 0)
    magic, major, _minor = front.unpack("4sBB")
    if magic not in (b"MSKA", b"MSK1"):
        raise Refused("front at offset 0: not a medmask file")
    if major != 2:
        raise Refused(f"front at offset 4: version {major}")
    front.zero(2)
    shape, numbers = front.unpack("3Q"), front.unpack("15d")
    front.zero(4)
    front.must(front.unpack("I")[0] == zlib.crc32(file[:156]), "checksum does not match")
    spacing, origin, direction = numbers[:3], numbers[3:6], [numbers[i : i + 3] for i in (6, 9, 12)]
    voxels = shape[0] * shape[1] * shape[2]
    front.must(1 <= min(shape) and max(shape) < 1 << 31 and voxels <= 1 << 40, "shape exceeds the limits")
    front.must(all(abs(number) < float("inf") for number in numbers) and min(spacing) > 0, "no possible geometry")
    for i, a in enumerate(direction):
        for j, b in enumerate(direction):
            front.must(abs(sum(p * q for p, q in zip(a, b)) - (i == j)) <= 0.01, "directions are not at right angles")
    return magic, {"shape": list(shape), "spacing": list(spacing), "origin": list(origin), "direction": [list(a) for a in direction]}


# Commit slots


def read_slot(file, number):
    """A commit slot, or None where it is not valid."""
    slot = Cursor(file[160 + 64 * number : 224 + 64 * number], f"commit slot {number}", 160 + 64 * number)
    generation, offset, length, size, features, _writer, crc = slot.unpack("6QI")
    try:
        slot.zero(8)
        slot.must(slot.unpack("I")[0] == zlib.crc32(slot.data[:60]), "checksum does not match")
        slot.must(288 <= offset and offset + length <= size, "the index record lies outside")
    except Damage as error:
        if any(slot.data):
            print(f"warning: {error}", file=sys.stderr)
        return None
    return generation, offset, length, size, features, crc


# Opening


def open_file(file):
    """Kind, space, archive's metadata, entries, and the file's length at the newest commit that is whole."""
    magic, space = read_front(file)
    if len(file) < 288:
        raise Damage("commit slots", len(file), "the file ends")
    slots = sorted((slot for slot in map(read_slot, (file, file), (0, 1)) if slot), reverse=True)
    if not slots:
        raise Damage("commit slots", 160, "none is valid")
    for slot in slots:
        if slot[4]:
            raise Refused(f"commit slot of generation {slot[0]}: unknown feature bits {slot[4]:#x}")
        try:
            return space, *read_state(file, magic, space, slot)
        except Damage as error:
            if slot == slots[-1]:
                raise
            print(f"warning: the newest state is not whole: {error}", file=sys.stderr)


def read_state(file, magic, space, slot):
    generation, offset, length, size, _features, crc = slot
    if len(file) < size:
        raise Damage("file", len(file), f"the commit states {size} bytes")
    newest = read_record(file[:size], offset, length, crc)
    documents, end = [], 288
    for record in newest.get("records", []):
        where = Cursor(b"", "index document", offset)
        where.must(is_numbers(record, 4) and record[0] >= end, "records that are not ascending and disjoint")
        end = record[0] + record[1]
        documents.append((record[0], read_record(file[:size], *record[:3])))
    documents.append((offset, newest))
    entries, last = {}, 0
    for start, document in documents:
        where = Cursor(b"", "index document", start)
        where.must(last < document["generation"], "generations that do not ascend")
        last = document["generation"]
        where.must(document.get("space", space) == space, "another space than in the front")
        for name in document.get("removed", []):
            entries.pop(name, None)
        for entry in document["entries"]:
            check_entry(entry, document.get("shared_metadata", []), space["shape"], size, where)
            where.must(entry["name"] not in entries, f"two entries {entry['name']!r}")
            entries[entry["name"]] = entry
    where.must(last == generation, "another generation than in the commit slot")
    where.must(magic == b"MSKA" or len(entries) == 1, "not exactly one entry")
    return newest.get("metadata", {}), list(entries.values())


# Index record


def read_record(file, offset, length, crc):
    record = Cursor(file[offset : offset + length], "index record", offset)
    magic, encoding = record.unpack("4sB")
    record.must(magic == b"MSKI" and encoding <= 1, "magic or encoding")
    record.zero(3)
    whole, stored, plain, own = record.unpack("3QI")
    record.must(whole == length == len(record.data), "another length than stated")
    record.must(own == crc == zlib.crc32(record.data[36:], zlib.crc32(record.data[:32])), "checksum does not match")
    record.must(plain <= min(64 * stored + 65536, 1 << 30), "the document exceeds the limits")
    document = record.take(stored)
    record.zero(record.left())
    if encoding:
        document = unzstd(document, plain, record)
    record.must(len(document) == plain, "another length before compression")
    return parse_document(document, offset)


# Index document


def is_numbers(value, count):
    return isinstance(value, list) and len(value) == count and all(type(n) is int and n >= 0 for n in value)


def parse_document(text, offset):
    where = Cursor(b"", "index document", offset)
    try:
        document = json.loads(text.decode(), parse_constant=where.fail)
    except (ValueError, RecursionError) as error:
        where.fail(str(error))
    where.must(isinstance(document, dict) and type(document.get("generation")) is int, "no generation")
    for key, kind in [("entries", list), ("records", list), ("removed", list), ("metadata", dict), ("shared_metadata", list), ("space", dict)]:
        where.must(isinstance(document.get(key, kind()), kind), f"{key} of another type")
    where.must(all(isinstance(shared, dict) for shared in document.get("shared_metadata", [])), "shared metadata that are no objects")
    where.must("entries" in document and all(isinstance(name, str) for name in document.get("removed", [])), "entries or removed")
    return document


# Entries


def check_entry(entry, shared, shape, size, where):
    where.must(isinstance(entry, dict), "an entry that is no object")
    if "shared_metadata" in entry:
        place = entry.pop("shared_metadata")
        where.must(type(place) is int and 0 <= place < len(shared) and "metadata" not in entry, "no such shared metadata")
        entry["metadata"] = shared[place]
    check_name(entry.get("name"), where)
    entry.setdefault("dtype", "bool")
    entry.setdefault("labels", [{}])
    where.must(entry["dtype"] in DTYPES and isinstance(entry["labels"], list), "an unknown dtype or labels of another type")
    where.must(isinstance(entry.get("codec", ""), str) and isinstance(entry.get("metadata", {}), dict), "codec or metadata")
    blob = entry.get("blob", [288, 0])
    where.must(is_numbers(blob, 2) and blob[0] >= 288 and sum(blob) <= size, "a blob outside the file")
    names, numbers, counted = set(), set(), 0
    for label in entry["labels"]:
        where.must(isinstance(label, dict), "a label that is no object")
        label.setdefault("name", entry["name"])
        number = label.setdefault("label", 1)
        check_name(label["name"], where)
        where.must(type(number) is int and 1 <= number < 1 << WIDTHS[entry["dtype"]], "a label beyond the voxel type")
        names.add(label["name"])
        numbers.add(number)
        counted += check_statistics(label, shape, where)
        colour, code = label.get("colour", [0] * 4), label.get("code", [""] * 3)
        where.must(is_numbers(colour, 4) and max(colour) <= 255, "a colour beyond 255")
        where.must(isinstance(code, list) and len(code) == 3 and all(isinstance(part, str) for part in code), "code")
    where.must(len(names) == len(numbers) == len(entry["labels"]), "two labels of one name or number")
    where.must(counted <= shape[0] * shape[1] * shape[2], "more voxels than there are")
    where.must(("blob" in entry) == (counted > 0), "voxels without a blob or a blob without voxels")


def check_statistics(label, shape, where):
    """Refuses what cannot be true of the shape; gives the number of voxels."""
    voxels = label.get("voxels", 0)
    where.must(type(voxels) is int and voxels >= 0, "voxels that are no count")
    where.must({"bounds" in label, "sums" in label} == {voxels > 0}, "voxels without bounds or sums, or these without voxels")
    if not voxels:
        return 0
    bounds, sums = label["bounds"], label["sums"]
    possible = isinstance(bounds, list) and len(bounds) == 3 and all(is_numbers(pair, 2) for pair in bounds)
    where.must(possible and all(a < b <= extent for (a, b), extent in zip(bounds, shape)), "impossible bounds")
    extents = [b - a for a, b in bounds]
    where.must(voxels <= extents[0] * extents[1] * extents[2], "more voxels than the box has")
    fits = is_numbers(sums, 3) and all(min(a * voxels, 2**64 - 1) <= n <= (b - 1) * voxels for (a, b), n in zip(bounds, sums))
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
    """Start and shape of the box, and of each slab its first slice, its slices, its codec, and its chunk's bytes and offset."""
    offset, length = entry["blob"]
    blob = Cursor(file[offset : offset + length], "blob header", offset)
    magic, header, crc = blob.unpack("4sII")
    blob.must(magic == b"MSKB" and 12 <= header <= min(length, 1 << 28), "magic or length")
    blob.must(crc == zlib.crc32(blob.data[12:header], zlib.crc32(blob.data[:8])), "checksum does not match")
    body = blob.data
    blob.data = body[:header]
    blob.must(blob.varint() == DTYPES.index(entry["dtype"]), "another dtype than in the index")
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
    blob.must(plain <= 16 * stored, "names expand too far")
    names = Cursor(unzstd(names, plain, blob) if plain else names, "blob header", blob.base)
    names.text()
    for _ in range(names.varint()):
        names.varint(), names.text()
    names.must(not names.left(), "bytes after the names")
    return start, extent, slabs


def read_voxels(file, entry, shape):
    """All voxels of the grid as little-endian uint32 in z, y, x order, and what is counted in them; None for an unknown codec."""
    grid, counted = bytearray(4 * shape[0] * shape[1] * shape[2]), {}
    if "blob" not in entry:
        return grid, []
    start, extent, slabs = read_blob(file, entry, shape)
    for first, depth, codec, data, offset in slabs:
        if data and codec >= len(CODECS):
            print(f"warning: chunk at offset {offset}: unknown codec {codec}", file=sys.stderr)
            return None
        if not data:
            continue
        slab = (depth, extent[1], extent[2])
        voxels = CODECS[codec](Cursor(data, "chunk", offset), slab, WIDTHS[entry["dtype"]])
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
    if box != [[a, a + n] for a, n in zip(start, extent)]:
        raise Damage("blob header", entry["blob"][0], f"the box {start} {extent} is not tight around {box}")
    return grid, [counted[label] for label in sorted(counted)]


def count(counted, label, place):
    one = counted.setdefault(label, {"label": label, "voxels": 0, "bounds": [[n, n + 1] for n in place], "sums": [0, 0, 0]})
    one["voxels"] += 1
    for axis, n in enumerate(place):
        pair = one["bounds"][axis]
        pair[0], pair[1] = min(pair[0], n), max(pair[1], n + 1)
        one["sums"][axis] += n


# Codecs

CODECS = [*map(packed_by, PACKERS), decode_runs, decode_context]


def main():
    for path in sys.argv[1:]:
        try:
            file = pathlib.Path(path).read_bytes()
            space, metadata, entries = open_file(file)
            described = []
            for entry in entries:
                voxels = read_voxels(file, entry, space["shape"])
                digest, counted = (hashlib.sha256(voxels[0]).hexdigest(), voxels[1]) if voxels else (None, None)
                known = {key: entry.get(key) for key in ("name", "dtype", "codec", "labels", "metadata")}
                described.append({**known, "sha256_of_uint32_zyx": digest, "labels_counted": counted})
            print(json.dumps({"file": path, **space, "metadata": metadata, "entries": described}))
        except (Damage, Refused) as error:
            sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
