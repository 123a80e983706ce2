"""The other side of `cargo xtask compare`: does what standard input asks, once for each line, and answers with a line of JSON.

A question is a system and an operation, such as `zarr read_masks`; the answer holds the seconds that it took (of each part
where it has parts) and, for what writes, the bytes of the files. One thread. Masks are uint8 arrays (z, y, x) of 0 and 1, and
the merged volume has them painted over each other in the order of their names, the n-th with label n.

usage: peers.py CASE-FOLDER SCRATCH-FOLDER
"""

import importlib.metadata
import json
import lzma
import os
import shutil
import sys
import time
import zlib
from pathlib import Path

import blosc2
import compresso
import crackle
import medmask
import nibabel
import numpy
import SimpleITK
import zarr
import zstandard
from spacetransformer import Space

SUFFIX = ".nii.gz"


class Case:
    def __init__(self, folder):
        self.files = sorted(Path(folder).glob("*" + SUFFIX))
        self.names = [file.name.removesuffix(SUFFIX) for file in self.files]
        first = nibabel.load(self.files[0])
        self.affine = first.affine
        self.space = Space.from_nifti(first)
        self.masks = [read_nifti(file) for file in self.files]
        self.merged = numpy.zeros_like(self.masks[0])
        for label, mask in enumerate(self.masks, 1):
            self.merged[mask != 0] = label
        labels = numpy.unique(self.merged)
        self.labels = {self.names[label - 1]: int(label) for label in labels if label}
        self.non_empty = [n for n, mask in enumerate(self.masks) if mask.any()]


def read_nifti(path):
    """The voxels (z, y, x), which is the order that the file has them in."""
    return numpy.asarray(nibabel.load(path).dataobj).astype(numpy.uint8, copy=False).T


class OneFileEach:
    """Systems that store an array in a file or folder of its own."""

    def __init__(self, case, folder):
        self.case, self.folder = case, Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def write_masks(self):
        for name, mask in zip(self.case.names, self.case.masks):
            self.save(self.folder / name, mask, {name: 1})

    def read_masks(self):
        return [self.load(self.folder / name) for name in self.case.names]

    def read_one(self, name):
        return self.load(self.folder / name)

    def write_merged(self):
        self.save(self.folder / "merged volume", self.case.merged, self.case.labels)

    def read_merged(self):
        return self.load(self.folder / "merged volume")

    def bytes_of_masks(self):
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return sum(file.stat().st_size for file in files) - self.bytes_of_merged()

    def bytes_of_merged(self):
        files = self.folder.glob("merged volume*")
        parts = (part for file in files for part in [file, *file.rglob("*")])
        return sum(part.stat().st_size for part in parts if part.is_file())


class Blobs(OneFileEach):
    """Systems that turn an array into bytes; neither names nor geometry are stored."""

    def save(self, path, array, labels):
        path.write_bytes(self.encode(array))

    def load(self, path):
        return self.decode(path.read_bytes())


class Zstd(Blobs):
    def __init__(self, level):
        self.level = level

    def __call__(self, case, folder):
        super().__init__(case, folder)
        return self

    def encode(self, array):
        return zstandard.ZstdCompressor(self.level).compress(array)

    def decode(self, data):
        voxels = numpy.frombuffer(zstandard.ZstdDecompressor().decompress(data), numpy.uint8)
        return voxels.reshape(self.case.merged.shape)


class Xz(Blobs):
    def encode(self, array):
        return lzma.compress(array, preset=9 | lzma.PRESET_EXTREME)

    def decode(self, data):
        return numpy.frombuffer(lzma.decompress(data), numpy.uint8).reshape(self.case.merged.shape)


class Crackle(Blobs):
    """Takes and gives (x, y, z). A model of order 3 is smaller for large masks, none for small ones."""

    def encode(self, array):
        orders = (crackle.compress(array.T, markov_model_order=order, parallel=1) for order in [0, 3])
        return min(orders, key=len)

    def decode(self, data):
        return crackle.decompress(data, parallel=1).T


class CrackleZstd(Crackle):
    def encode(self, array):
        data = crackle.compress(array.T, markov_model_order=0, parallel=1)
        return zstandard.ZstdCompressor(19).compress(data)

    def decode(self, data):
        return super().decode(zstandard.ZstdDecompressor().decompress(data))


class CompressoZstd(Blobs):
    """Takes and gives (x, y, z)."""

    def encode(self, array):
        return zstandard.ZstdCompressor(19).compress(compresso.compress(array.T))

    def decode(self, data):
        return compresso.decompress(zstandard.ZstdDecompressor().decompress(data)).T


class Blosc2(Blobs):
    PARAMETERS = {"codec": blosc2.Codec.ZSTD, "clevel": 9, "filters": [blosc2.Filter.BITSHUFFLE], "nthreads": 1}

    def encode(self, array):
        return blosc2.asarray(array, cparams=self.PARAMETERS).to_cframe()

    def decode(self, data):
        return blosc2.ndarray_from_cframe(data)[:]


class Nibabel(OneFileEach):
    def save(self, path, array, labels):
        nibabel.save(nibabel.Nifti1Image(array.T, self.case.affine), f"{path}{SUFFIX}")

    def load(self, path):
        return read_nifti(f"{path}{SUFFIX}")


