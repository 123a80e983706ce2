"""SPEC.md, sections "Index record" and "Index document": columns to dictionaries."""

import json
import zlib

from medmask_bytes import Cursor, unzstd

DTYPES = ["bool", "uint8", "uint16", "uint32"]
CODEC_NAMES = ["raw", "lz4", "zstd", "runs", "context", "planes", "transitions", "tiles"]


# Index record


def read_record(file, offset, length, crc, magic=b"MSKI"):
    record = Cursor(file[offset : offset + length], "index record", offset)
    found, own, encoding = record.unpack("4sIB")
    record.must(len(record.data) == length, "it ends early")
    record.must(own == crc == zlib.crc32(record.data[8:], zlib.crc32(record.data[:4])), "checksum does not match")
    record.must(found == magic and encoding <= 1, "magic or encoding")
    plain, stored, padding = record.varint(), record.varint(), record.take(1)[0]
    record.must(plain <= (8 << 20) + 2 * len(file), "the document exceeds the limits")
    document = record.take(stored)
    record.must(record.left() == padding, "another length than stated")
    record.zero(padding)
    if encoding:
        document = unzstd(document, plain, record)
    record.must(len(document) == plain, "another length before compression")
    return parse_document(document, offset, len(file))


# Index document


class Column(Cursor):
    """One column; `there` says whether the document has it."""

    def __init__(self, data, base):
        super().__init__(data or b"", "index document", base)
        self.there = data is not None

    def number(self):
        return self.varint() if self.there else 0

    def signed(self):
        number = self.number()
        return number // 2 if number % 2 == 0 else -(number + 1) // 2

    def text(self):
        end = self.data.find(b"\0", self.at)
        self.must(end >= 0, "a text without an end")
        text = self.decoded(self.take(end - self.at))
        self.take(1)
        return text

    def decoded(self, data):
        try:
            return data.decode()
        except UnicodeDecodeError:
            return self.fail("a text is not UTF-8")

    def object(self, text):
        try:
            value = json.loads(text, parse_constant=self.fail)
        except (ValueError, RecursionError) as error:
            self.fail(str(error))
        self.must(isinstance(value, dict), "an object that is none")
        return value

    def bytes_of(self, rows):
        """One byte for each row, or one for all."""
        if not self.there:
            return bytes(rows)
        return self.take(1) * rows if self.left() == 1 else self.take(rows)


def columns_of(data, base):
    document, columns, last = Cursor(data, "index document", base), {}, -1
    while document.left():
        number = document.varint()
        document.must(number > last, "columns that do not ascend")
        last = number
        columns[number] = Column(document.take(document.varint()), base)
    return lambda number: columns.pop(number, None) or Column(None, base), columns


def end(*columns):
    for column in columns:
        column.must(not column.left(), "more items than rows")


