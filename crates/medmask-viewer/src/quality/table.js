/** An element with attributes and what is in it; texts are texts, never HTML. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A volume, with a mark where it is unusual. */
function volumeCell(ml, mark) {
  const text = ml === undefined ? '–' : millilitres(ml);
  if (!mark) return element('td', { class: ml === undefined ? 'number missing' : 'number' }, text);
  return element('td', { class: `number ${mark.kind}`, title: mark.title }, mark.sign ? `${mark.sign} ${text}` : text);
}

/** The first cell of a row: what the case is called, and what is wrong with it. */
function nameCell(one) {
  const cell = element('th', { scope: 'row' }, one.name, element('small', {}, one.file));
  if (one.problem) cell.append(element('small', { class: 'problem' }, one.problem));
  for (const remark of one.remarks) cell.append(element('small', {}, remark));
  return cell;
}

function pictureCell(one) {
  if (!one.picture) return element('td', { class: 'picture missing' }, '–');
  const source = `data:image/png;base64,${one.picture}`;
  return element('td', { class: 'picture' }, element('img', { src: source, alt: `${one.name}, enlarge`, loading: 'lazy' }));
}

function verdictCell() {
  const button = (verdict) => element('button', { type: 'button', class: verdict, 'aria-pressed': 'false', tabindex: '-1' }, verdict);
  return element('td', { class: 'verdict' }, button('pass'), ' ', button('fail'));
}

/** Sorts copies: what has no value comes last, and equal ones stay as they are. */
function sorted(cases, valueOf, descending) {
  const compare = (a, b) => (typeof a === 'number' ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  return [...cases].sort((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === undefined || right === undefined) return (left === undefined) - (right === undefined);
    return descending ? compare(right, left) : compare(left, right);
  });
}

