"""Reads an adaptively coded chunk of the codec `runs`, from SPEC.md alone: a check on spec and encoder.

    read_adaptive_runs.py HEX DEPTH HEIGHT WIDTH {bool,labels}

prints the voxels, a line for each row.
"""

import sys
from collections import defaultdict

OPERATIONS = COPY_SLICE, COPY_ROW, SHIFT_SLICE, SHIFT_ROW, EDIT = range(5)
KEEP, RELABEL, DELETE, INSERT, END = range(5)


class Decisions:
    def __init__(self, data):
        self.data, self.at = data, 0
        self.range = 2**64 - 1
        self.code = self.take(8)
        self.chances = defaultdict(lambda: [32768, 0])

    def take(self, count):
        taken = self.data[self.at : self.at + count].ljust(count, b"\0")
        self.at += count
        return int.from_bytes(taken, "big")

    def __call__(self, *context):
        chance = self.chances[context]
        p, n = chance
        bound = (self.range >> 16) * max(p, 1)
        yes = self.code < bound
        if yes:
            self.range = bound
        else:
            self.code -= bound
            self.range -= bound
        target = 65535 if yes else 0
        chance[:] = p + (((target - p) * (655360 // (10 * n + 16))) >> 16), min(n + 1, 40)
        if self.range < 2**32:
            self.range <<= 32
            self.code = (self.code << 32) + self.take(4)
        return yes

    def number(self, what):
        k = 0
        while k < 32 and self(what, "length", k):
            k += 1
        value = 1
        for position in range(k):
            before = value if position < 3 else None
            value = value * 2 + self(what, "bit", k, before)
        return value - 1


def label_at(row, x):
    return next((label for start, end, label in row if start <= x < end), 0)


class Chunk:
    def __init__(self, data, shape, is_bool):
        assert data[0] == 3
        self.decide = Decisions(data[1:])
        self.depth, self.height, self.width = shape
        self.is_bool = is_bool
        self.step_before = END

    def rows(self):
        before, operations = [[]] * self.height, [COPY_SLICE] * self.height
        for _ in range(self.depth):
            this, operation = [], COPY_SLICE
            for y in range(self.height):
                s, r = before[y], this[-1] if this else []
                sr = before[y - 1] if y else []
                sn = before[y + 1] if y + 1 < self.height else []
                operation = self.operation(s, r, sr, sn, operation, operations[y])
                operations[y] = operation
                if operation in (COPY_SLICE, COPY_ROW):
                    row = s if operation == COPY_SLICE else r
                elif operation == SHIFT_SLICE:
                    row = self.shift(s, (r, sr, sn))
                elif operation == SHIFT_ROW:
                    row = self.shift(r, (s, sr, []))
                else:
                    row = self.edit(s or r, s, r, sn)
                this.append(row)
                yield row
            before = this

    def operation(self, s, r, sr, sn, row_operation, slice_operation):
        bits = not s, not r, s == r, len(s) == len(r), s == sr, s == sn
        context = "operation", bits, row_operation, slice_operation
        for operation, possible in (
            (COPY_SLICE, True),
            (SHIFT_SLICE, bool(s)),
            (COPY_ROW, s != r),
            (SHIFT_ROW, bool(r) and s != r),
        ):
            if possible and self.decide(*context, operation):
                return operation
        return EDIT

    def shift(self, reference, evidence):
        row, has_moved = [], False
        for index, (start, end, label) in enumerate(reference):
            beside = [runs[index] if index < len(runs) else None for runs in evidence]
            beside = [run if run and run[2] == label else None for run in beside]
            if index and reference[index - 1][1] == start:
                new_start = row[-1][1]
            else:
                by = self.move(start, [run and run[0] for run in beside], -1, False)
                has_moved |= by != 0
                new_start = start + by
            is_last = index + 1 == len(reference) and not has_moved
            by = self.move(end, [run and run[1] for run in beside], 1, is_last)
            has_moved |= by != 0
            row.append((new_start, end + by, label))
        return row

    def move(self, x, beside, out, must_move):
        context = tuple(
            None if other is None else max(-most, min(most, out * (other - x)))
            for other, most in zip(beside, (3, 2, 1))
        ) + (must_move,)
        if self.decide("stays", context):
            return 0
        grows = self.decide("grows", context)
        distance = 1
        while distance <= 6 and self.decide("farther", context, grows, distance):
            distance += 1
        if distance > 6:
            distance += self.decide.number("far")
        return out * (distance if grows else -distance)

    def edit(self, reference, s, r, sn):
        transitions = []
        for start, end, label in reference:
            if transitions and transitions[-1][0] == start:
                transitions.pop()
            transitions += [(start, label), (end, 0)]
        row, at, label, least = [], 0, 0, 0
        while (step := self.step(bool(transitions))) != END:
            new_at, new_label = transitions.pop(0) if step != INSERT else (least, None)
            if step == DELETE:
                continue
            if step == INSERT:
                new_at += self.decide.number("gap")
            else:
                number = self.decide.number("move")
                new_at += number // 2 if number % 2 == 0 else -(number + 1) // 2
            if step != KEEP:
                new_label = self.label(new_at, label, (r, s, sn))
            if label:
                row.append((at, new_at, label))
            at, label, least = new_at, new_label, new_at + 1
        assert label == 0
        return row

    def step(self, is_open):
        context = "step", self.step_before, is_open
        for step, possible in ((KEEP, is_open), (INSERT, True), (DELETE, is_open), (RELABEL, is_open)):
            if possible and self.decide(*context, step):
                break
        else:
            step = END
        self.step_before = step
        return step

    def label(self, x, before, rows):
        if self.is_bool:
            return int(before == 0)
        refused = {before}
        for place, likely in enumerate([label_at(row, x) for row in rows] + [0]):
            if likely in refused:
                continue
            if self.decide("label", place, likely == 0):
                return likely
            refused.add(likely)
        return self.decide.number("label")


def main():
    data, *shape, dtype = sys.argv[1:]
    chunk = Chunk(bytes.fromhex(data), [int(extent) for extent in shape], dtype == "bool")
    for row in chunk.rows():
        print(" ".join(str(label_at(row, x)) for x in range(chunk.width)))
    assert chunk.decide.at >= len(chunk.decide.data), "bytes are left over"


if __name__ == "__main__":
    main()
