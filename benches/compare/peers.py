"""The other side of `cargo xtask compare`: does what standard input asks, once for each line, and answers with a line of JSON.

A question is a system and an operation, such as `zarr read_masks`; the answer holds the seconds that it took (of each part
where it has parts) and, for what writes, the bytes of the files. One thread. Masks are uint8 arrays (z, y, x) of 0 and 1.

What is measured is a folder of masks, or one label map. With --best-order each array is written in each order of its axes, and
the smallest file is kept; reading it then gives a view with the axes in their own order.

usage: peers.py [--best-order] FOLDER-OR-FILE SCRATCH-FOLDER
"""

import functools
import importlib.metadata
import itertools
import json
import lzma
import os
import shutil
import sys
import time
import typing
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

SUFFIXES = (".nii.gz", ".nii")
#: The name of the volume of all labels, which is none that a mask has.
MERGED = "merged volume"


class Case:
    """Masks, and the same painted over each other in the order of their names, the n-th with label n."""

    def __init__(self, folder):
        self.files = sorted(file for file in Path(folder).iterdir() if file.name.endswith(SUFFIXES))
        self.names = [file.name.removesuffix(".gz").removesuffix(".nii") for file in self.files]
        self.affine = nibabel.load(self.files[0]).affine
        self.masks = [read_nifti(file).astype(numpy.uint8, copy=False) for file in self.files]
        self.merged = numpy.zeros(self.masks[0].shape, numpy.min_scalar_type(len(self.masks)))
        for label, mask in enumerate(self.masks, 1):
            self.merged[mask != 0] = label
        labels = numpy.unique(self.merged)
        self.labels = {self.names[label - 1]: int(label) for label in labels if label}
        self.non_empty = [n for n, mask in enumerate(self.masks) if mask.any()]
        self.voxels = int(sum(numpy.count_nonzero(mask) for mask in self.masks))


class LabelMap:
    """The labels of one file as they are, and each by itself."""

    def __init__(self, file):
        self.files = [Path(file)]
        self.affine = nibabel.load(file).affine
        voxels = read_nifti(file)
        if voxels.min() < 0 or (voxels != voxels.astype(numpy.int64)).any():
            raise ValueError(f"{file} holds more than labels")
        self.merged = numpy.ascontiguousarray(voxels, numpy.min_scalar_type(int(voxels.max())))
        labels = (int(label) for label in numpy.unique(self.merged) if label)
        self.labels = {f"label_{label}": label for label in labels}
        self.names = list(self.labels)
        self.non_empty = range(len(self.names))
        self.voxels = int(numpy.count_nonzero(self.merged))

    @functools.cached_property
    def masks(self):
        """Not before they are asked for, since there may be thousands."""
        return [(self.merged == label).view(numpy.uint8) for label in self.labels.values()]


def read_nifti(path):
    """The voxels (z, y, x), which is the order that the file has them in."""
    voxels = numpy.asarray(nibabel.load(path).dataobj).T
    return voxels.reshape((1, 1, *voxels.shape)[-3:])


def orders(shape):
    """The orders of the axes, first the one that is. Of those that differ only in where axes of one voxel stand there is one."""
    found = {}
    for order in itertools.permutations(range(3)):
        found.setdefault(tuple(axis for axis in order if shape[axis] > 1), order)
    return list(found.values())


class Stored(typing.NamedTuple):
    """How an array was handed to the system that stored it."""

    order: tuple
    shape: tuple
    dtype: numpy.dtype


