"""Writes small NIfTI files that real tools write, damage or misread, and what nibabel and SimpleITK say of them.

    python make_traps.py FOLDER

writes FOLDER/*.nii, .nii.gz, .hdr, .img and FOLDER/expected.json. Needs the packages of
xtask/requirements.txt.
The files in testdata/nifti come from this script; run it again after a change here.
"""

import bz2
import gzip
import json
import pathlib
import struct
import sys
import warnings

import nibabel
import numpy
import zstandard
from nibabel.nifti1 import Nifti1Extension

import world

warnings.simplefilter("ignore")
nibabel.imageglobals.logger.disabled = True

FOLDER = pathlib.Path(sys.argv[1])
FOLDER.mkdir(parents=True, exist_ok=True)
CASES = []

# Left-handed and oblique (10 degrees about z), so that no flip or transposition goes unnoticed.
ANGLE = numpy.deg2rad(10)
AFFINE = numpy.array([
    [2 * numpy.cos(ANGLE), 3 * numpy.sin(ANGLE), 0, 10],
    [2 * numpy.sin(ANGLE), -3 * numpy.cos(ANGLE), 0, -20],
    [0, 0, 4, 30],
    [0, 0, 0, 1],
])
SHIFTED = AFFINE + numpy.array([[0, 0, 0, 1], [0] * 4, [0] * 4, [0] * 4])


def pattern(dtype=numpy.uint8, scale=1):
    array = numpy.zeros((5, 4, 3), dtype)
    array[1, 2, 0] = 1 * scale
    array[4, 0, 2] = 2 * scale
    array[0:2, 3, 1] = 3 * scale
    array[2:4, 1, 1] = 7 * scale
    return array


def image(array=None, sform=AFFINE, sform_code=1, qform=AFFINE, qform_code=1, kind=nibabel.Nifti1Image,
          big_endian=False, **fields):
    array = pattern() if array is None else array
    header = kind.header_class(endianness=">" if big_endian else "<")
    header.set_data_dtype(array.dtype)
    made = kind(array, None, header)
    made.set_qform(qform, code=qform_code)
    made.set_sform(sform, code=sform_code)
    for name, value in fields.items():
        made.header[name] = value
    return made


def bytes_of(made):
    return made.to_bytes()


def patched(data, offset, layout, *values):
    data = bytearray(data)
    struct.pack_into(layout, data, offset, *values)
    return bytes(data)


def compressed(data):
    return gzip.compress(data, mtime=0)


def case(name, data, *, by="nibabel", also=(), volume=None, options=None, refused=None, notes=(), labels=None,
         bad_voxel=False, dtype=None, names=None, stored_as=None,
         tolerance_mm=1e-4):
    """Records a file. `by` names the peer whose corners are expected, `also` those that must agree on voxels.
    Where peers refuse the name, they read the same image from `stored_as`."""
    if isinstance(data, dict):
        for end, content in data.items():
            (FOLDER / (name + end)).write_bytes(content)
        path = FOLDER / (name + next(iter(data)))
    else:
        path = FOLDER / name
        if data is not None:
            path.write_bytes(data)
    record = {"file": path.name, "options": options or {}}
    if volume is not None:
        record["options"]["volume"] = volume
    if refused:
        record["refused"] = refused
        record["when"] = "voxels" if bad_voxel else "header"
    else:
        source = FOLDER / stored_as if stored_as else path
        read = {"nibabel": lambda: world.by_nibabel(source, volume), "simpleitk": lambda: world.by_simpleitk(source)}
        voxels, corners = read[by]()
        for peer in also:
            assert read[peer]()[0] == voxels, (name, peer)
        if labels is not None:
            # The peers do not read this exactly; the labels are those that went into the file.
            voxels = world.labelled(labels.T)
        record.update(voxels=voxels, voxels_by=["made"] if labels is not None else sorted({by, *also}),
                      corners=corners, corners_by=by, tolerance_mm=tolerance_mm)
    if notes:
        record["notes"] = list(notes)
    if dtype:
        record["dtype"] = dtype
    if names:
        record["names"] = names
    CASES.append(record)


