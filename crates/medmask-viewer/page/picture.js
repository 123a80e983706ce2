// NiiVue with the layers of masks, and an image under them where there is one.
import { toNifti } from '../../medmask-wasm/npm/nifti.js';

export class Picture {
  #niivue;
  #volumes = [];
  #image;

  constructor(canvas, { neurological }) {
    const { Niivue, SHOW_RENDER } = globalThis.niivue;
    this.#niivue = new Niivue({
      isRadiologicalConvention: !neurological,
      sagittalNoseLeft: true,
      isNearestInterpolation: true,
      // 3-D takes longest, and comes after the first picture.
      multiplanarShowRender: SHOW_RENDER.NEVER,
      dragAndDropEnabled: false,
      show3Dcrosshair: true,
      showAllOrientationMarkers: true,
      crosshairColor: [1, 1, 1, 0.6],
      crosshairWidth: 0.5,
      loadingText: '',
      logLevel: 'error',
    });
    this.canvas = canvas;
  }

  /** Takes hold of the canvas, and gives the longest axis that the graphics show. */
  async attach() {
    if (!document.createElement('canvas').getContext('webgl2')) {
      throw new Error('this browser has no WebGL 2, which slices and 3-D are drawn with');
    }
    await this.#niivue.attachToCanvas(this.canvas);
    const { gl } = this.#niivue;
    return gl.getParameter(gl.MAX_3D_TEXTURE_SIZE);
  }

  get niivue() {
    return this.#niivue;
  }

  /** Shows an image on `grid` under the masks; `window` are the values drawn black and white. */
  async setImage(grid, data, { slope, intercept, window: [black, white] }) {
    const { NVImage } = globalThis.niivue;
    const bytes = toNifti({ data, shape: grid.shape, affine: grid.affine, slope, intercept });
    this.#image = await NVImage.new(bytes, 'image.nii', 'gray', 1, null, black, white);
  }

  /** The voxels of a new layer on `grid`, all 0. */
  async addLayer(grid, opacity) {
    const data = new Uint8Array(grid.voxels);
    const { NVImage } = globalThis.niivue;
    const bytes = toNifti({ data, shape: grid.shape, affine: grid.affine });
    const volume = await NVImage.new(bytes, `masks-${this.#volumes.length + 1}.nii`, 'gray', opacity);
    this.#volumes.push(volume);
    setColours(volume, new Map());
    return volume.img;
  }

  /** Draws what has changed in the layers. */
  draw(layers) {
    layers.forEach((layer, index) => {
      if (layer.changed) {
        setColours(this.#volumes[index], layer.structures);
        layer.changed = false;
      }
    });
    // Not one by one, since each would be drawn.
    const niivue = this.#niivue;
    niivue.volumes = [this.#image, ...this.#volumes].filter(Boolean);
    [niivue.back, ...niivue.overlays] = niivue.volumes;
    niivue.updateGLVolume();
  }

  /** Shows 3-D beside the slices. */
  showSolid() {
    this.#niivue.opts.multiplanarShowRender = globalThis.niivue.SHOW_RENDER.ALWAYS;
    this.#niivue.drawScene();
  }

  /** How much masks hide of what lies under them. */
  setOpacity(opacity) {
    const first = this.#image ? 1 : 0;
    this.#volumes.forEach((_, index) => this.#niivue.setOpacity(first + index, opacity));
  }

  /** Calls `tell` with the point of the crosshair, in RAS+ mm, whenever it moves. */
  onPoint(tell) {
    this.#niivue.onLocationChange = (location) => tell(Array.from(location.mm).slice(0, 3));
  }

  /** Moves the crosshair to a point in RAS+ mm. */
  moveTo(point) {
    const niivue = this.#niivue;
    niivue.scene.crosshairPos = niivue.mm2frac([...point, 1]);
    niivue.createOnLocationChange();
    niivue.drawScene();
  }
}

/** Gives the numbers of a layer the colours of their structures. */
function setColours(volume, structures) {
  const table = { R: [], G: [], B: [], A: [], I: [], labels: [] };
  for (let number = 0; number < 256; number += 1) {
    const structure = structures.get(number);
    const [red, green, blue] = structure?.colour ?? [0, 0, 0];
    table.R.push(red);
    table.G.push(green);
    table.B.push(blue);
    table.A.push(structure ? 255 : 0);
    table.I.push(number);
    table.labels.push(structure?.name ?? '');
  }
  volume.setColormapLabel(table);
}
