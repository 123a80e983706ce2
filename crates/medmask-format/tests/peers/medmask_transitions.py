"""SPEC.md, section "Codec: transitions"."""

from pathlib import Path

START = Path(__file__).parent.parent.parent / "src/codec/transitions/start.bin"
# Contexts of each kind, in the order of the file.
COUNTS = {"stretch": 2, "row": 1125, "both": 1008, "alone": 288, "tail": 4, "label": 8, "number": 85}
FIRST = {kind: sum(list(COUNTS.values())[:place]) for place, kind in enumerate(COUNTS)}
NUMBERS = ["rows", "gap outside", "gap inside", "move", "label"]
EIGHTHS = [1048576, 961548, 881744, 808562, 741455, 679917, 623487, 571740]


def starts():
    """For each context how many symbols it has seen, and where the shares of symbols 1 to 15 begin."""
    data = START.read_bytes()
    assert len(data) == 17 * sum(COUNTS.values())
    result = []
    for at in range(0, len(data), 17):
        weights = [max(EIGHTHS[byte % 8] >> byte // 8, 1) for byte in data[at + 1 : at + 17]]
        bounds = [65535 * sum(weights[:i]) // sum(weights) for i in range(1, 16)]
        result.append((data[at], bounds))
    return result


class Symbols:
    def __init__(self, chunk):
        data = chunk.take(chunk.left())
        first = len(data) if len(data) <= 4 else 4 - len(data) % 2
        chunk.must(first and data[0], "the state does not begin")
        self.chunk, self.state, self.rest = chunk, int.from_bytes(data[:first], "big"), data[first:]
        self.contexts = [(seen, list(bounds)) for seen, bounds in starts()]

    def skip(self, low, end):
        self.state = (end - low) * (self.state >> 15) + self.state % 32768 - low
        if self.state < 65536 and self.rest:
            self.state, self.rest = self.state << 16 | int.from_bytes(self.rest[:2], "big"), self.rest[2:]

    def symbol(self, kind, number):
        seen, bounds = self.contexts[FIRST[kind] + number]
        lows = [0, *(bound // 2 - bound // 4096 + i for i, bound in enumerate(bounds, 1)), 32768]
        symbol = max(i for i in range(16) if lows[i] <= self.state % 32768)
        self.skip(lows[symbol], lows[symbol + 1])
        rate = 655360 // (10 * min(seen, 60) + 16)
        for i, bound in enumerate(bounds, 1):
            bounds[i - 1] = bound - bound * rate // 65536 if i <= symbol else bound + (65535 - bound) * rate // 65536
        self.contexts[FIRST[kind] + number] = min(seen + 1, 60), bounds
        return symbol

    def bits(self, count):
        value = self.state % 32768 >> 15 - count
        self.skip(value << 15 - count, (value + 1) << 15 - count)
        return value

    def number(self, kind):
        base = 17 * NUMBERS.index(kind)
        length = first = self.symbol("number", base)
        if first == 15:
            length += self.bits(5)
        value, left = 1, length
        if left:
            count = min(left, 3)
            value, left = value << count | self.symbol("number", base + 1 + first) % (1 << count), left - count
        while left:
            count = min(left, 12)
            value, left = value << count | self.bits(count), left - count
        return min(value - 1, 2**32 - 1)


def decode_transitions(chunk, slab, width):
    depth, height, columns = slab
    symbols = Symbols(chunk)
    room, labels, before = depth * height * columns // 4 + 2 * depth * height + 64, [], []
    for z in range(depth):
        slice_ = []
        while (y := len(slice_)) < height:
            S, SR, SN = (before[at][0] if 0 <= at < len(before) else [] for at in (y, y - 1, y + 1))
            R, came = slice_[-1] if slice_ else ([], 0)
            if not (S or R or SR or SN):
                stretch = next((n for n in range(height - y) if before and any(b for b, _ in before[y + n : y + n + 2])), height - y)
                answer = symbols.symbol("stretch", z == 0)
                chunk.must(answer < 2, "an unknown answer")
                rows = symbols.number("rows") if answer else stretch
                chunk.must(not answer or rows < stretch, "a stretch that is too long")
                slice_ += [([], 0)] * rows
                if not answer:
                    continue
                origin = 2
            else:
                context = (relation(S, R) * 5 + relation(S, SR)) * 5 + relation(S, SN)
                origin = symbols.symbol("row", context * 9 + came * 3 + (before[y][1] if before else 0))
                chunk.must(origin < 3, "an unknown origin")
            row = [S, R][origin] if origin < 2 else coded_row(symbols, S, R, SR, SN, columns, width, chunk)
            if origin == 2:
                room -= len(row) // 2
                chunk.must(room >= 0, "more transitions than allowed")
            slice_.append((row, origin if row else 0))
        before = slice_
        for row, _ in slice_:
            line = [0] * columns
            for (start, label), (end, _) in zip(row, row[1:]):
                line[start:end] = [label] * (end - start)
            labels += line
    chunk.must(symbols.state == 1 and not symbols.rest, "more than the rows need")
    return labels


def relation(one, other):
    if [label for _, label in one] != [label for _, label in other]:
        return 4
    return min(3, sum(abs(a - b) for (a, _), (b, _) in zip(one, other)))


def edges(row):
    return [(x, row[i - 1][1] if i else 0, label) for i, (x, label) in enumerate(row)]


def clamp(value, least, most):
    return min(max(value, least), most)


def candidates(S, R, SR, SN):
    """(place, label on the left, label on the right, kind, number of the context) of each."""
    s, r, same = edges(S), edges(R), relation(S, R) < 4
    result, i, j = [], 0, 0

    def seen(edge, row, index):
        """Where the row has the edge, or None."""
        if index is not None and relation(S, row) < 4:
            return row[index][0] if abs(row[index][0] - edge[0]) <= 12 else None
        near = [x for x, *pair in edges(row) if pair == [*edge[1:]] and abs(x - edge[0]) <= 4]
        return near[0] if near and not same else None

    def out(edge, place, most):
        by = place - edge[0] if edge[1] else edge[0] - place
        return clamp(by, -most, most) + most

    def said(edge, place):
        return 5 if place is None else out(edge, place, 2)

    while i < len(s) or j < len(r):
        if i < len(s) and j < len(r) and (same or s[i][1:] == r[j][1:] and abs(s[i][0] - r[j][0]) <= 12):
            x, left, label = s[i]
            at_before, at_after = seen(s[i], SR, i), seen(s[i], SN, i)
            place = x if at_before is None else clamp(x + r[j][0] - at_before, min(x, r[j][0]), max(x, r[j][0]))
            context = (out(s[i], r[j][0], 3) * 6 + said(s[i], at_before)) * 6 + said(s[i], at_after)
            result.append((place, left, label, "both", context * 4 + 2 * (left > 0 and label > 0)))
            i, j = i + 1, j + 1
            continue
        of_slice = i < len(s) and (j == len(r) or s[i][0] <= r[j][0])
        edge, index = (s[i], i) if of_slice else (r[j], None)
        context = said(edge, seen(edge, SR, index)) * 6 + said(edge, seen(edge, SN, index))
        result.append((*edge, "alone", context * 8 + 4 * of_slice))
        i, j = i + of_slice, j + (not of_slice)
    return result


def label_at(row, x):
    return next((label for place, label in reversed(row) if place <= x), 0)


def coded_row(symbols, S, R, SR, SN, columns, width, chunk):
    row, stay, alone_before = [], True, False

    def current():
        return row[-1][1] if row else 0

    def push(x, label):
        fits = x > (row[-1][0] if row else -1) and x <= columns - (label > 0) and label != current() and label < 1 << width
        chunk.must(fits, "a transition that does not fit")
        row.append((x, label))

    def label_of(x):
        if width == 1:
            return 1 - current()
        here = [label_at(R, x), label_at(S, x), label_at(SN, x), 0]
        context = 4 * (here[0] == current()) + 2 * (here[1] == current()) + (here[0] == here[1])
        choice = symbols.symbol("label", context)
        chunk.must(choice < 5, "an unknown choice")
        return here[choice] if choice < 4 else symbols.number("label")

    def insert():
        gap = symbols.number("gap inside" if current() else "gap outside")
        x = (row[-1][0] + 1 if row else 0) + gap
        push(x, label_of(x))

    expected = candidates(S, R, SR, SN)
    for index, (x, left, label, kind, context) in enumerate(expected):
        while label != current():
            alone = 2 * (left != current()) + alone_before
            symbol = symbols.symbol(kind, context + (alone if kind == "alone" else stay and index + 1 == len(expected)))
            stay = stay and symbol == 0
            if symbol == 14:
                insert()
                continue
            if symbol == 15:
                number = symbols.number("move")
                place = x + (number // 2 if number % 2 == 0 else -(number + 1) // 2)
                push(place, label_of(place))
            elif symbol != 13:
                by = symbol if symbol < 6 else 5 - symbol
                if symbol > 10:
                    by = (6 + symbols.number("move")) * (1 if symbol == 11 else -1)
                push(x + (by if left else -by), label)
            break
        alone_before = kind == "alone"
    while True:
        if not current():
            answer = symbols.symbol("tail", 2 * (not expected) + (not row))
            chunk.must(answer < 2, "an unknown answer")
            if not answer:
                return row
        insert()