def parse_document(data, base, file_length):
    column, found = columns_of(data, base)
    where = Cursor(b"", "index document", base)
    where.must(0 in found, "no generation")
    document = {"generation": found[0].number(), "records": []}
    records, at = column(1), 0
    while records.left():
        start, length = at + records.number(), records.number()
        document["records"].append((start, length, records.unpack("I")[0], records.number()))
        at = start + length
    copy = column(2)
    document["copy"] = (copy.number(), copy.number(), copy.unpack("I")[0]) if copy.there else None
    metadata, further, removed = column(3), column(4), column(5)
    document["metadata"] = metadata.object(metadata.decoded(metadata.take(metadata.left()))) if metadata.there else {}
    document["further"] = further.object(further.decoded(further.take(further.left()))) if further.there else {}
    document["removed"] = texts(removed)
    end(column(0), copy)
    document["entries"] = parse_entries(column)
    labels = [label for entry in document["entries"] for label in entry["labels"]]
    labels = sum(3 if {"code", "further"} & set(label) else 1 for label in labels)
    rows = labels + 2 * (len(document["entries"]) + len(document["removed"]) + len(document["records"]))
    where.must(rows <= 131072 + file_length // 24, "more rows than the file may have")
    return document


def texts(column):
    found = []
    while column.left():
        found.append(column.text())
    return found


def parse_entries(column):
    """Columns of entries and of labels, also of a blob's names."""
    shared = column(6)
    shared = [shared.object(text) for text in texts(shared)]
    entries = [{"name": name} for name in texts(column(16))]
    dtypes, codecs = column(17), column(18)
    lengths, offsets, counts, places, further, layers = (column(number) for number in range(19, 25))
    ends = 0
    for entry, dtype in zip(entries, dtypes.bytes_of(len(entries))):
        dtypes.must(dtype < len(DTYPES), "an unknown dtype")
        entry["dtype"] = DTYPES[dtype]
        length = lengths.number()
        if length:
            ends = (ends + offsets.signed()) % 2**64
            entry["blob"] = [ends, length]
            ends = (ends + length) % 2**64
        count = counts.number()
        entry["labels"] = 1 - count if count <= 1 else count
        place = places.number()
        if place:
            places.must(place <= len(shared), "no such metadata")
            entry["metadata"] = shared[place - 1]
        layer = layers.number()
        if layer:
            layers.must(layer < 1 << 32, "a layer beyond 32 bits")
            entry["layer"] = layer
    stored = [entry for entry in entries if "blob" in entry]
    for entry, codec in zip(stored, codecs.bytes_of(len(stored))):
        if codec:
            entry["codec"] = CODEC_NAMES[codec - 1] if codec <= len(CODEC_NAMES) else "unknown"
    add_further(further, entries)
    end(dtypes, codecs, lengths, offsets, counts, places, further, layers)
    parse_labels(column, entries)
    return entries


def add_further(column, rows):
    at = 0
    while column.left():
        at += column.number()
        column.must(at < len(rows), "keys of a row that is not there")
        rows[at]["further"] = column.object(column.text())
        at += 1


def parse_labels(column, entries):
    total = sum(entry["labels"] for entry in entries)
    numbers, flags, names, colours, codes, voxels = (column(number) for number in range(32, 38))
    numbers.must(total <= 1 << 24, "more labels than this reader takes")
    starts, extents, sums = ([column(first + axis) for axis in range(3)] for first in (38, 41, 44))
    further, rows, before = column(47), [], [0, 0, 0]
    flag = iter(flags.bytes_of(total))
    for entry in entries:
        last, labels = 0, []
        for _ in range(entry["labels"]):
            last += 1 + numbers.signed()
            numbers.must(0 <= last < 1 << 32, "a label beyond 32 bits")
            bits, label = next(flag), {"label": last}
            flags.must(bits < 32, "unknown flags")
            if bits % 4 != 3:
                label["name"] = [lambda: entry["name"], names.text, lambda: f"label_{last}"][bits % 4]()
            if bits & 4:
                label["colour"] = list(colours.take(4))
            if bits & 8:
                label["code"] = [codes.text() for _ in range(3)]
            count = 0 if bits & 16 else voxels.number()
            if bits & 16:
                label["uncounted"] = True
            if count:
                label.update(voxels=count, **statistics(count, starts, extents, sums, before))
            labels.append(label)
        entry["labels"] = labels
        rows += labels
    add_further(further, rows)
    end(numbers, flags, names, colours, codes, voxels, *starts, *extents, *sums, further)


def statistics(count, starts, extents, sums, before):
    bounds, totals = [], []
    for axis in range(3):
        before[axis] += starts[axis].signed()
        start, last = before[axis], before[axis] + extents[axis].number()
        starts[axis].must(0 <= start and last < 2**32, "a box beyond 32 bits")
        bounds.append([start, last + 1])
        totals.append((count * (start + last) // 2 + sums[axis].signed()) % 2**64)
    return {"bounds": bounds, "sums": totals}