def peers_refuse(path, *readers):
    for reader in readers:
        try:
            reader(FOLDER / path)
        except Exception:
            continue
        raise AssertionError(f"{reader} reads {path}")


BOTH = ("nibabel", "simpleitk")
plain = bytes_of(image())

# Orientation.
case("plain.nii", plain, also=BOTH, dtype="uint8")
case("sform_1_wins.nii", bytes_of(image(qform=SHIFTED)), also=BOTH, notes=["qform and sform"])
for code in (2, 3, 4):
    data = bytes_of(image(qform=SHIFTED, sform_code=code))
    case(f"sform_{code}.nii", data, also=BOTH, notes=["qform and sform"])
    # SimpleITK takes the qform here: so does the option.
    case(f"sform_{code}.nii", None, by="simpleitk", options={"form": "qform"}, notes=["qform and sform"])
case("sform_only.nii", bytes_of(image(qform_code=0)), also=BOTH)
case("qform_only.nii", bytes_of(image(sform_code=0)), also=BOTH)
case("qform_only.nii", None, options={"form": "sform"}, refused=["sform_code", "0", "asked for"])
none = bytes_of(image(sform_code=0, qform_code=0))
case("no_form.nii", none, refused=["qform_code", "sform_code", "which affine to assume"])
case("no_form.nii", None, options={"assume_affine": "nibabel"}, also=BOTH, notes=["assumed"])
case("no_form.nii", None, by="simpleitk", options={"assume_affine": "simpleitk"}, notes=["assumed"])
case("pixdim_0_is_0.nii", patched(bytes_of(image(sform_code=0, qform=numpy.diag([2, 3, 4, 1]))), 76, "<f", 0.0),
     also=BOTH)
bad_quaternion = patched(bytes_of(image(sform_code=0)), 256, "<3f", 0.9, 0.9, 0.9)
case("quaternion.nii", bad_quaternion, refused=["quatern_b", "0.9"])
peers_refuse("quaternion.nii", world.by_nibabel)
case("quaternion_unused.nii", patched(plain, 256, "<3f", 0.9, 0.9, 0.9), also=("nibabel",),
     notes=["qform is unusable"])
case("negative_pixdim.nii", patched(bytes_of(image(sform_code=0)), 80, "<f", -2.0), refused=["pixdim[1]", "-2"])
case("sform_nan.nii", patched(plain, 280, "<f", float("nan")), refused=["srow_x", "NaN"])
case("sform_zero.nii", patched(plain, 280, "<12f", *[0.0] * 12), refused=["sform", "singular"])


def sheared(amount):
    shear = numpy.eye(4)
    shear[0, 1] = amount
    return AFFINE @ shear


# What the repair moves stays far below the 0.05 voxel that are allowed.
case("shear_1e-4.nii", bytes_of(image(sform=sheared(1e-4), qform_code=0)), also=BOTH, tolerance_mm=1e-3)
case("shear_1e-2.nii", bytes_of(image(sform=sheared(1e-2), qform_code=0)), notes=["right-angled"],
     tolerance_mm=0.1)
case("shear_1e-1.nii", bytes_of(image(sform=sheared(1e-1), qform_code=0)),
     refused=["sform", "sheared", "more than the 0.05 allowed"])
case("metre.nii", bytes_of(image(sform=AFFINE / 1000, qform=AFFINE / 1000, xyzt_units=1)), by="simpleitk",
     also=BOTH, notes=["metre"])
case("micron.nii", bytes_of(image(sform=AFFINE * 1000, qform=AFFINE * 1000, xyzt_units=3)), by="simpleitk",
     also=BOTH, notes=["micrometre"])
for code in (4, 5, 6, 7):
    case(f"unit_{code}.nii", bytes_of(image(xyzt_units=code)), also=BOTH, notes=[f"no unit of length ({code})"])
case("spacing_0.nii", patched(bytes_of(image(sform_code=0)), 80, "<f", 0.0), also=BOTH, notes=["pixdim[1] is 0"])

# Scaling.
for name, slope, inter in [("nan", numpy.nan, 0), ("inf", numpy.inf, 0), ("zero", 0, 5)]:
    case(f"slope_{name}.nii", patched(plain, 112, "<2f", slope, inter), dtype="uint8")
