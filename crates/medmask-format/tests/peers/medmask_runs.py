"""SPEC.md, section "Codec: runs"."""

from medmask_bytes import PACKERS, Cursor, unpack_bits


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
    chunk.must(layout <= 2, "an unknown layout of rows")
    source = Streams(chunk, layout, width, voxels + 2 * depth * height + 64)
    rows, room, labels = {}, voxels // 4 + 2 * depth * height + 64, []
    for z in range(depth):
        for y in range(height):
            around = {"S": rows.get((z - 1, y), []), "R": rows.get((z, y - 1), [])}
            operation = source.operation()
            row = make_row(operation, around, source, columns, chunk)
            if operation[:4] != "copy":
                room -= sum(label > 0 for _, label in row)
                chunk.must(room >= 0, "more runs than allowed")
            rows[z, y] = row
            line = [0] * columns
            for start, end, label in runs(row):
                line[start:end] = [label] * (end - start)
            labels += line
    source.finish()
    return labels


def runs(row):
    return [(x, row[i + 1][0], label) for i, (x, label) in enumerate(row) if label]


OPERATIONS = ["copy slice", "copy row", "shift slice", "shift row", "edit"]
STEPS = ["keep", "relabel", "delete", "insert", "end"]


def make_row(operation, around, source, columns, chunk):
    if operation[:4] == "copy":
        return around["S" if operation == "copy slice" else "R"]
    if operation[:5] == "shift":
        reference = around["S" if operation == "shift slice" else "R"]
        row = [(x + move, label) for (x, label), move in zip(reference, (source.move() for _ in reference))]
    else:
        row = edited_row(list(around["S"] or around["R"]), source, columns, chunk)
    places = [-1, *(x for x, _ in row), columns + 1]
    labels = [0, *(label for _, label in row), 0]
    chunk.must(all(a < b for a, b in zip(places, places[1:])), "transitions out of order or beyond the width")
    chunk.must(all(a != b for a, b in zip(labels, labels[1:-1])) and labels[-2] == 0, "runs that join or do not end")
    chunk.must(max(labels) < 1 << source.width, "a label beyond the voxel type")
    return row


def edited_row(reference, source, columns, chunk):
    row = []
    while (step := source.step()) != "end":
        chunk.must(step == "insert" or reference, "a step takes a transition that the reference does not have")
        before = row[-1][1] if row else 0
        if step == "insert":
            x = source.number() + (row[-1][0] + 1 if row else 0)
        else:
            x, label = reference.pop(0)
        if step == "delete":
            continue
        if step != "insert":
            x += source.move()
        chunk.must(0 <= x <= columns, "a transition outside the row")
        if step != "keep":
            label = source.number() if source.width > 1 else 1 - before
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

    def operation(self):
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

    def step(self):
        step = self.streams[2].take(1)[0]
        self.streams[2].must(step < 5, "an unknown step")
        return STEPS[step]

    def number(self):
        return self.streams[2].varint(32)

    def finish(self):
        for stream in self.streams:
            stream.must(not stream.left() and not self.repeats, "more than the rows need")
