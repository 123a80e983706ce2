// The list of structures: switched on and off, searched. Names are put in as text, whatever they hold.

export class List {
  #rows = [];
  #switched;

  /** Shows `structures` in `table`; `switched` is told of those that the user switches, and which way. */
  constructor(table, structures, switched) {
    this.#switched = switched;
    // Those without voxels come last; the others stay in their order.
    const sorted = [...structures].sort((a, b) => (a.ml === 0) - (b.ml === 0));
    this.#rows = sorted.map((structure) => row(structure, (on) => switched([structure], on)));
    table.append(...this.#rows.map((row) => row.element));
  }

  /** Leaves those in the list whose names hold all words of `text`. */
  search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { structure, element } of this.#rows) {
      const name = structure.name.toLowerCase();
      element.hidden = !words.every((word) => name.includes(word));
    }
  }

  /** Switches all that the search has left. */
  switchAll(on) {
    const listed = this.#rows.filter((row) => !row.element.hidden && !row.box.disabled);
    this.#switched(listed.map((row) => row.structure), on);
  }

  /** Shows whether structures are on, and what is wrong with them. */
  update(isOn) {
    for (const { structure, element, box, volume } of this.#rows) {
      // What failed here may have been the network, and can be tried again.
      const wrong = structure.problem ?? structure.failure; // the first is null where all is well
      box.checked = isOn(structure);
      box.disabled = structure.problem !== null || structure.ml === 0;
      element.classList.toggle('damaged', wrong !== undefined);
      element.classList.toggle('empty', structure.ml === 0);
      element.title = wrong ?? '';
      volume.textContent = wrong !== undefined ? 'damaged' : millilitres(structure.ml);
    }
  }
}

function row(structure, switched) {
  const element = document.createElement('label');
  const [box, swatch, name, volume] = ['input', 'i', 'span', 'output'].map((kind) => document.createElement(kind));
  box.type = 'checkbox';
  box.addEventListener('change', () => switched(box.checked));
  swatch.style.backgroundColor = `rgb(${structure.colour.join(', ')})`;
  name.textContent = structure.name;
  element.append(box, swatch, name, volume);
  return { structure, element, box, volume };
}

function millilitres(ml) {
  if (ml === null) {
    return '?';
  }
  return ml === 0 ? 'empty' : `${ml.toFixed(ml < 10 ? 2 : ml < 100 ? 1 : 0)} mL`;
}
