"""SPEC.md, sections "Notation" and "Codec: raw, lz4, zstd": what all else is read with."""

import struct

import zstandard


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
