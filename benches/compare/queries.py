"""Queries beside scipy, connected-components-3d, MedPy and numpy: same masks, one run, ratios.

medmask works from runs to runs; `dense` is from a uint8 crop to a crop of results, which is what the peers do. All are asked in turns, each on
one thread. The crop is the box of the mask, for a margin with the margin around it. Results are compared.

usage: queries.py --ours PROGRAM --case FOLDER [--rounds N] [--json FILE]

`cargo xtask compare-queries` builds the program (`compare_queries`), makes the environment and runs it.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

import cc3d
import nibabel
import numpy
from medpy.metric import binary
from scipy import ndimage
from scipy.spatial import cKDTree

MARGIN_MM = 5.0
#: Of surface Dice.
TOLERANCE_MM = 2.0
NEAR_MM = 50.0
SUFFIX = ".nii.gz"
#: What is asked for: at most this share of the peer's time, from runs to runs.
TARGETS = {"margin": 1.0, "components": 1.0, "agreement": 1.0, "agreement_medpy": 0.1}
PEERS = {
    "margin": "scipy distance_transform_edt",
    "components": "connected-components-3d, 26 neighbours",
    "holes": "scipy binary_fill_holes",
    "union": "numpy |=",
    "agreement": "scipy cKDTree over surface voxels: Dice, HD, HD95 both ways, ASSD, MASD, NSD",
    "agreement_medpy": "MedPy hd, hd95, assd",
    "distance": "scipy distance_transform_edt, both ways",
    "image": "numpy, mean, std and percentiles of image[mask]",
}


class Peers:
    """The same queries on dense arrays (z, y, x)."""

    def __init__(self, folder):
        files = sorted(Path(folder).glob("*" + SUFFIX))
        images = {file.name.removesuffix(SUFFIX): nibabel.load(file) for file in files}
        self.masks = {name: numpy.asarray(image.dataobj).astype(numpy.uint8).T for name, image in images.items()}
        self.spacing = [float(mm) for mm in next(iter(images.values())).header.get_zooms()[2::-1]]
        merged = numpy.zeros_like(next(iter(self.masks.values())))
        for label, mask in enumerate(list(self.masks.values()), 1):
            merged[mask != 0] = label
        self.non_empty = [name for name, mask in self.masks.items() if mask.any()]
        self.masks["merged"] = merged

    def crop(self, name, margin=0.0):
        found = numpy.nonzero(self.masks[name])
        reach = [int(numpy.ceil(margin / mm)) for mm in self.spacing]
        box = tuple(slice(max(axis.min() - n, 0), axis.max() + 1 + n) for axis, n in zip(found, reach))
        return numpy.ascontiguousarray(self.masks[name][box])

    def margin(self, name):
        crop = self.crop(name, MARGIN_MM)
        start = time.perf_counter()
        near = ndimage.distance_transform_edt(crop == 0, sampling=self.spacing) <= MARGIN_MM * (1 + 1e-6)
        return time.perf_counter() - start, int(near.sum())

    def components(self, name):
        crop = self.crop(name)
        start = time.perf_counter()
        _, count = cc3d.connected_components(crop, connectivity=26, return_N=True)
        return time.perf_counter() - start, count

    def holes(self, name):
        crop = self.crop(name)
        start = time.perf_counter()
        filled = ndimage.binary_fill_holes(crop)
        return time.perf_counter() - start, int(filled.sum())

    def union(self, _):
        masks = [mask for name, mask in self.masks.items() if name != "merged"]
        start = time.perf_counter()
        union = numpy.zeros_like(masks[0])
        for mask in masks:
            union |= mask
        return time.perf_counter() - start, int(numpy.count_nonzero(union))


    def pair(self, name):
        """A mask, and itself moved by (2, 1, 0) voxels (x, y, z), in the box of both."""
        first = numpy.pad(self.crop(name), ((0, 0), (0, 1), (0, 2))).astype(bool)
        second = numpy.zeros_like(first)
        second[:, 1:, 2:] = first[:, :-1, :-2]
        return first, second

    def agreement(self, name):
        first, second = self.pair(name)
        start = time.perf_counter()
        dice = 2 * (first & second).sum() / (first.sum() + second.sum())
        surfaces = [numpy.argwhere(mask & ~ndimage.binary_erosion(mask)) * self.spacing for mask in (first, second)]
        directed = [cKDTree(b).query(a)[0] for a, b in (surfaces, surfaces[::-1])]
        both = numpy.concatenate(directed)
        found = [dice, both.max(), max(numpy.percentile(one, 95) for one in directed), numpy.percentile(both, 95)]
        found += [both.mean(), sum(one.mean() for one in directed) / 2, (both <= TOLERANCE_MM).mean()]
        return time.perf_counter() - start, [round(float(value), 6) for value in found]

    def agreement_medpy(self, name):
        first, second = self.pair(name)
        start = time.perf_counter()
        found = [measure(second, first, self.spacing) for measure in (binary.hd, binary.hd95, binary.assd)]
        return time.perf_counter() - start, [round(float(value), 6) for value in found]

    def distance(self, name):
        other = next(known for known in self.non_empty if known != name)
        both = numpy.nonzero(self.masks[name] | self.masks[other])
        box = tuple(slice(axis.min(), axis.max() + 1) for axis in both)
        first, second = (numpy.ascontiguousarray(self.masks[known][box]) for known in (name, other))
        start = time.perf_counter()
        there = ndimage.distance_transform_edt(second == 0, sampling=self.spacing)[first != 0]
        back = ndimage.distance_transform_edt(first == 0, sampling=self.spacing)[second != 0]
        near = there <= NEAR_MM * (1 + 1e-6)
        there.min(), there.max(), back.max()
        return time.perf_counter() - start, int(near.sum())

    def image(self, name):
        mask = self.masks[name] != 0
        z, y, x = numpy.indices(mask.shape, dtype=numpy.int32, sparse=True)
        image = ((z * 7 + y * 3 + x * x) % 4096).astype(numpy.int16)
        start = time.perf_counter()
        values = image[mask]
        values.mean(dtype=float), values.std(dtype=float), values.min(), values.max()
        percentiles = numpy.percentile(values, [5, 10, 50, 90, 95])
        return time.perf_counter() - start, round(percentiles[-1] * 1000)


class Ours:
    def __init__(self, program, folder):
        self.process = subprocess.Popen([program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise SystemExit(f"{question}: {answer['error']}")
        return answer


def measure(ours, peers, query, name, rounds):
    """Medians of both sides in seconds: runs, dense, peer."""
    times = {"runs": [], "dense": [], "peer": []}
    for _ in range(rounds):
        answer = ours.ask(f"{query} {name}")
        seconds, result = getattr(peers, query)(name)
        if answer["result"] != result:
            raise SystemExit(f"{query} {name}: medmask has {answer['result']}, the peer {result}")
        times["runs"].append(answer["seconds"])
        times["peer"].append(seconds)
        if "dense_seconds" in answer:
            times["dense"].append(answer["dense_seconds"])
    return {side: statistics.median(seconds) for side, seconds in times.items() if seconds}


def report(figures):
    print("| query | mask | medmask, runs | medmask, dense | peer | runs / peer | dense / peer | asked for | |")
    print("|---|---|--:|--:|--:|--:|--:|--:|---|")
    for query, name, times in figures:
        shown = [f"{times[side] * 1e3:.3g} ms" if side in times else "" for side in ("runs", "dense", "peer")]
        ratios = [f"{times[side] / times['peer']:.3f}" if side in times else "" for side in ("runs", "dense")]
        print("|", " | ".join([query, name, *shown, *ratios, str(TARGETS.get(query, "")), PEERS[query]]), "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--ours", "--case"):
        parser.add_argument(option, required=True)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json")
    options = parser.parse_args()
    peers, ours = Peers(options.case), Ours(options.ours, options.case)
    largest = max(peers.non_empty, key=lambda name: int(peers.masks[name].sum()))
    hip = "hip_left" if "hip_left" in peers.non_empty else largest
    asked = [("margin", hip)]
    asked += [(query, name) for query in ("components", "holes") for name in dict.fromkeys([hip, largest])]
    asked += [("components", "merged"), ("union", hip), ("agreement", hip), ("agreement_medpy", hip)]
    asked += [("distance", hip), ("image", hip)]
    figures = [(query, name, measure(ours, peers, query, name, options.rounds)) for query, name in asked]
    report(figures)
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2))


main()
