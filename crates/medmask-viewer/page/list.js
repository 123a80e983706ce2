// The list of structures: switched on and off, searched. Names are put in as text, whatever they hold.

export class List {
  #rows = [];
  #switched;

  /** Shows `structures` in `table`, to be switched from the first `update`; `switched` is told of those that the user switches, and which way. */
  constructor(table, structures, switched) {
    this.#switched = switched;
    // Those without voxels come last; the others stay in their order.
    const sorted = [...structures].sort((a, b) => (a.ml === 0) - (b.ml === 0));
    this.#rows = sorted.map((structure) => row(structure, (on) => switched([structure], on)));
    table.append(...this.#rows.map((row) => row.element));
    this.#rows.forEach(tell);
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
    if (listed.length > 0) {
      this.#switched(listed.map((row) => row.structure), on);
    }
  }

  /** Shows whether structures are on, and what is wrong with them. */
  update(isOn) {
    for (const row of this.#rows) {
      row.box.checked = isOn(row.structure);
      row.box.disabled = row.structure.problem !== null || row.structure.ml === 0;
      tell(row);
    }
  }
}

function row(structure, switched) {
  const element = document.createElement('label');
  const [box, swatch, name, volume] = ['input', 'i', 'span', 'output'].map((kind) => document.createElement(kind));
  box.type = 'checkbox';
  box.disabled = true;
  box.addEventListener('change', () => switched(box.checked));
  swatch.style.backgroundColor = `rgb(${structure.colour.join(', ')})`;
  name.textContent = structure.name;
  element.append(box, swatch, name, volume);
  return { structure, element, box, volume };
}

/** Says how large a structure is, or what is wrong with it. */
function tell({ structure, element, volume }) {
  const { problem, failure, ml } = structure; // `problem` is null where all is well
  // What failed may have been the network, and can be tried again.
  const wrong = problem !== null ? 'damaged' : failure !== undefined ? 'failed' : undefined;
  element.classList.toggle('wrong', wrong !== undefined);
  element.classList.toggle('empty', ml === 0);
  element.title = problem ?? failure ?? '';
  volume.textContent = wrong ?? millilitres(ml);
}

function millilitres(ml) {
  if (ml === null) {
    return '?';
  }
  return ml === 0 ? 'empty' : `${ml.toFixed(ml < 10 ? 2 : ml < 100 ? 1 : 0)} mL`;
}
