"""SPEC.md, section "Codec: context"; its parts in the order tables, counters, coder, prior, mixer and early exit, scan, header."""

import copy
import pathlib
import struct
import zlib

from medmask_bytes import Cursor, Refused

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
    def __init__(self, memory, q=1 << 21, n=0):
        self.q, self.n, self.memory = q, n, memory

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


class Numbers:
    """Context: numbers, of one kind."""

    def __init__(self):
        self.longer, self.first = ([Counter(255) for _ in range(32)] for _ in range(2))

    def read(self, decisions):
        k = 0
        while k < 31 and decisions.decide_by(self.longer[k]):
            k += 1
        number = 1
        for i in range(k):
            number = 2 * number + (decisions.decide(32768) if i else decisions.decide_by(self.first[k]))
        return number - 1


def read_evenly(decisions, m):
    a, b = 0, m
    while b - a > 1:
        c = a + (b - a) // 2
        a, b = (c, b) if decisions.decide(32768) else (a, c)
    return a


class Others:
    """Context: other labels."""

    def __init__(self, labels):
        self.labels, self.unseen, self.newest, self.recent = labels, list(range(1, labels + 1)), 0, [0]
        self.last_new, self.found, self.places = [0, 0], 0, Numbers()
        self.near, self.this, self.new = ([Counter(255) for _ in range(n)] for n in (5, 7, 4))
        self.next, self.before = ([Counter(255) for _ in range(3)] for _ in range(2))

    def read(self, decisions, candidates, near):
        if near and decisions.decide_by(self.near[min(len(near), 4)]):
            for place, number in enumerate(near[:-1]):
                if decisions.decide_by(self.this[min(place, 6)]):
                    return number
            return near[-1]
        if self.unseen and self.read_is_new(decisions):
            number = self.read_new(decisions)
        else:
            possible = [number for number in self.recent if number not in candidates + near]
            place = self.places.read(decisions)
            number = possible[place] if place < len(possible) else read_evenly(decisions, self.labels + 1)
        self.recent = [number, *(other for other in self.recent if other != number)][:255]
        return number

    def read_is_new(self, decisions):
        before, last = self.last_new
        self.last_new = [last, decisions.decide_by(self.new[2 * before + last])]
        return self.last_new[1]

    def read_new(self, decisions):
        above = [number for number in self.unseen if number > self.newest]
        below = [number for number in self.unseen if number < self.newest]
        following, before = min(above or self.unseen), max(below or self.unseen)
        if len(self.unseen) == 1 or decisions.decide_by(self.next[self.found]):
            place = self.unseen.index(following)
        elif decisions.decide_by(self.before[self.found]):
            place = self.unseen.index(before)
        else:
            place = read_evenly(decisions, len(self.unseen))
        self.newest = self.unseen[place]
        self.found = 1 if self.newest == following else 2 * (self.newest == before)
        last = self.unseen.pop()
        if place < len(self.unseen):
            self.unseen[place] = last
        return self.newest


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


def learn(weight, step):
    high, low = (weight + step) >> 16, (weight + step) % 65536
    return (clamp(high, -32768, 32767) << 16) + low


