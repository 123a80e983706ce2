"""Reads medmask files of version 2.0: python read_medmask.py FILE...

Written from SPEC.md alone, to show that it is enough, and in its order: the comments name its sections. Prints one JSON object for
each file. Exits with 1 and one line that names section and offset where a file is damaged. Needs the package zstandard.
"""

import hashlib
import json
import pathlib
import struct
import sys
import zlib

import zstandard

WIDTHS = {"bool": 1, "uint8": 8, "uint16": 16, "uint32": 32}
DTYPES = list(WIDTHS)


class Damage(Exception):
    """Bytes that are not as SPEC.md says; a reader goes on with the other commit slot where there is one."""

    def __init__(self, section, offset, reason):
        super().__init__(f"{section} at offset {offset}: {reason}")


class Refused(Exception):
    """A whole file that this reader must not read."""


# Notation


class Cursor:
    """Bytes of one section, read one after the other; `base` is where they begin in the file."""

    def __init__(self, data, section, base):
        self.data, self.section, self.base, self.at = data, section, base, 0

    def fail(self, reason):
        raise Damage(self.section, self.base + self.at, reason)

    def must(self, condition, reason):
        if not condition:
            self.fail(reason)

    def left(self):
        return len(self.data) - self.at

    def take(self, length):
        self.must(length <= self.left(), f"{length} bytes expected, {self.left()} left")
        self.at += length
        return self.data[self.at - length : self.at]

    def unpack(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def varint(self, bits=64):
        value = 0
        for shift in range(0, bits, 7):
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                self.must(value < 1 << bits, f"a number of more than {bits} bits")
                return value
        return self.fail(f"a number of more than {bits} bits")

    def zero(self, length):
        self.must(not any(self.take(length)), "reserved bytes are not zero")

    def text(self):
        try:
            return self.take(self.varint()).decode()
        except UnicodeDecodeError:
            return self.fail("a name is not UTF-8")


def unzstd(data, length, cursor):
    """One Zstandard frame of a known length, fed in small pieces so that damage cannot make it grow without bound."""
    frame, output = zstandard.ZstdDecompressor().decompressobj(), b""
    try:
        for start in range(0, len(data), 256):
            cursor.must(not frame.eof, "bytes after the Zstandard frame")
            output += frame.decompress(data[start : start + 256])
            cursor.must(len(output) <= length, "longer than it states")
    except zstandard.ZstdError as error:
        cursor.fail(str(error))
    cursor.must(frame.eof and not frame.unused_data and len(output) == length, "not one frame of the length stated")
    return output


def unlz4(data, length, cursor):
    """One LZ4 block of a known length."""
    block, output = Cursor(data, cursor.section, cursor.base), bytearray()

    def extended(nibble):
        total = nibble
        while nibble == 15:
            total += (byte := block.take(1)[0])
            if byte != 255:
                break
        return total

    while True:
        token = block.take(1)[0]
        output += block.take(extended(token >> 4))
        if not block.left():
            break
        (distance,) = block.unpack("H")
        match = extended(token & 15) + 4
        block.must(0 < distance <= len(output) and len(output) + match <= length, "an LZ4 match out of bounds")
        for _ in range(match):
            output.append(output[-distance])
    cursor.must(len(output) == length, "an LZ4 block of another length")
    return bytes(output)


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
    front.must(1 <= min(shape) and max(shape) < 1 << 31 and voxels <= 1 << 48, "shape exceeds the limits")
    front.must(all(abs(number) < float("inf") for number in numbers) and min(spacing) > 0, "no possible geometry")
    for i, a in enumerate(direction):
        for j, b in enumerate(direction):
            front.must(abs(sum(p * q for p, q in zip(a, b)) - (i == j)) <= 2e-3, "directions are not at right angles")
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
    for segment in newest.get("segments", []):
        where = Cursor(b"", "index document", offset)
        where.must(is_numbers(segment, 4) and segment[0] >= end, "segments that are not ascending and disjoint")
        end = segment[0] + segment[1]
        documents.append((segment[0], read_record(file[:size], *segment[:3])))
        where.must(segment[3] == sum(len(documents[-1][1].get(key, [])) for key in ("entries", "removed")), "wrong rows")
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
            check_entry(entry, space["shape"], size, where)
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
    record.must(plain <= min(256 * stored + 65536, 1 << 30), "the document exceeds the limits")
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
    except ValueError as error:
        where.fail(str(error))
    where.must(isinstance(document, dict) and type(document.get("generation")) is int, "no generation")
    for key, kind in [("entries", list), ("segments", list), ("removed", list), ("metadata", dict), ("space", dict)]:
        where.must(isinstance(document.get(key, kind()), kind), f"{key} of another type")
    where.must("entries" in document and all(isinstance(name, str) for name in document.get("removed", [])), "entries or removed")
    return document


# Entries


def check_entry(entry, shape, size, where):
    where.must(isinstance(entry, dict) and isinstance(entry.get("labels"), list), "an entry without labels")
    check_name(entry.get("name"), where)
    where.must(entry.get("dtype") in DTYPES, "an unknown dtype")
    where.must(isinstance(entry.get("codec", ""), str) and isinstance(entry.get("metadata", {}), dict), "codec or metadata")
    blob = entry.get("blob", [288, 0])
    where.must(is_numbers(blob, 2) and blob[0] >= 288 and sum(blob) <= size, "a blob outside the file")
    names, numbers, counted = set(), set(), 0
    for label in entry["labels"]:
        where.must(isinstance(label, dict), "a label that is no object")
        check_name(label.get("name"), where)
        number = label.get("label")
        where.must(type(number) is int and 1 <= number < 1 << WIDTHS[entry["dtype"]], "a label beyond the voxel type")
        names.add(label["name"])
        numbers.add(number)
        counted += check_statistics(label, shape, where)
        colour, code = label.get("colour", [0] * 4), label.get("code", [""] * 3)
        where.must(is_numbers(colour, 4) and max(colour) <= 255, "a colour beyond 255")
        where.must(isinstance(code, list) and len(code) == 3 and all(isinstance(part, str) for part in code), "code")
    where.must(len(names) == len(numbers) == len(entry["labels"]), "two labels of one name or number")
    where.must(counted <= ("blob" in entry) * shape[0] * shape[1] * shape[2], "more voxels than there are")


def check_statistics(label, shape, where):
    """Refuses what cannot be true of the shape; gives the number of voxels."""
    voxels, bounds, sums = label.get("voxels", 0), label.get("bounds"), label.get("sums")
    where.must(type(voxels) is int and voxels >= 0 and (bounds is not None) == (voxels > 0), "voxels without bounds")
    if not voxels:
        where.must(not sums or sums == [0, 0, 0], "sums of no voxels")
        return 0
    possible = isinstance(bounds, list) and len(bounds) == 3 and all(is_numbers(pair, 2) for pair in bounds)
    where.must(possible and all(a < b <= extent for (a, b), extent in zip(bounds, shape)), "impossible bounds")
    extents = [b - a for a, b in bounds]
    where.must(voxels <= extents[0] * extents[1] * extents[2], "more voxels than the box has")
    if sums is not None:
        fits = is_numbers(sums, 3) and all(a * voxels <= n <= (b - 1) * voxels for (a, b), n in zip(bounds, sums))
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


# Codec: raw, lz4, zstd


def unpack_bits(data, count, bits, chunk):
    chunk.must(len(data) == (count * bits + 7) // 8, "another length than shape and voxel type give")
    number, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    chunk.must(number >> (count * bits) == 0, "the last byte is not filled with zeros")
    if bits % 8:
        packed = range(0, count * bits, bits)
        return [(int.from_bytes(data[at >> 3 : (at + bits + 7) >> 3], "little") >> (at & 7)) & mask for at in packed]
    return [int.from_bytes(data[at : at + bits // 8], "little") for at in range(0, len(data), bits // 8)]


PACKERS = [lambda data, length, cursor: data, unlz4, unzstd]


def packed_by(packer):
    def decode(chunk, slab, width):
        count = slab[0] * slab[1] * slab[2]
        return unpack_bits(packer(chunk.data, (count * width + 7) // 8, chunk), count, width, chunk)

    return decode


# Codec: runs


def decode_runs(chunk, slab, width):
    depth, height, columns = slab
    layout = chunk.take(1)[0]
    voxels = depth * height * columns
    if 0x10 <= layout <= 0x12:
        bits = chunk.take(1)[0]
        chunk.must(1 <= bits <= 32, "packed at an impossible number of bits")
        data = PACKERS[layout & 3](chunk.take(chunk.left()), (voxels * bits + 7) // 8, chunk)
        labels = unpack_bits(data, voxels, bits, chunk)
        chunk.must(max(labels) < 1 << width, "a label beyond the voxel type")
        return labels
    chunk.must(layout <= 3, "an unknown layout of rows")
    source = Adaptive(chunk, width) if layout == 3 else Streams(chunk, layout, width, voxels + 2 * depth * height + 64)
    rows, room, labels = {}, voxels // 4 + 2 * depth * height + 64, []
    for z in range(depth):
        for y in range(height):
            around = {"S": (z - 1, y), "R": (z, y - 1), "SR": (z - 1, y - 1), "SN": (z - 1, y + 1)}
            around = {name: rows.get(place, ("copy slice", [])) for name, place in around.items()}
            operation = source.operation(around)
            row = make_row(operation, {name: row for name, (_, row) in around.items()}, source, columns, chunk)
            if operation[:4] != "copy":
                room -= sum(label > 0 for _, label in row)
                chunk.must(room >= 0, "more runs than allowed")
            rows[z, y] = operation, row
            line = [0] * columns
            for start, end, label in runs(row):
                line[start:end] = [label] * (end - start)
            labels += line
    source.finish()
    return labels


def runs(row):
    return [(x, row[i + 1][0], label) for i, (x, label) in enumerate(row) if label]


def label_at(row, x):
    return next((label for start, end, label in runs(row) if start <= x < end), 0)


OPERATIONS = ["copy slice", "copy row", "shift slice", "shift row", "edit"]
STEPS = ["keep", "relabel", "delete", "insert", "end"]


def make_row(operation, around, source, columns, chunk):
    if operation[:4] == "copy":
        return around["S" if operation == "copy slice" else "R"]
    if operation[:5] == "shift":
        reference = around["S" if operation == "shift slice" else "R"]
        row = [(x + move, label) for (x, label), move in zip(reference, source.moves(operation, around))]
    else:
        row = edited_row(list(around["S"] or around["R"]), around, source, chunk)
    places = [-1, *(x for x, _ in row), columns + 1]
    labels = [0, *(label for _, label in row), 0]
    chunk.must(all(a < b for a, b in zip(places, places[1:])), "transitions out of order or beyond the width")
    chunk.must(all(a != b for a, b in zip(labels, labels[1:-1])) and labels[-2] == 0, "runs that join or do not end")
    chunk.must(max(labels) < 1 << source.width, "a label beyond the voxel type")
    return row


def edited_row(reference, around, source, chunk):
    row = []
    while (step := source.step(bool(reference))) != "end":
        chunk.must(step == "insert" or reference, "a step takes a transition that the reference does not have")
        before = row[-1][1] if row else 0
        if step == "insert":
            x = source.number("gap") + (row[-1][0] + 1 if row else 0)
        else:
            x, label = reference.pop(0)
        if step == "delete":
            continue
        if step != "insert":
            x += source.move()
        if step != "keep":
            label = source.label(x, before, around) if source.width > 1 else 1 - before
        row.append((x, label))
    return row


def signed(number):
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


# Byte streams


class Streams:
    def __init__(self, chunk, packer, width, room):
        self.width, self.repeats, self.last, self.streams = width, 0, None, []
        room = min(room, 1 << 30)
        for _ in range(3):
            twice = chunk.varint(32)
            room -= twice // 2
            chunk.must(room >= 0 and (packer or twice % 2 == 0), "streams longer than allowed")
            data = chunk.take(chunk.varint(32) if twice % 2 else twice // 2)
            data = PACKERS[packer](data, twice // 2, chunk) if twice % 2 else data
            self.streams.append(Cursor(data, "chunk", chunk.base))
        chunk.must(not chunk.left(), "bytes after the third stream")

    def operation(self, _around):
        if not self.repeats:
            byte = self.streams[0].take(1)[0]
            self.streams[0].must(byte & 7 < 5, "an unknown operation")
            self.last, self.repeats = OPERATIONS[byte & 7], 1 + (byte >> 3)
            if byte >> 3 == 31:
                self.repeats += self.streams[0].varint(32)
        self.repeats -= 1
        return self.last

    def move(self):
        return signed(self.streams[1].varint(32))

    def moves(self, operation, around):
        return [self.move() for _ in around["S" if operation == "shift slice" else "R"]]

    def step(self, _left):
        step = self.streams[2].take(1)[0]
        self.streams[2].must(step < 5, "an unknown step")
        return STEPS[step]

    def number(self, _kind):
        return self.streams[2].varint(32)

    def label(self, _x, _before, _around):
        return self.number("label")

    def finish(self):
        for stream in self.streams:
            stream.must(not stream.left() and not self.repeats, "more than the rows need")


# Adaptive coding


class Adaptive:
    def __init__(self, chunk, width):
        self.chunk, self.width, self.chances, self.last = chunk, width, {}, "end"
        self.range, self.code = (1 << 64) - 1, int.from_bytes(self.next(8), "big")

    def next(self, length):
        return self.chunk.take(min(length, self.chunk.left())).ljust(length, b"\0")

    def ask(self, *context):
        chance = self.chances.setdefault(context, [32768, 0])
        p, n = chance
        bound = (self.range >> 16) * max(p, 1)
        yes = self.code < bound
        if yes:
            self.range = bound
        else:
            self.code, self.range = self.code - bound, self.range - bound
        if self.range < 1 << 32:
            self.range, self.code = self.range << 32, (self.code << 32) + int.from_bytes(self.next(4), "big")
        chance[:] = p + (((65535 if yes else 0) - p) * (655360 // (10 * n + 16)) >> 16), min(n + 1, 40)
        return yes

    def operation(self, around):
        s, r, sr, sn = (runs(around[name][1]) for name in ("S", "R", "SR", "SN"))
        context = (not s, not r, s == r, len(s) == len(r), s == sr, s == sn, around["R"][0], around["S"][0])
        possible = {"copy slice": True, "shift slice": s, "copy row": s != r, "shift row": r and s != r}
        return next((name for name, may in possible.items() if may and self.ask("operation", name, context)), "edit")

    def moves(self, operation, around):
        reference = around["S" if operation == "shift slice" else "R"]
        evidence = [runs(around[name]) for name in (("R", "SR", "SN") if operation == "shift slice" else ("S", "SR"))]
        moves, run = [], -1
        for i, (x, label) in enumerate(reference):
            end = i > 0 and reference[i - 1][1] > 0  # a transition that two runs share is the end of the first one
            run += i == 0 or not end
            inside = reference[i - 1][1] if end else label
            sign = 1 if end else -1
            context = [None] * 3
            for place, other in enumerate(evidence):
                if run < len(other) and other[run][2] == inside:
                    context[place] = max(place - 3, min(3 - place, sign * (other[run][end] - x)))
            context = (*context, i == len(reference) - 1 and not any(moves))
            moves.append(0 if self.ask("stays", context) else sign * self.distance(context))
            run += end and label > 0
        return moves

    def distance(self, context):
        out = self.ask("out", context)
        distance = 1
        while distance <= 6 and self.ask("farther", distance, out, context):
            distance += 1
        if distance == 7:
            distance += self.number("distance")
        return distance if out else -distance

    def step(self, left):
        possible = {"keep": left, "insert": True, "delete": left, "relabel": left}
        context = (self.last, left)
        self.last = next((name for name, may in possible.items() if may and self.ask("step", name, context)), "end")
        return self.last

    def move(self):
        return signed(self.number("move"))

    def label(self, x, before, around):
        passed = {before}
        for place, candidate in enumerate([*(label_at(around[name], x) for name in ("R", "S", "SN")), 0]):
            if candidate not in passed and self.ask("label", place, candidate == 0):
                return candidate
            passed.add(candidate)
        return self.number("label")

    def number(self, kind):
        k = 0
        while k < 32 and self.ask(kind, "more", k):
            k += 1
        value = 1
        for bit in range(k):
            value = 2 * value + self.ask(kind, "bit", k, value if bit < 3 else "rest")
        self.chunk.must(value <= 1 << 32, "a number of more than 32 bits")
        return value - 1

    def finish(self):
        self.chunk.must(not self.chunk.left(), "bytes that are not read")


# Codec: context (below the numbers, its sections are in the order header, tables, counters, coder, prior, mixer, scan)

LOGISTIC = [32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374]
LOGISTIC += [65438, 65476, 65500, 65514, 65523, 65528, 65531, 65533, 65534, 65535, 65535, 65535]


def clamp(value, low, high):
    return max(low, min(high, value))


def squash(t):
    i, f = divmod(min(abs(t), 3071), 128)
    p = (LOGISTIC[i] * (128 - f) + LOGISTIC[i + 1] * f + 64) // 128
    return p if t >= 0 else 65536 - p


def stretches():
    """stretch(p), by p // 16."""
    table, t = [], -3071
    for target in range(8, 65536, 16):
        while t < 3071 and squash(t) < target:
            t += 1
        table.append(t)
    return table


STRETCH = stretches()


def bits_of(window, i, j):
    return window >> i & (1 << j - i + 1) - 1


class Counter:
    def __init__(self, memory):
        self.q, self.n, self.memory = 1 << 21, 0, memory

    def probability(self):
        return clamp(self.q // 64, 16, 65520)

    def learn(self, yes):
        self.q += ((yes * ((1 << 22) - 1) - self.q) * (131072 // (2 * self.n + 3))) >> 16
        self.n += self.n < self.memory


class Decisions:
    """Context: arithmetic coder."""

    def __init__(self, chunk):
        self.chunk, self.low, self.high, self.value, self.missing = chunk, 0, (1 << 32) - 1, 0, 0
        for _ in range(4):
            self.next_byte()

    def next_byte(self):
        self.missing += not self.chunk.left()
        self.chunk.must(self.missing <= 4, "decisions beyond the chunk's end")
        self.value = (self.value << 8 & 0xFFFFFFFF) + (self.chunk.take(1)[0] if self.chunk.left() else 0)

    def decide(self, p):
        middle = self.low + ((self.high - self.low) * p >> 16)
        yes = self.value <= middle
        self.low, self.high = (self.low, middle) if yes else (middle + 1, self.high)
        while self.low >> 24 == self.high >> 24:
            self.low, self.high = self.low << 8 & 0xFFFFFFFF, (self.high << 8 & 0xFFFFFFFF) + 255
            self.next_byte()
        return yes

    def decide_by(self, counter):
        yes = self.decide(counter.probability())
        counter.learn(yes)
        return yes


class Prior:
    def __init__(self):
        data = (pathlib.Path(__file__).parents[2] / "src/codec/context/prior.bin").read_bytes()
        if len(data) != 5748 or zlib.crc32(data) != 0xE7DBBE11:
            raise Refused("prior.bin is not the file that the specification names")
        numbers = struct.unpack("<5120b32h512b16h16bi", data)
        self.first = [numbers[32 * i : 32 * i + 32] for i in range(160)]
        self.first_bias, second, self.second_bias = numbers[5120:5152], numbers[5152:5664], numbers[5664:5680]
        self.second = [second[i::16] for i in range(16)]
        self.last, self.last_bias, self.known = numbers[5680:5696], numbers[5696], {}

    def eight(self, k, bits):
        """What inputs 8 k to 8 k + 7 add to the first hidden numbers."""
        if (k, bits) not in self.known:
            rows = [self.first[8 * k + i] for i in range(8) if bits >> i & 1]
            self.known[k, bits] = tuple(map(sum, zip(*rows))) if rows else (0,) * 32
        return self.known[k, bits]

    def logit(self, windows, ground, z, rank):
        flags = ground | (2 << z & 14) | (rank == 1) << 4 | (rank == 2) << 5
        parts = [self.eight(k, bits) for k, bits in enumerate([*windows, flags])]
        first = [max(v, v >> 3) for v in map(sum, zip(self.first_bias, *parts))]
        logit = self.last_bias
        for weights, bias, last in zip(self.second, self.second_bias, self.last):
            v = clamp((sum(map(int.__mul__, first, weights)) >> 6) + bias, -32768, 32767)
            logit += max(v, v >> 3) * last
        return logit >> 3


class Mixer:
    def __init__(self, decisions, voxels, prior):
        self.decisions, self.prior, self.bits = decisions, prior, clamp(voxels.bit_length() - 1 - 7, 10, 14)
        self.tables = [{} for _ in range(6)]
        start = [819] * 5 + [0, 7168, 819] if prior else [2730] * 5 + [0, 0, 2730]
        self.weights = [list(start) for _ in range(50)]
        self.correction = [[squash(256 * (i - 12)) for i in range(25)] for _ in range(128)]

    def counters(self, w, rank, touching):
        """Context: contexts."""

        def side_by_side(*parts):
            number, at = 0, 0
            for value, width in parts:
                number, at = number | value << at, at + width
            return number

        def part(window, i, j=None):
            j = i if j is None else j
            return bits_of(w[window], i, j), j - i + 1

        def set_bits(window, i, j):
            return bits_of(w[window], i, j).bit_count()

        contexts = [
            side_by_side(part(0, 6), part(1, 1, 5), part(2, 3), part(7, 2, 4), part(6, 3), part(8, 2, 4), part(13, 3)),
            side_by_side(part(1, 0, 7), part(0, 4, 6), part(2, 2, 4)),
            side_by_side(part(1, 3, 4), part(7, 2, 4), part(13, 2, 4), part(8, 3), part(14, 3), part(12, 3), part(17, 2, 4)),
            side_by_side(part(1, 3), part(7, 3), *((set_bits(k, 2, 4), 2) for k in (7, 6, 8, 9, 5, 1))),
            side_by_side(
                (set_bits(1, 0, 6) + set_bits(2, 1, 5) + set_bits(0, 4, 7), 5),
                (set_bits(7, 0, 7) + set_bits(6, 0, 7) + set_bits(8, 0, 7), 5),
                (set_bits(13, 0, 7) + set_bits(12, 1, 5) + set_bits(14, 1, 5), 5),
            ),
        ]
        for table, context in zip(self.tables, contexts):
            c = context + 65536 * rank
            yield table.setdefault(self.place(c) if c >> self.bits else c, Counter(255))
        if touching:
            k = 0
            for number in touching:
                k = k * 16777619 + number
            c = k * 32 + side_by_side(part(1, 3, 4), part(7, 3, 4), part(8, 3))
            yield self.tables[5].setdefault(self.place(c), Counter(255))

    def place(self, c):
        return (c * 0x9E3779B1 & 0xFFFFFFFF) >> 32 - self.bits

    def ask(self, w, ground, z, rank, touching):
        zone, rank = min(z, 2), min(rank, 2)
        counters = list(self.counters(w, rank, touching))
        logit = clamp(self.prior.logit(w, ground, z, rank), -2047, 2047) if self.prior else 0
        stretched = [STRETCH[counter.q // 64 // 16] for counter in counters]
        inputs = [*stretched[:5], 256, logit, *(stretched[5:] or [0])]
        three, two = bits_of(w[7], 2, 4), bits_of(w[7], 3, 4)
        sets = [2 * zone + ground + 6 * rank, 18 + (bits_of(w[1], 3, 4) | two << 2 | bits_of(w[8], 3, 3) << 4)]
        sets = [self.weights[number] for number in sets]
        sums = [sum(map(int.__mul__, inputs, weights)) for weights in sets]
        logits = [clamp((total + (1 << 31) & 0xFFFFFFFF) - (1 << 31) >> 13, -3071, 3071) for total in sums]
        m = sum(logits) >> 1
        row = self.correction[bits_of(w[1], 2, 4) | three << 3 | bits_of(w[8], 3, 3) << 6]
        i, f = divmod(m + 3072, 256)
        refined = (row[i] * (256 - f) + row[i + 1] * f) // 256
        yes = self.decisions.decide(clamp((squash(m) + refined) // 2, 16, 65520))
        for weights, t in zip(sets, logits):
            e = (65536 * yes - squash(t)) * 48 >> 8
            weights[:] = [clamp(a + (n * e + 16384 >> 15), -32767, 32767) for a, n in zip(weights, inputs)]
        i += f >= 128
        row[i] += (65535 - row[i]) // 32 if yes else -(row[i] // 32)
        for counter in counters:
            counter.learn(yes)
        return yes


class Scan:
    """Context: scan and neighbourhood. Rows have background on both sides, so that voxel x is number x + 8."""

    def __init__(self, chunk, slab, labels, prior):
        self.slab, self.labels, self.decisions = slab, labels, Decisions(chunk)
        self.mixer = Mixer(self.decisions, slab[0] * slab[1] * slab[2], prior)
        self.rows, self.outside = {}, [0] * (slab[2] + 16)
        self.broken, self.broken_counters = {}, [Counter(60) for _ in range(16)]
        self.number_counters = [Counter(255) for _ in range(2 << len(labels).bit_length())]

    def row(self, z, back, y, d=0):
        if back and z == 0:
            return self.rows.get((0, y + min(d, -1)), self.outside)
        return self.rows.get((max(z - back, 0), y + d), self.outside)

    def read_row(self, z, y):
        above, before, after = self.row(z, 0, y, -1), self.row(z, 1, y), self.row(z, 1, y, 1)
        around = [
            (*(self.row(z, 0, y, d) for d in (-1, -2, -3)), *(self.row(z, 1, y, d) for d in range(-3, 4))),
            (*(self.row(z, 2, y, d) for d in range(-2, 3)), *(self.row(z, 3, y, d) for d in range(-1, 2))),
        ]
        around = around[0] + around[1]
        columns = range(8, self.slab[2] + 8)
        sixes = {x: {*above[x : x + 2], *before[x : x + 2], *after[x : x + 2]} for x in columns}
        bits = self.broken.get((z, y - 1), 0) | self.broken.get((z - 1, y), 0) << 1
        bits |= any(len(six) > 1 for six in sixes.values()) << 2 | (z == 0) << 3
        broken = self.broken[z, y] = self.decisions.decide_by(self.broken_counters[bits])
        row = self.rows[z, y] = list(self.outside)
        for x in columns:
            quiet = sixes[x] == {row[x - 1]}
            row[x] = row[x - 1] if quiet and not broken else self.read_voxel(z, x, row, around)
        return [self.labels[number - 1] if number else 0 for number in row[8:-8]]

    def read_voxel(self, z, x, row, around):
        left = row[x - 1]
        if len(self.labels) == 1:
            return left if self.ask(left, z, x, row, around, 0) else 1 - left
        above, before, after = around[0], around[6], around[7]
        candidates = [left, above[x], before[x], above[x + 1], before[x + 1], after[x], around[5][x], after[x + 1], above[x + 2]]
        candidates += [before[x + 2], around[12][x], around[1][x], above[x - 1], 0]
        for rank, number in enumerate(list(dict.fromkeys(candidates))[:6]):
            if self.ask(number, z, x, row, around, rank):
                return number
        number = 1
        for _ in range(len(self.labels).bit_length()):
            number = 2 * number + self.decisions.decide_by(self.number_counters[number])
        number -= 1 << len(self.labels).bit_length()
        return number if number <= len(self.labels) else 0

    def ask(self, number, z, x, row, around, rank):
        windows = [row[x - 8 : x], *(other[x - 3 : x + 5] for other in around)]
        windows = [sum(bit for bit, voxel in zip(BITS, window) if voxel == number) for window in windows]
        touching = [number, around[0][x], around[6][x], row[x - 1]] if len(self.labels) > 1 else None
        return self.mixer.ask(windows, int(number == 0), z, rank, touching)


BITS = [1, 2, 4, 8, 16, 32, 64, 128]


def decode_context(chunk, slab, width):
    flags, labels = chunk.take(1)[0], [1]
    chunk.must(flags < 4, "unknown bits in the first byte")
    if flags & 1:
        labels, last = [], 0
        for _ in range(chunk.varint(32)):
            last += chunk.varint(32) + 1
            labels.append(last)
    chunk.must(not labels or labels[-1] < 1 << width, "a label beyond the voxel type")
    voxels = []
    if labels:
        scan = Scan(chunk, slab, labels, Prior() if flags & 2 else None)
        for row in range(slab[0] * slab[1]):
            voxels += scan.read_row(*divmod(row, slab[1]))
    chunk.must(not chunk.left(), "bytes that are not read")
    return voxels or [0] * (slab[0] * slab[1] * slab[2])


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
