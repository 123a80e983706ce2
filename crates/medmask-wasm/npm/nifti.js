// Voxels as the bytes of a NIfTI-1 file, which every viewer reads.

/** Bytes before the voxels. */
const HEADER = 352;

const DATATYPES = new Map([[Uint8Array, 2], [Int16Array, 4], [Uint16Array, 512], [Uint32Array, 768]]);

/** A NIfTI-1 file of a mask as `load` gives it, marked as a map of labels, or of an image, which has a slope: little-endian, with an sform. */
export function toNifti({ data, shape, affine, slope, intercept }) {
  const bytes = new ArrayBuffer(HEADER + data.byteLength);
  const header = new DataView(bytes);
  writeHeader(header, data.constructor, shape, affine);
  header.setInt16(68, slope === undefined ? 1002 : 0, true); // intent: labels
  header.setFloat32(112, slope ?? 1, true);
  header.setFloat32(116, intercept ?? 0, true);
  new data.constructor(bytes, HEADER).set(data);
  return bytes;
}

function writeHeader(header, type, [depth, height, width], affine) {
  const int16 = (at, value) => header.setInt16(at, value, true);
  const float32 = (at, value) => header.setFloat32(at, value, true);
  header.setInt32(0, 348, true);
  [3, width, height, depth, 1, 1, 1, 1].forEach((length, axis) => int16(40 + 2 * axis, length));
  int16(70, DATATYPES.get(type));
  int16(72, 8 * type.BYTES_PER_ELEMENT);
  float32(76, 1);
  [0, 1, 2].forEach((axis) => float32(80 + 4 * axis, Math.hypot(...affine.slice(0, 3).map((row) => row[axis]))));
  float32(108, HEADER);
  header.setUint8(123, 2); // mm
  int16(254, 1); // sform: scanner
  affine.slice(0, 3).forEach((row, at) => row.forEach((value, axis) => float32(280 + 16 * at + 4 * axis, value)));
  [0x6e, 0x2b, 0x31].forEach((letter, at) => header.setUint8(344 + at, letter));
}
