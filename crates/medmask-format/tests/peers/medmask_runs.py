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
        row = edited_row(list(around["S"] or around["R"]), around, source, columns, chunk)
    places = [-1, *(x for x, _ in row), columns + 1]
    labels = [0, *(label for _, label in row), 0]
    chunk.must(all(a < b for a, b in zip(places, places[1:])), "transitions out of order or beyond the width")
    chunk.must(all(a != b for a, b in zip(labels, labels[1:-1])) and labels[-2] == 0, "runs that join or do not end")
    chunk.must(max(labels) < 1 << source.width, "a label beyond the voxel type")
    return row


def edited_row(reference, around, source, columns, chunk):
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
        chunk.must(0 <= x <= columns, "a transition outside the row")
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