class SegNrrd(OneFileEach):
    """As 3D Slicer stores segmentations, with names and labels in the header."""

    def save(self, path, array, labels):
        image = SimpleITK.GetImageFromArray(array)
        for index, (name, label) in enumerate(labels.items()):
            image.SetMetaData(f"Segment{index}_ID", name)
            image.SetMetaData(f"Segment{index}_Name", name)
            image.SetMetaData(f"Segment{index}_LabelValue", str(label))
        SimpleITK.WriteImage(image, f"{path}.seg.nrrd", useCompression=True)

    def load(self, path):
        return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(f"{path}.seg.nrrd"))


class Zarr(OneFileEach):
    """Version 3 with its own choice of chunks, and Zstandard 9 on whole bytes."""

    def save(self, path, array, labels):
        compressor = zarr.codecs.ZstdCodec(level=9)
        zarr.create_array(path, data=array, compressors=compressor, overwrite=True)

    def load(self, path):
        return zarr.open_array(path, mode="r")[:]


class Medmask:
    """Version 0.1.3. Its notebook stores arrays (x, y, z), which come out smaller here, so they are given to it so, and
    contiguous before the clock starts; packing hands on what nibabel reads in the order that takes no copy."""

    def __init__(self, case, folder):
        self.case, self.folder = case, Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.masks = [numpy.ascontiguousarray(mask.T) for mask in case.masks]
        self.merged = numpy.ascontiguousarray(case.merged.T)

    def write_masks(self):
        archive = medmask.MaskArchive(str(self.folder / "masks.mska"), "w", space=self.case.space)
        for name, mask in zip(self.case.names, self.masks):
            archive.add_segmask(medmask.SegmentationMask(mask, {name: 1}, self.case.space), name)

    def read_masks(self):
        archive = self.open()
        return [archive.load_segmask(name).data.T for name in archive.all_names()]

    def read_one(self, name):
        return self.open().load_segmask(name).data.T

    def write_merged(self):
        mask = medmask.SegmentationMask(self.merged, self.case.labels, self.case.space)
        mask.save(str(self.folder / "merged.msk"))

    def read_merged(self):
        return medmask.SegmentationMask.load(str(self.folder / "merged.msk")).data.T

    def pack(self):
        path = self.folder / "packed.mska"
        path.unlink(missing_ok=True)
        # Of the first file: it asks for equal spaces, and those of real cases differ by rounding.
        space = Space.from_nifti(nibabel.load(self.case.files[0])).reverse_axis_order()
        archive = medmask.MaskArchive(str(path), "w", space=space)
        for name, file in zip(self.case.names, self.case.files):
            archive.add_segmask(medmask.SegmentationMask(read_nifti(file), {name: 1}, space), name)

    def open(self):
        return medmask.MaskArchive(str(self.folder / "masks.mska"), "r")

    def bytes_of_masks(self):
        return (self.folder / "masks.mska").stat().st_size

    def bytes_of_merged(self):
        return (self.folder / "merged.msk").stat().st_size


SYSTEMS = {
    "medmask-0.1": Medmask,
    "nibabel": Nibabel,
    "SimpleITK": SegNrrd,
    "crackle": Crackle,
    "crackle+zstd-19": CrackleZstd,
    "compresso+zstd-19": CompressoZstd,
    "blosc2": Blosc2,
    "zarr": Zarr,
    "zstd-3": Zstd(3),
    "zstd-19": Zstd(19),
    "zstd-22": Zstd(22),
    "xz": Xz,
}
PACKAGES = ["medmask", "nibabel", "SimpleITK", "crackle-codec", "compresso", "blosc2", "zarr", "zstandard", "numpy"]


def describe(case):
    return {
        "masks": len(case.masks),
        "non_empty": len(case.non_empty),
        "shape": case.merged.shape,
        "voxels": int(sum(numpy.count_nonzero(mask) for mask in case.masks)),
        "labels": len(case.labels),
        "merged_crc32": zlib.crc32(case.merged.tobytes()),
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }


def timed(work, *arguments):
    start = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - start, result


def check(case, system):
    masks = system.read_masks()
    if len(masks) != len(case.masks):
        return {"error": "another number of masks came back"}
    for name, mask, back in zip(case.names, case.masks, masks):
        if not numpy.array_equal(mask, back):
            return {"error": f"{name} came back different"}
    if not numpy.array_equal(case.merged, system.read_merged()):
        return {"error": "the merged volume came back different"}
    return {}


def answer(case, system, operation):
    if operation == "check":
        return check(case, system)
    if operation == "read_one":
        names = [case.names[number] for number in case.non_empty]
        return {"seconds": [timed(system.read_one, name)[0] for name in names]}
    seconds, _ = timed(getattr(system, operation))
    result = {"seconds": [seconds]}
    if operation == "write_masks":
        result["bytes"] = system.bytes_of_masks()
    if operation == "write_merged":
        result["bytes"] = system.bytes_of_merged()
    return result


def main():
    folder, scratch = sys.argv[1:]
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    blosc2.set_nthreads(1)
    zarr.config.set({"threading.max_workers": 1, "async.concurrency": 1})
    case = Case(folder)
    systems = {}
    for question in sys.stdin:
        name, _, operation = question.strip().partition(" ")
        if not operation:
            result = describe(case)
        else:
            if name not in systems:
                systems[name] = SYSTEMS[name](case, os.path.join(scratch, name))
            result = answer(case, systems[name], operation)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
