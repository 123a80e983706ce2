"""SPEC.md, section "Codec: planes"."""

from medmask_bytes import Cursor


def planes_of(codecs):
    """A decoder of the codec, whose rest is in one of `codecs`."""

    def decode(chunk, slab, width):
        inner = chunk.take(1)[0]
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
        voxels = codecs[inner](rest, tuple(coded), width)
        return [voxels[(z * coded[1] + y) * coded[2] + x] for z in stands[0] for y in stands[1] for x in stands[2]]

    return decode
