"""Trains what the codec `transitions` expects before the first symbol, on synthetic shapes, and writes `start.bin`.

The shapes are those of `train_context_prior.py`: no scan is used. Needs NumPy, SciPy, nibabel and the command `medmask`, which encodes
the shapes; the independent reader tells their symbols: `python train_transitions_start.py MEDMASK OUT.bin [--volumes N] [--seed N]`.
Symbols do not depend on the start, so that any build serves. The layout of the file is in SPEC.md, "Transitions: start".
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy as np
from scipy.special import gammaln
from train_context_prior import volume_of

sys.path.append(str(pathlib.Path(__file__).parent.parent / "tests/peers"))
import medmask_transitions
import read_medmask

CONTEXTS = sum(medmask_transitions.COUNTS.values())
# A context that has seen n symbols goes on as if its chances were those of n + 0.6.
SEEN = [0, 1, 2, 4, 7, 12, 20, 35, 60]


class Counting(medmask_transitions.Symbols):
    """Notes how often each symbol comes in each context of a chunk."""

    chunks = []

    def __init__(self, chunk):
        super().__init__(chunk)
        self.counts = {}
        self.chunks.append(self.counts)

    def symbol(self, kind, number):
        symbol = super().symbol(kind, number)
        context = medmask_transitions.FIRST[kind] + number
        self.counts.setdefault(context, np.zeros(16, np.int64))[symbol] += 1
        return symbol


def count(medmask, volumes, seed):
    """Counts of symbols by chunk and context."""
    rng = np.random.default_rng(seed)
    medmask_transitions.Symbols = Counting
    start = medmask_transitions.starts()
    medmask_transitions.starts = lambda: start
    with tempfile.TemporaryDirectory() as folder:
        done = 0
        while done < volumes:
            volume = volume_of(rng)
            if volume is None or volume.size < 1000:
                continue
            # The codec's x is the last axis of ours, and the first one of NIfTI.
            source, archive = f"{folder}/{done}.nii", f"{folder}/{done}.mska"
            nibabel.save(nibabel.Nifti1Image(volume.T.astype(np.uint8), np.eye(4)), source)
            subprocess.run([medmask, "pack", source, "-o", archive, "--codec", "transitions", "--quiet"], check=True)
            file = pathlib.Path(archive).read_bytes()
            space, _, entries = read_medmask.open_file(file)
            for entry in entries:
                read_medmask.read_voxels(file, entry, space["shape"])
            done += 1
            print(f"\r{done} of {volumes}", end="", flush=True)
    print()
    return Counting.chunks


def parents():
    """Contexts that are alike: one without data is as their mean."""
    result, first = np.zeros(CONTEXTS, int), 0
    keys = {
        # How the two rows differ, and what the rows before were.
        "row": lambda n: n // 225 * 9 + n % 9,
        # Where the row before has it, whether it must move, and what is beside.
        "both": lambda n: n // 144 * 4 + n % 4,
        "alone": lambda n: n % 8,
        "number": lambda n: (n % 17 == 0) * 20 + n % 17,
    }
    for kind, number in medmask_transitions.COUNTS.items():
        at = medmask_transitions.FIRST[kind]
        result[at : at + number] = [first + keys.get(kind, lambda n: 0)(n) for n in range(number)]
        first = result.max() + 1
    return result


def cost(counts, chances, strength):
    """Bits of the symbols of several chunks, each learned from the start anew."""
    a = chances * strength
    totals = counts.sum(1)
    nats = gammaln(strength + totals) - gammaln(strength) + (gammaln(a) - gammaln(counts + a)).sum(1)
    return nats.sum()


def fitted(counts, parent):
    """The best chances and number of symbols seen for one context; `parent` stands in for what was never seen."""
    best = None
    for seen in SEEN:
        strength = seen + 0.6
        # Each chunk counts as what it says about the start, however long it is.
        weights = strength / (strength + counts.sum(1, keepdims=True))
        chances = (counts * weights).sum(0) + parent
        chances = np.maximum(chances / chances.sum(), 2**-15)
        chances /= chances.sum()
        total = cost(counts, chances, strength)
        if best is None or total < best[0]:
            best = total, chances, seen
    return best


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("medmask")
    arguments.add_argument("out")
    arguments.add_argument("--volumes", type=int, default=400)
    arguments.add_argument("--seed", type=int, default=21)
    options = arguments.parse_args()
    chunks = count(options.medmask, options.volumes, options.seed)
    of_context = [[] for _ in range(CONTEXTS)]
    for chunk in chunks:
        for context, counts in chunk.items():
            of_context[context].append(counts)
    parent = parents()
    shared = np.full((parent.max() + 1, 16), 2.0**-10)
    for context, counts in enumerate(of_context):
        for chunk in counts:
            shared[parent[context]] += chunk / np.sqrt(chunk.sum())
    shared /= shared.sum(1, keepdims=True)
    with open(options.out, "wb") as file:
        total = 0
        for context, counts in enumerate(of_context):
            rows = np.array(counts).reshape(-1, 16)
            found, chances, seen = fitted(rows, shared[parent[context]])
            if not counts:
                seen = 1
            total += found
            logs = np.rint(-8 * np.log2(chances / chances.max()))
            file.write(bytes([seen, *np.minimum(logs, 120).astype(np.uint8)]))
    print(f"{len(chunks)} chunks, about {total / np.log(2) / 8:.0f} bytes from this start on")


if __name__ == "__main__":
    main()