class OneFileEach:
    """Systems that store an array in a file or folder of its own."""

    suffix = ""

    def __init__(self, case, folder, best_order):
        self.case, self.folder, self.best_order = case, Path(folder), best_order
        self.stored = {}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def path(self, name):
        return self.folder / (name + self.suffix)

    def write(self, name, array, labels):
        # Where nothing is labelled every order gives as many bytes.
        tried = orders(array.shape) if self.best_order and array.any() else [(0, 1, 2)]
        sizes = {}
        for order in tried:
            self.write_in_order(name, array, labels, order)
            sizes[order] = self.size(name)
        best = min(sizes, key=sizes.get)
        if best != tried[-1]:
            self.write_in_order(name, array, labels, best)

    def write_in_order(self, name, array, labels, order):
        array = numpy.ascontiguousarray(array.transpose(order))
        self.save(self.path(name), array, labels)
        self.stored[name] = Stored(order, array.shape, array.dtype)

    def read(self, name):
        stored = self.stored[name]
        return self.load(self.path(name), stored).transpose(numpy.argsort(stored.order))

    def size(self, name):
        path = self.path(name)
        parts = path.rglob("*") if path.is_dir() else [path]
        return sum(part.stat().st_size for part in parts if part.is_file())

    def write_masks(self):
        for name, mask in zip(self.case.names, self.case.masks):
            self.write(name, mask, {name: 1})

    def read_masks(self):
        return [self.read(name) for name in self.case.names]

    def read_one(self, name):
        return self.read(name)

    def write_merged(self):
        self.write(MERGED, self.case.merged, self.case.labels)

    def read_merged(self):
        return self.read(MERGED)

    def bytes_of_masks(self):
        return sum(self.size(name) for name in self.case.names)

    def bytes_of_merged(self):
        return self.size(MERGED)


class Blobs(OneFileEach):
    """Systems that turn an array into bytes; neither names nor geometry are stored."""

    def save(self, path, array, labels):
        path.write_bytes(self.encode(array))

    def load(self, path, stored):
        return self.decode(path.read_bytes(), stored)


class Zstd(Blobs):
    def __init__(self, level):
        self.level = level

    def __call__(self, *arguments):
        super().__init__(*arguments)
        return self

    def encode(self, array):
        return zstandard.ZstdCompressor(self.level).compress(array)

    def decode(self, data, stored):
        voxels = numpy.frombuffer(zstandard.ZstdDecompressor().decompress(data), stored.dtype)
        return voxels.reshape(stored.shape)


class Xz(Blobs):
    def encode(self, array):
        return lzma.compress(array, preset=9 | lzma.PRESET_EXTREME)

    def decode(self, data, stored):
        return numpy.frombuffer(lzma.decompress(data), stored.dtype).reshape(stored.shape)


class Crackle(Blobs):
    """Takes and gives (x, y, z). A model of order 3 is smaller for large masks, none for small ones."""

    def encode(self, array):
        orders = (crackle.compress(array.T, markov_model_order=order, parallel=1) for order in [0, 3])
        return min(orders, key=len)

    def decode(self, data, stored):
        return crackle.decompress(data, parallel=1).T


class CrackleZstd(Crackle):
    def encode(self, array):
        data = crackle.compress(array.T, markov_model_order=0, parallel=1)
        return zstandard.ZstdCompressor(19).compress(data)

    def decode(self, data, stored):
        return super().decode(zstandard.ZstdDecompressor().decompress(data), stored)


class CompressoZstd(Blobs):
    """Takes and gives (x, y, z)."""

    def encode(self, array):
        return zstandard.ZstdCompressor(19).compress(compresso.compress(array.T))

    def decode(self, data, stored):
        return compresso.decompress(zstandard.ZstdDecompressor().decompress(data)).T


class Blosc2(Blobs):
    PARAMETERS = {"codec": blosc2.Codec.ZSTD, "clevel": 9, "filters": [blosc2.Filter.BITSHUFFLE], "nthreads": 1}

    def encode(self, array):
        return blosc2.asarray(array, cparams=self.PARAMETERS).to_cframe()

    def decode(self, data, stored):
        return blosc2.ndarray_from_cframe(data)[:]


