"""Trains the prior of the `context` codec on synthetic shapes and writes `prior.bin`.

The shapes are level sets of smooth random fields: closed organs, tubes, shells, plates and label maps of
touching regions, at several resolutions and anisotropies, some resampled as segmentation tools do. No scan is
used. Needs NumPy alone: `python train_context_prior.py OUT.bin [--volumes N] [--epochs N] [--seed N]`.
The layout of the file is in SPEC.md, "Context: prior".
"""

import argparse

import numpy as np

# Windows as in around.rs: slices back, rows on, columns to the first of eight voxels.
WINDOWS = (
    [(0, 0, -8), (0, -1, -3), (0, -2, -3), (0, -3, -3)]
    + [(1, on, -3) for on in range(-3, 4)]
    + [(2, on, -3) for on in range(-2, 3)]
    + [(3, on, -3) for on in range(-1, 2)]
)
# Window and voxel in it of each candidate after the left one, as in around.rs.
ORDER = [(1, 3), (7, 3), (1, 4), (7, 4), (8, 3), (6, 3), (8, 4), (1, 5), (7, 5), (13, 3), (2, 3), (1, 2)]
INPUTS = len(WINDOWS) * 8 + 8
HIDDEN = (32, 16)
# Units of the integer network: activations, first weights, later weights.
UNIT, LATER = 32, 64


def smooth(rng, shape, length):
    """A Gaussian random field of unit variance, correlated over `length` voxels along each axis."""
    spectrum = np.fft.rfftn(rng.standard_normal(shape, dtype=np.float32))
    for axis, n in enumerate(shape):
        frequency = np.fft.rfftfreq(n) if axis == 2 else np.fft.fftfreq(n)
        gain = np.exp(-2 * (np.pi * frequency * length[axis]) ** 2).astype(np.float32)
        spectrum *= gain.reshape([-1 if a == axis else 1 for a in range(3)])
    field = np.fft.irfftn(spectrum, shape, axes=(0, 1, 2)).astype(np.float32)
    return field / (field.std() + 1e-9)


def rough(rng, shape, length):
    """A smooth field with smaller features and jitter on it."""
    field = smooth(rng, shape, length)
    field += rng.uniform(0, 0.5) * smooth(rng, shape, length / 2.5)
    field += rng.uniform(0, 0.12) * smooth(rng, shape, np.maximum(length / 6, 0.8))
    # Jitter that moves the surface by up to about half a voxel.
    field += rng.uniform(0, 0.4) / length.mean() * smooth(rng, shape, np.full(3, rng.uniform(0.5, 1.2)))
    return field


def ball(rng, shape):
    """1 in the middle of a random turned ellipsoid, 0 on its surface, negative outside."""
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    axes = np.meshgrid(*[np.linspace(-1, 1, n, dtype=np.float32) for n in shape], indexing="ij")
    point = np.stack(axes, -1) @ (turn * rng.uniform(1.1, 3.5, 3)).astype(np.float32)
    return 1 - (point**2).sum(-1)


def labels(rng, shape, length):
    """One synthetic volume of label numbers."""
    kind = rng.choice(["organ", "tube", "shell", "plate", "field", "map"], p=[0.3, 0.12, 0.1, 0.1, 0.08, 0.3])
    if kind == "organ":
        return (rng.uniform(1.2, 4) * ball(rng, shape) + rough(rng, shape, length) > 0).astype(np.uint8)
    if kind == "field":
        return (rough(rng, shape, length) > rng.uniform(-0.5, 1.8)).astype(np.uint8)
    if kind == "tube":
        distance = np.hypot(rough(rng, shape, length * 1.5), rough(rng, shape, length * 1.5))
        return (distance < rng.uniform(0.15, 0.6)).astype(np.uint8)
    if kind == "shell":
        field = rng.uniform(1.2, 4) * ball(rng, shape) + rough(rng, shape, length)
        return ((field > 0) & (field < rng.uniform(0.3, 1.2))).astype(np.uint8)
    if kind == "plate":
        inside = smooth(rng, shape, length * 2) > rng.uniform(-0.5, 0.8)
        return ((np.abs(rough(rng, shape, length * 1.5)) < rng.uniform(0.15, 0.5)) & inside).astype(np.uint8)
    count = int(rng.integers(3, 9))
    fields = np.stack([rough(rng, shape, length) for _ in range(count)])
    whole = rng.uniform(1.2, 4) * ball(rng, shape) + rough(rng, shape, length) > 0
    return np.where(whole, fields.argmax(0) + 1, 0).astype(np.uint8)


