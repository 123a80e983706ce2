"""SPEC.md, section "Codec: tiles"."""

from medmask_bytes import Cursor


def tiles_of(codecs):
    """A decoder of the codec, whose tiles are in `codecs`."""

    def decode(chunk, slab, width):
        depth, rows, row = slab
        tile = [chunk.varint(32), chunk.varint(32)]
        chunk.must(1 <= tile[0] <= rows and 1 <= tile[1] <= row, "tiles of no voxel, or of more than the chunk has")
        voxels = [0] * (depth * rows * row)
        for y in range(0, rows, tile[0]):
            for x in range(0, row, tile[1]):
                height, wide = min(tile[0], rows - y), min(tile[1], row - x)
                codec = chunk.take(1)[0]
                bytes_ = chunk.take(chunk.varint())
                if not bytes_:
                    continue
                chunk.must(codec < len(codecs) and codecs[codec], "a codec of a tile that is none")
                start = chunk.base + chunk.at - len(bytes_)
                part = codecs[codec](Cursor(bytes_, chunk.section, start), (depth, height, wide), width)
                for line in range(depth * height):
                    z, line_y = divmod(line, height)
                    place = (z * rows + y + line_y) * row + x
                    voxels[place : place + wide] = part[line * wide : (line + 1) * wide]
        chunk.must(chunk.left() == 0, "bytes behind the last tile")
        return voxels

    return decode