class Nibabel(OneFileEach):
    suffix = ".nii.gz"

    def save(self, path, array, labels):
        nibabel.save(nibabel.Nifti1Image(array.T, self.case.affine), path)

    def load(self, path, stored):
        return read_nifti(path)


class SegNrrd(OneFileEach):
    """As 3D Slicer stores segmentations, with names and labels in the header."""

    suffix = ".seg.nrrd"

    def save(self, path, array, labels):
        image = SimpleITK.GetImageFromArray(array)
        for index, (name, label) in enumerate(labels.items()):
            image.SetMetaData(f"Segment{index}_ID", name)
            image.SetMetaData(f"Segment{index}_Name", name)
            image.SetMetaData(f"Segment{index}_LabelValue", str(label))
        SimpleITK.WriteImage(image, str(path), useCompression=True)

    def load(self, path, stored):
        return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))


class Zarr(OneFileEach):
    """Version 3 with its own choice of chunks, and Zstandard 9 on whole bytes."""

    def save(self, path, array, labels):
        compressor = zarr.codecs.ZstdCodec(level=9)
        zarr.create_array(path, data=array, compressors=compressor, overwrite=True)

    def load(self, path, stored):
        return zarr.open_array(path, mode="r")[:]


class Medmask:
    """Version 0.1.3. Its notebook stores arrays (x, y, z), which come out smaller here, so they are given to it so, and
    contiguous before the clock starts; packing hands on what nibabel reads in the order that takes no copy."""

    def __init__(self, case, folder, best_order):
        self.case, self.folder = case, Path(folder)
        self.space = Space.from_nifti(nibabel.load(case.files[0]))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.masks = [numpy.ascontiguousarray(mask.T) for mask in case.masks]
        self.merged = numpy.ascontiguousarray(case.merged.T)

    def write_masks(self):
        archive = medmask.MaskArchive(str(self.folder / "masks.mska"), "w", space=self.space)
        for name, mask in zip(self.case.names, self.masks):
            archive.add_segmask(medmask.SegmentationMask(mask, {name: 1}, self.space), name)

    def read_masks(self):
        archive = self.open()
        return [archive.load_segmask(name).data.T for name in archive.all_names()]

    def read_one(self, name):
        return self.open().load_segmask(name).data.T

    def write_merged(self):
        mask = medmask.SegmentationMask(self.merged, self.case.labels, self.space)
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
        "masks": len(case.names),
        "non_empty": len(case.non_empty),
        "shape": case.merged.shape,
        "voxels": case.voxels,
        "labels": len(case.labels),
        "merged_crc32": zlib.crc32(case.merged.astype("<u4")),
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }


def timed(work, *arguments):
    start = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - start, result


def check_masks(case, system):
    masks = system.read_masks()
    if len(masks) != len(case.masks):
        return {"error": "another number of masks came back"}
    for name, mask, back in zip(case.names, case.masks, masks):
        if not numpy.array_equal(mask, back):
            return {"error": f"{name} came back different"}
    return {}


def check_merged(case, system):
    if not numpy.array_equal(case.merged, system.read_merged()):
        return {"error": "the merged volume came back different"}
    return {}


def answer(case, system, operation):
    if operation == "check_masks":
        return check_masks(case, system)
    if operation == "check_merged":
        return check_merged(case, system)
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
    *flags, path, scratch = sys.argv[1:]
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    blosc2.set_nthreads(1)
    zarr.config.set({"threading.max_workers": 1, "async.concurrency": 1})
    case = Case(path) if Path(path).is_dir() else LabelMap(path)
    systems = {}
    for question in sys.stdin:
        name, _, operation = question.strip().partition(" ")
        try:
            if not operation:
                result = describe(case)
            else:
                if name not in systems:
                    folder = os.path.join(scratch, name)
                    systems[name] = SYSTEMS[name](case, folder, "--best-order" in flags)
                result = answer(case, systems[name], operation)
        except Exception as error:
            # Whatever a system cannot do is told, and the others go on.
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