doubled = patched(bytes_of(image(pattern(numpy.int16))), 112, "<2f", 2.0, 0.0)
case("slope_2.nii", doubled, also=BOTH, dtype="uint8")
case("slope_half.nii", patched(bytes_of(image(pattern(numpy.int16, 2))), 112, "<2f", 0.5, 0.0), also=BOTH)
case("inter_2.nii", patched(plain, 112, "<2f", 1.0, 2.0), also=BOTH)
case("inter_nan.nii", patched(plain, 112, "<2f", 1.0, float("nan")), refused=["scl_inter", "NaN"])
case("slope_third.nii", patched(plain, 112, "<2f", 1 / 3, 0.0), refused=["0.333", "integer"], bad_voxel=True)
exact = pattern(numpy.int64, 1) + (1 << 60)
case("inter_exact.nii", patched(bytes_of(image(exact)), 112, "<2f", 1.0, -float(1 << 60)), labels=pattern())

# Voxel types.
for dtype in ("int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"):
    case(f"{dtype}.nii.gz", compressed(bytes_of(image(pattern(dtype)))), also=BOTH, dtype="uint8")
    case(f"{dtype}_big_endian.nii", bytes_of(image(pattern(dtype), big_endian=True)), also=BOTH, dtype="uint8")
binary = (pattern() > 0).astype(numpy.uint8)
case("binary.nii", bytes_of(image(binary)), also=BOTH, dtype="bool")
case("int16_300.nii", bytes_of(image(pattern(numpy.int16, 300))), also=BOTH, dtype="uint16")
big = pattern(numpy.uint32) * 0
big[4, 0, 2], big[0, 3, 1] = 16777217, 4294967295
case("uint32_exact.nii", bytes_of(image(big)), also=BOTH, dtype="uint32")
nearly = pattern(numpy.float32)
nearly[nearly == 1] = 0.9999999
case("float_nearly.nii", bytes_of(image(nearly)), labels=pattern(), dtype="uint8")
for name, value, words in [
    ("negative", -3, ["(4, 0, 2)", "-3", "negative"]),
    ("half", 1.5, ["(4, 0, 2)", "1.5", "integer"]),
    ("nan", numpy.nan, ["(4, 0, 2)", "NaN", "integer"]),
    ("too_large", 4294967296.0, ["(4, 0, 2)", "4294967296", "4294967295"]),
]:
    array = pattern(numpy.float64)
    array[4, 0, 2] = value
    case(f"label_{name}.nii", bytes_of(image(array)), refused=words, bad_voxel=True)
array = pattern(numpy.int16)
array[4, 0, 2] = -1
case("label_minus_1.nii", bytes_of(image(array)), refused=["(4, 0, 2)", "-1", "negative"], bad_voxel=True)
array = pattern(numpy.int64)
array[4, 0, 2] = 1 << 40
case("label_2_40.nii", bytes_of(image(array)), refused=["(4, 0, 2)", str(1 << 40)], bad_voxel=True)
for code, name in [(0, "unknown"), (1, "binary"), (32, "complex"), (128, "colour"), (1536, "128")]:
    case(f"datatype_{code}.nii", patched(plain, 70, "<h", code), refused=["datatype", str(code), name])
case("bitpix_0.nii", patched(plain, 72, "<h", 0), also=BOTH)

# Axes.
case("two_axes.nii", bytes_of(image(pattern()[:, :, 1])), by="nibabel")
case("fourth_axis_1.nii", bytes_of(image(pattern()[..., None])), by="nibabel")
four = numpy.stack([pattern(), 0 * pattern(), 2 * pattern()], axis=3)
case("four_axes.nii.gz", compressed(bytes_of(image(four))), refused=["3 volumes", "which one"])
case("four_axes.nii.gz", None, volume=2)
case("four_axes.nii.gz", None, volume=0)
case("four_axes.nii.gz", None, options={"volume": 3}, refused=["volume 3", "holds 3"])
case("four_axes.nii", bytes_of(image(four)), volume=2)
case("axis_0.nii", patched(plain, 42, "<h", 0), refused=["dim[1]", "0"])
case("axis_negative.nii", patched(plain, 44, "<h", -4), refused=["dim[2]", "-4"])
case("axes_8.nii", patched(plain, 40, "<h", 8), refused=["dim[0]", "8"])

