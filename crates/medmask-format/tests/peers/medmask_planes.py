"""SPEC.md, section "Codec: planes"."""

from medmask_bytes import Cursor


def planes_of(codecs):
    """A decoder of the codec, whose rest is in one of `codecs`."""

    def decode(chunk, slab, width):
        first = chunk.take(1)[0]
        inner, along_y = first & ~16, first & 16
        chunk.must(inner < len(codecs) and codecs[inner], "a codec of the rest that is none")
        stands, coded = [], []
        for planes in slab:
            period = chunk.varint(32)
            chunk.must(period < planes, "a pattern that is longer than its axis")
            bits = int.from_bytes(chunk.take((period + 7) // 8), "little")
            left_out = [plane > 0 and period > 0 and bits >> ((plane - 1) % period) & 1 for plane in range(planes)]
            places, last = [], -1
            for out in left_out:
                last += not out
                places.append(last)
            stands.append(places)
            coded.append(last + 1)
        rest = Cursor(chunk.take(chunk.left()), chunk.section, chunk.base + chunk.at)
        depth, height, row = coded
        if along_y:
            chunk.must(height <= 1 << 20, "too many rows to lie along y")
            turned = codecs[inner](rest, (depth, row, height), width)
            voxels = [turned[(z * row + x) * height + y] for z in range(depth) for y in range(height) for x in range(row)]
        else:
            voxels = codecs[inner](rest, (depth, height, row), width)
        return [voxels[(z * coded[1] + y) * coded[2] + x] for z in stands[0] for y in stands[1] for x in stands[2]]

    return decode