def resampled(rng, volume, zoom):
    """The volume on a grid finer or coarser by `zoom`: nearest, or linear per label and the largest."""
    at = [(np.arange(max(8, int(n * z))) + 0.5) / z - 0.5 for n, z in zip(volume.shape, zoom)]
    if rng.random() < 0.4:
        near = [np.clip(np.rint(a).astype(int), 0, n - 1) for a, n in zip(at, volume.shape)]
        return volume[np.ix_(*near)]
    best, result = None, None
    for label in np.unique(volume):
        share = (volume == label).astype(np.float32)
        for axis, a in enumerate(at):
            low = np.clip(np.floor(a).astype(int), 0, share.shape[axis] - 1)
            high = np.minimum(low + 1, share.shape[axis] - 1)
            part = np.clip(a - low, 0, 1).astype(np.float32).reshape([-1 if i == axis else 1 for i in range(3)])
            share = np.take(share, low, axis) * (1 - part) + np.take(share, high, axis) * part
        result = np.full(share.shape, label, np.uint8) if best is None else np.where(share > best, label, result)
        best = share if best is None else np.maximum(best, share)
    return result


def volume_of(rng):
    """The tight box of a synthetic volume."""
    spacing = np.exp(rng.uniform(-0.8, 0.8, 3) * [1, 0.35, 0.35])
    length = np.maximum(np.exp(rng.uniform(np.log(2.5), np.log(14))) * spacing, 1.2)
    shape = tuple(int(n) for n in rng.integers(40, 112, 3))
    volume = labels(rng, shape, length)
    if rng.random() < 0.45:
        zoom = np.exp(rng.uniform(-0.4, 1.0, 3))
        zoom[2] = zoom[1]
        if volume.size * zoom.prod() < 4e6:
            volume = resampled(rng, volume, zoom)
    if rng.random() < 0.15:
        volume = np.ascontiguousarray(volume.transpose(rng.permutation(3)))
    occupied = np.nonzero(volume)
    if not len(occupied[0]):
        return None
    box = tuple(slice(axis.min(), axis.max() + 1) for axis in occupied)
    return np.ascontiguousarray(volume[box])


def offsets(z_class, strides):
    """Flat offset of each voxel of each window; slices before the first as the codec replaces them."""
    result = np.empty((len(WINDOWS), 8), np.int64)
    for i, (back, on, column) in enumerate(WINDOWS):
        if z_class == 0 and back > 0:
            back, on = 0, min(on, -1)
        back = min(back, z_class)
        result[i] = -back * strides[0] + on * strides[1] + column + np.arange(8)
    return result


def samples_of(rng, volume, most):
    """Features and answers of the codec's questions on one volume."""
    depth, height, width = volume.shape
    padded = np.zeros((depth, height + 6, width + 16), np.uint8)
    padded[:, 3:-3, 8:-8] = volume
    strides = (padded[0].size, padded.shape[2])
    flat = padded.reshape(-1)
    features, answers = [], []
    for z_class in range(min(depth, 4)):
        slices = np.arange(z_class, z_class + 1) if z_class < 3 else np.arange(3, depth)
        at = (slices[:, None, None] * strides[0] + (np.arange(height)[:, None] + 3) * strides[1] + np.arange(width) + 8).reshape(-1)
        places = offsets(z_class, strides)
        left = flat[at - 1]
        rule = [flat[at + places[window, voxel]] == left for window in (1, 7, 8) for voxel in (3, 4)]
        at = at[~np.logical_and.reduce(rule)]
        if len(at) > most:
            at = rng.choice(at, most, replace=False)
        left, value = flat[at - 1], flat[at]
        around = flat[at[:, None, None] + places]
        question = np.zeros((len(at), 8), np.uint8)
        question[:, 0] = left == 0
        if z_class < 3:
            question[:, 1 + z_class] = 1
        same = (around == left[:, None, None]).reshape(-1, INPUTS - 8)
        features.append(np.concatenate([same, question], 1))
        answers.append(value == left)
        if volume.max() > 1:
            later_questions(around, left, value, question, features, answers)
    return np.concatenate(features).astype(np.uint8), np.concatenate(answers).astype(np.uint8)


def later_questions(around, left, value, question, features, answers):
    """The questions after the first refusal, in label maps."""
    open_ = np.nonzero(value != left)[0]
    tried = np.full((len(left), 7), 255, np.uint8)
    tried[:, 0], count = left, np.ones(len(left), int)
    for window, voxel in ORDER:
        candidate = around[open_, window, voxel]
        new = (tried[open_] != candidate[:, None]).all(1) & (count[open_] < 6)
        rows, candidate = open_[new], candidate[new]
        tried[rows, count[rows]] = candidate
        asked = question[rows].copy()
        asked[:, 0] = candidate == 0
        asked[:, 4] = count[rows] == 1
        asked[:, 5] = count[rows] >= 2
        same = (around[rows] == candidate[:, None, None]).reshape(-1, INPUTS - 8)
        features.append(np.concatenate([same, asked], 1))
        answers.append(value[rows] == candidate)
        count[rows] += 1
        open_ = open_[~np.isin(open_, rows[value[rows] == candidate])]