class Mixer:
    def __init__(self, decisions, voxels, prior, exits):
        self.exits = [Counter(255, 64 * squash(832 + 128 * i), 16) for i in range(8)] if exits else None
        self.decisions, self.prior, self.bits = decisions, prior, clamp(voxels.bit_length() - 1 - 7, 10, 14)
        self.tables = [{} for _ in range(10)]
        start = [409] * 9 + [0, 7168, 409] if prior else [1638] * 9 + [0, 0, 1638]
        # Each weight as one number: its high half times 65,536, and its low half.
        self.weights = [[weight << 16 for weight in start] for _ in range(50)]
        self.learnt = [0] * 50
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
            side_by_side(part(0, 5, 7), part(1, 0, 6), part(2, 2, 5), part(3, 3, 4)),
            sum(set_bits(k, 0, 7) for k in range(19)),
            side_by_side(*((set_bits(k, 0, 7), 4) for k in range(4))),
            side_by_side(*((set_bits(k, 1, 6), 3) for k in range(5, 10))),
        ]
        for table, context in zip(self.tables, contexts):
            c = context + 65536 * rank
            yield table.setdefault(self.place(c) if c >> self.bits else c, Counter(255))
        if touching:
            k = 0
            for number in touching:
                k = k * 16777619 + number
            c = k * 32 + side_by_side(part(1, 3, 4), part(7, 3, 4), part(8, 3))
            yield self.tables[9].setdefault(self.place(c), Counter(255))

    def place(self, c):
        return (c * 0x9E3779B1 & 0xFFFFFFFF) >> 32 - self.bits

    def ask(self, w, ground, z, rank, touching):
        zone, rank = min(z, 2), min(rank, 2)
        logit = self.prior.logit(w, ground, z, rank) if self.prior else 0
        sure = self.exits and abs(logit) >= 768 and self.exits[min((abs(logit) - 768) // 128, 7)]
        if sure and sure.q // 64 >= 64512:
            return self.decisions.decide_by(sure) == (logit > 0)
        counters = list(self.counters(w, rank, touching))
        stretched = [STRETCH[counter.q // 64 // 16] for counter in counters]
        inputs = [*stretched[:9], 256, clamp(logit, -2047, 2047), *(stretched[9:] or [0])]
        three, two = bits_of(w[7], 2, 4), bits_of(w[7], 3, 4)
        sets = [2 * zone + ground + 6 * rank, 18 + (bits_of(w[1], 3, 4) | two << 2 | bits_of(w[8], 3, 3) << 4)]
        sums = [sum(a * (weight >> 16) for a, weight in zip(inputs, self.weights[number])) for number in sets]
        logits = [clamp((total + (1 << 31) & 0xFFFFFFFF) - (1 << 31) >> 13, -3071, 3071) for total in sums]
        m = sum(logits) >> 1
        row = self.correction[bits_of(w[1], 2, 4) | three << 3 | bits_of(w[8], 3, 3) << 6]
        i, f = divmod(m + 3072, 256)
        refined = (row[i] * (256 - f) + row[i + 1] * f) // 256
        yes = self.decisions.decide(clamp((squash(m) + refined) // 2, 16, 65520))
        for number, t in zip(sets, logits):
            e = (65536 * yes - squash(t)) * (16 + 40960 // (512 + self.learnt[number])) >> 8
            self.learnt[number] = min(self.learnt[number] + 1, 4095)
            self.weights[number] = [learn(weight, a * e) for weight, a in zip(self.weights[number], inputs)]
        i += f >= 128
        row[i] += (65535 - row[i]) // 32 if yes else -(row[i] // 32)
        for counter in counters:
            counter.learn(yes)
        if sure:
            sure.learn(yes == (logit > 0))
        return yes


class Scan:
    """Context: scan and neighbourhood. Rows have background on both sides, so that voxel x is number x + 8."""

    def __init__(self, decisions, slab, labels, flags):
        self.slab, self.labels, self.wide, self.decisions = slab, labels, flags & 16, decisions
        prior = Prior() if flags & 2 else None
        self.mixer = Mixer(self.decisions, slab[0] * slab[1] * slab[2], prior, flags & 4)
        self.rows, self.outside = {}, [0] * (slab[2] + 16)
        self.broken, self.broken_counters = {}, [Counter(60) for _ in range(16)]
        self.others = Others(len(labels))

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
        differ = {x for x in columns if len({*above[x : x + 2], *before[x : x + 2], *after[x : x + 2]}) > 1}
        reach = range(-2, 3) if self.wide and z == 0 else [0]
        loud = {x for x in columns if any(x + i in differ for i in reach)}
        bits = self.broken.get((z, y - 1), 0) | self.broken.get((z - 1, y), 0) << 1
        bits |= (len(loud) > 0) << 2 | (z == 0) << 3
        broken = self.broken[z, y] = self.decisions.decide_by(self.broken_counters[bits])
        row = self.rows[z, y] = list(self.outside)
        for x in columns:
            quiet = x not in loud and row[x - 1] == above[x]
            row[x] = row[x - 1] if quiet and not broken else self.read_voxel(z, x, row, around)
        return [self.labels[number - 1] if number else 0 for number in row[8:-8]]

    def read_voxel(self, z, x, row, around):
        left = row[x - 1]
        if len(self.labels) == 1:
            return left if self.ask(left, z, x, row, around, 0) else 1 - left
        above, before, after = around[0], around[6], around[7]
        candidates = [left, above[x], before[x], above[x + 1], before[x + 1], after[x], around[5][x], after[x + 1], above[x + 2]]
        candidates += [before[x + 2], around[12][x], around[1][x], above[x - 1], 0]
        candidates = list(dict.fromkeys(candidates))[:6]
        for rank, number in enumerate(candidates):
            if self.ask(number, z, x, row, around, rank):
                return number
        cells = sorted(((i - 3) ** 2 + (k - 3) ** 2, i, k) for i in range(7) for k in range(8))
        near = dict.fromkeys(around[3 + i][x - 3 + k] for _, i, k in cells)
        near = [number for number in near if number not in candidates][:8]
        return self.others.read(self.decisions, candidates, near)

    def ask(self, number, z, x, row, around, rank):
        windows = [row[x - 8 : x], *(other[x - 3 : x + 5] for other in around)]
        windows = [sum(bit for bit, voxel in zip(BITS, window) if voxel == number) for window in windows]
        touching = [number, around[0][x], around[6][x], row[x - 1]] if len(self.labels) > 1 else None
        return self.mixer.ask(windows, int(number == 0), z, rank, touching)


BITS = [1, 2, 4, 8, 16, 32, 64, 128]


def read_labels(decisions, count):
    """Context: list of labels."""
    labels, gaps, lengths = [0], Numbers(), Numbers()
    while len(labels) <= count:
        first = labels[-1] + 1 + gaps.read(decisions)
        more = lengths.read(decisions) if len(labels) < count else 0
        decisions.chunk.must(len(labels) + more <= count, "more labels than their count")
        labels += range(first, first + more + 1)
    return labels[1:]


def decode_context(chunk, slab, width):
    flags = chunk.take(1)[0]
    chunk.must(flags < 32 and flags & 6 != 4, "unknown bits in the first byte")
    count = chunk.varint(32) if flags & 1 else 1
    if not count:
        chunk.must(not flags & 8 and not chunk.left(), "bytes that are not read")
        return [0] * (slab[0] * slab[1] * slab[2])
    first, upper = 0, chunk.left()
    if flags & 8:
        first, upper = chunk.varint(32), chunk.varint()
        chunk.must(1 <= first < slab[0] and (first + 1) * slab[1] * slab[2] <= 1 << 23, "no possible first slice")
    upper, lower = (Cursor(chunk.take(length), "chunk", chunk.base) for length in (upper, chunk.left() - upper))
    decisions = Decisions(upper)
    labels = read_labels(decisions, count) if flags & 1 else [1]
    chunk.must(labels[-1] < 1 << width, "a label beyond the voxel type")
    scan, slices = Scan(decisions, slab, labels, flags), {}

    def read_slice(scan, z):
        slices[z] = [voxel for y in range(slab[1]) for voxel in scan.read_row(abs(z - first), y)]

    read_slice(scan, first)
    below = copy.deepcopy(scan)
    for z in range(first + 1, slab[0]):
        read_slice(scan, z)
    if first:
        below.decisions = below.mixer.decisions = Decisions(lower)
    for z in reversed(range(first)):
        read_slice(below, z)
    chunk.must(not upper.left() and not lower.left(), "bytes that are not read")
    return [voxel for z in range(slab[0]) for voxel in slices[z]]
