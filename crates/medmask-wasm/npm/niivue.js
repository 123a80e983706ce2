// NiiVue reads .mska: `register(niivue)`, then `niivue.loadVolumes([{ url: 'case.mska' }])`.
import { open } from './index.js';
import { toNifti } from './nifti.js';

export const register = (niivue) => niivue.useLoader(toLabels, 'mska', 'nii');

/** All masks of the archive in one NIfTI file of labels, numbered from 1 in their order; where masks overlap, the later one counts. */
export async function toLabels(bytes) {
  const archive = await open(bytes);
  const [depth, height, width] = archive.shape;
  const data = new Uint16Array(depth * height * width);
  for (const [index, name] of archive.names.entries()) {
    const runs = await archive.runs(name);
    for (let at = 0; at < runs.length; at += 3) data.fill(index + 1, runs[at], runs[at + 1]);
  }
  archive.close();
  return toNifti({ data, shape: archive.shape, affine: archive.affine });
}