def dataset(seed, volumes, most=12000):
    rng = np.random.default_rng(seed)
    parts = []
    while len(parts) < volumes:
        volume = volume_of(rng)
        if volume is not None and volume.size > 1000:
            if rng.random() < 0.7:
                # Chunks are slabs: many of them begin inside a structure.
                height = int(rng.integers(8, 64))
                start = int(rng.integers(0, max(1, len(volume) - height + 1)))
                volume = volume[start : start + height]
            parts.append(samples_of(rng, volume, most))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def leaky(a):
    return np.maximum(a, a * 0.125)


def forward(net, x):
    a1 = x @ net[0] + net[1]
    h1 = leaky(a1)
    a2 = h1 @ net[2] + net[3]
    h2 = leaky(a2)
    return a1, h1, a2, h2, (h2 @ net[4] + net[5])[:, 0]


def bits(net, x, y, batch=65536):
    """Mean cost of an answer in bits."""
    total = 0.0
    for i in range(0, len(y), batch):
        logit = forward(net, x[i : i + batch].astype(np.float32))[-1]
        total += np.logaddexp(0, np.where(y[i : i + batch] == 1, -logit, logit)).sum()
    return total / len(y) / np.log(2)


def train(x, y, epochs, seed, report):
    rng = np.random.default_rng(seed)
    sizes = (INPUTS, *HIDDEN, 1)
    net = []
    for n, m in zip(sizes, sizes[1:]):
        net += [(rng.standard_normal((n, m)) * np.sqrt(1.5 / n)).astype(np.float32), np.zeros(m, np.float32)]
    limits = [127 / UNIT, 900, 127 / LATER, 900, 127 / LATER, 900]
    first, second = [np.zeros_like(p) for p in net], [np.zeros_like(p) for p in net]
    batch, step = 2048, 0
    steps = epochs * (len(y) // batch)
    for epoch in range(epochs):
        order = rng.permutation(len(y))
        for i in range(0, len(y) - batch + 1, batch):
            rows = order[i : i + batch]
            xb, yb = x[rows].astype(np.float32), y[rows].astype(np.float32)
            a1, h1, a2, h2, logit = forward(net, xb)
            g = ((1 / (1 + np.exp(-logit)) - yb) / batch)[:, None]
            g2 = (g @ net[4].T) * np.where(a2 > 0, 1, 0.125)
            g1 = (g2 @ net[2].T) * np.where(a1 > 0, 1, 0.125)
            grads = [xb.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g, g.sum(0)]
            step += 1
            rate = 4e-3 * min(1, step / 200) * (0.5 + 0.5 * np.cos(np.pi * step / steps)) + 1e-5
            for p, grad, m, v, limit in zip(net, grads, first, second, limits):
                m += 0.1 * (grad - m)
                v += 0.003 * (grad * grad - v)
                p -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.997**step)) + 1e-8)
                np.clip(p, -limit, limit, out=p)
        report(epoch, net)
    return net


def quantised(net):
    """The network rounded to what the file holds, in the units of the file."""
    units = [UNIT, UNIT, LATER, UNIT, LATER, UNIT * LATER]
    return [np.rint(p * unit).astype(np.int32) for p, unit in zip(net, units)]


def save(path, net):
    """Weights as i8, [input][output], each layer followed by its biases as little-endian i16 (the last i32)."""
    w1, b1, w2, b2, w3, b3 = quantised(net)
    with open(path, "wb") as file:
        for weights, biases, kind in [(w1, b1, "<i2"), (w2, b2, "<i2"), (w3, b3, "<i4")]:
            file.write(weights.astype(np.int8).tobytes())
            file.write(biases.astype(kind).tobytes())


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out")
    arguments.add_argument("--volumes", type=int, default=1200)
    arguments.add_argument("--epochs", type=int, default=9)
    arguments.add_argument("--seed", type=int, default=11)
    options = arguments.parse_args()
    held_x, held_y = dataset(options.seed + 1000, max(10, options.volumes // 10))
    x, y = dataset(options.seed, options.volumes)
    print(f"{len(y)} answers to learn from, {len(held_y)} held out", flush=True)

    def report(epoch, net):
        rounded = [p / u for p, u in zip(quantised(net), [UNIT, UNIT, LATER, UNIT, LATER, UNIT * LATER])]
        print(f"epoch {epoch}: held out {bits(net, held_x, held_y):.4f} bits an answer, rounded {bits(rounded, held_x, held_y):.4f}", flush=True)

    save(options.out, train(x, y, options.epochs, options.seed, report))


if __name__ == "__main__":
    main()