# Layout.
padded = plain[:352] + bytes(range(1, 161)) + plain[352:]
case("padded.nii", patched(padded, 108, "<f", 512.0), also=BOTH)
for offset in (0, 348):
    case(f"vox_offset_{offset}.nii", patched(plain, 108, "<f", offset), refused=["vox_offset", str(offset)])
case("vox_offset_half.nii", patched(plain, 108, "<f", 352.5), also=BOTH, notes=["vox_offset is 352.5"])
big_endian = bytes_of(image(pattern(numpy.int16), big_endian=True))
for name, data in (("little", plain), ("big", big_endian)):
    for size in (0, 347):
        case(f"size_{size}_{name}.nii", patched(data, 0, "<i", size), also=BOTH, notes=[f"sizeof_hdr is {size}"])
case("vox_offset_nan.nii", patched(plain, 108, "<f", float("nan")), refused=["vox_offset", "NaN"])
case("vox_offset_far.nii", patched(plain, 108, "<f", 1e9), refused=["vox_offset"])
two = bytes_of(image(kind=nibabel.Nifti2Image))
case("nifti_2.nii", two)
case("nifti_2.nii.gz", compressed(two))
case("nifti_2_big_endian.nii", bytes_of(image(kind=nibabel.Nifti2Image, big_endian=True)))
peers_refuse("nifti_2.nii", world.by_simpleitk)
case("pair_magic.nii", patched(plain, 344, "4s", b"ni1\0"), also=BOTH)
pair = patched(patched(plain, 344, "4s", b"ni1\0"), 108, "<f", 0.0)
case("pair", {".hdr": pair[:352], ".img": pair[352:]}, also=BOTH)
case("pair.img", None, also=BOTH)
case("pair_gz", {".hdr.gz": compressed(pair[:352]), ".img.gz": compressed(pair[352:])}, also=("nibabel",))
case("pair_upper", {".HDR": pair[:352], ".IMG": pair[352:]}, stored_as="pair.hdr")
case("pair_alone.hdr", pair[:352], refused=[".img"])
case("analyze.nii", patched(plain, 344, "4s", b"\0\0\0\0"), refused=["magic", "ANALYZE"])
case("text.nii", b"this is no NIfTI file" * 40, refused=["not a NIfTI file"])
case("empty.nii", b"", refused=["too early", "0"])

# gzip.
case("gz_named.nii", compressed(plain), stored_as="plain.nii")
peers_refuse("gz_named.nii", world.by_nibabel, world.by_simpleitk)
case("plain_named.nii.gz", plain, by="simpleitk")
members = b"".join(compressed(part) for part in (plain[:100], plain[100:352], plain[352:380], plain[380:]))
case("members.nii.gz", members, also=BOTH)
case("zeros_after.nii.gz", compressed(plain) + bytes(512), also=BOTH)
case("more_after.nii.gz", compressed(plain + bytes(100)), also=BOTH)
crc = bytearray(compressed(plain))
crc[-6] ^= 1
case("crc.nii.gz", bytes(crc), refused=["gzip"])
crc = bytearray(members)
crc[len(compressed(plain[:100])) - 6] ^= 1
case("crc_of_member.nii.gz", bytes(crc), refused=["gzip"])
case("truncated.nii", plain[:-1], refused=["too early", str(len(plain)), str(len(plain) - 1)])
case("truncated.nii.gz", compressed(plain)[:-20], refused=["too early"])
case("truncated_inside.nii.gz", compressed(plain[:-1]), refused=["too early"])
bomb = patched(patched(plain, 42, "<3h", 30000, 30000, 1), 0, "<i", 348)
case("bomb.nii.gz", compressed(bomb), refused=["too early", "900000352"])
case("limit.nii", patched(plain, 42, "<3h", 30000, 30000, 30000), refused=["voxels", "27000000000000"])

# bzip2 and Zstandard, in several streams and with what decoders skip, too.
def frame(data, checksum=True):
    return zstandard.ZstdCompressor(level=3, write_checksum=checksum).compress(data)


skipped = struct.pack("<2I", 0x184D2A53, 5) + b"hello"
case("bzip2.nii.bz2", bz2.compress(plain), also=("nibabel",))
case("bzip2_named.nii", bz2.compress(plain), stored_as="plain.nii")
case("bzip2_streams.nii.bz2", bz2.compress(plain[:360]) + bz2.compress(plain[360:]), also=("nibabel",))
case("pair_bzip2", {".hdr.bz2": bz2.compress(pair[:352]), ".img.bz2": bz2.compress(pair[352:])}, also=("nibabel",))
case("zstandard.nii.zst", frame(plain), stored_as="plain.nii")
case("zstandard_frames.nii.zst", skipped + frame(plain[:360], False) + skipped + frame(plain[360:]), stored_as="plain.nii")
case("pair_zstandard", {".hdr.zst": frame(pair[:352]), ".img": pair[352:]}, stored_as="plain.nii")
four_bytes = bytes_of(image(four))
case("four_axes.nii.bz2", bz2.compress(four_bytes), volume=2)
for name, data in (("bzip2.nii.bz2", bz2.compress(plain)), ("zstandard.nii.zst", frame(plain))):
    word = name.split(".")[0][:5]
    case(f"truncated_{name}", data[:-20], refused=["too early"])
    case(f"inside_{name}", {"bz2": bz2.compress, "zst": frame}[name[-3:]](plain[:-1]), refused=["too early"])
    broken = bytearray(data)
    broken[len(data) // 2] ^= 16
    case(f"damaged_{name}", bytes(broken), refused=["damaged", "bzip2" if word == "bzip2" else "Zstandard"])

# Label names.
COLOURS = {1: (1.0, 0.0, 0.0), 2: (0.0, 1.0, 0.0), 3: (0.0, 0.0, 1.0), 7: (0.5019607843137255, 1.0, 0.0)}
NAMES = {1: "liver", 2: "Größe & <Form>", 3: "rib_left_1", 7: "]] odd >"}


def caret(names):
    labels = "".join(
        f'<Label Key="{key}" Red="{r}" Green="{g}" Blue="{b}" Alpha="1"><![CDATA[{names[key]}]]></Label>\n'
        for key, (r, g, b) in COLOURS.items()
    )
    return ("\n              <CaretExtension><Date><![CDATA[2020-01-01T00:00:00]]></Date>"
            '<VolumeInformation Index="0"><LabelTable>'
            f"{labels}</LabelTable><StudyMetaDataLinkSet></StudyMetaDataLinkSet>"
            "<VolumeType><![CDATA[Label]]></VolumeType></VolumeInformation></CaretExtension>\n   ").encode()


def with_extensions(*extensions, **keywords):
    made = image(**keywords)
    for code, content in extensions:
        made.header.extensions.append(Nifti1Extension(code, content))
    return bytes_of(made)


case("caret_0.nii", with_extensions((0, caret(NAMES))), also=BOTH, names=NAMES)
case("caret_30_last.nii.gz",
     compressed(with_extensions((6, b"a comment"), (4, b"other"), (30, caret(NAMES)), sform_code=2, qform_code=0)),
     also=BOTH, names=NAMES)
named = patched(patched(with_extensions((6, b"a comment"), (30, caret(NAMES))), 344, "4s", b"ni1\0"), 108, "<f", 0.0)
case("caret_pair", {".hdr": named[:-pattern().size], ".img": named[-pattern().size:]}, also=BOTH, names=NAMES)
case("caret_nifti_2_big_endian.nii",
     with_extensions((30, caret(NAMES)), kind=nibabel.Nifti2Image, big_endian=True), names=NAMES)
(FOLDER / "expected.json").write_text(
    json.dumps({"made_by": "crates/medmask-nifti/tests/peers/make_traps.py", "nibabel": nibabel.__version__,
                "simpleitk": world.SimpleITK.Version_VersionString(), "cases": CASES}, indent=None)
    .replace('{"file"', '\n{"file"') + "\n")
