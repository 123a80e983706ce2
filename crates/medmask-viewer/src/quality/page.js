const find = (selector) => document.querySelector(selector);
const verdicts = new Verdicts();
const structures = JSON.parse(find('#structures').textContent);
const cases = [...document.querySelectorAll('script.case')].map((block) => {
  const one = JSON.parse(block.textContent);
  // The row holds the picture from here on.
  block.remove();
  one.ml = [];
  for (const [column, ml] of one.volumes) one.ml[column] = ml;
  return one;
});
const isRead = (one) => one.problem === null || one.volumes.length > 0;
const marks = structures.map((_, column) => unusual(cases.map((one) => (isRead(one) ? one.ml[column] : null))));
cases.forEach((one, row) => {
  one.unusual = structures.filter((_, place) => marks[place][row] !== undefined);
});

/** What stands before the structures: headings, and by what they sort. */
const LEADING = [
  ['case', (one) => one.name],
  ['picture', undefined],
  ['verdict', (one) => verdicts.of(one).verdict || undefined],
  ['note', (one) => verdicts.of(one).note || undefined],
  ['unusual', (one) => one.unusual.length],
];

let shown = cases;
let current;
let order = { column: undefined, descending: false };

function rowOf(one, row) {
  const note = element('input', { type: 'text', 'aria-label': `note on ${one.name}`, tabindex: '-1' });
  const line = element(
    'tr',
    {},
    nameCell(one),
    pictureCell(one),
    verdictCell(),
    element('td', { class: 'note' }, note),
    element('td', { class: 'number', title: one.unusual.join(', ') }, String(one.unusual.length)),
    ...marks.map((column, place) => volumeCell(one.ml[place], column[row])),
  );
  note.addEventListener('input', () => {
    verdicts.set(one, { note: note.value });
    tell();
  });
  note.addEventListener('focus', () => choose(one));
  line.addEventListener('click', ({ target }) => {
    choose(one);
    if (target.matches('td.verdict button')) judge(one, target.textContent);
    if (target.matches('td.picture img')) enlarge(one);
  });
  return line;
}

/** Shows what was judged of a case. */
function refresh(one) {
  const { verdict, note } = verdicts.of(one);
  for (const button of one.row.querySelectorAll('td.verdict button')) {
    button.setAttribute('aria-pressed', String(button.textContent === verdict));
  }
  const input = one.row.querySelector('td.note input');
  if (input.value !== note) input.value = note;
}

/** How far the work is, and what is to be known of it. */
function tell() {
  const judged = cases.map((one) => verdicts.of(one));
  const count = (verdict) => judged.filter((known) => known.verdict === verdict).length;
  const hidden = shown.length < cases.length ? ` · ${shown.length} shown` : '';
  find('#counts').textContent =
    `${cases.length} cases · ${count('pass')} pass, ${count('fail')} fail, ${count('')} to judge${hidden}`;
  const outdated = judged.filter((known) => known.outdated).length;
  const warnings = [];
  if (outdated) warnings.push(`${outdated} judged in an earlier state of the file: to judge again.`);
  if (!verdicts.kept) warnings.push('This browser keeps nothing for this page: save the CSV before you close it.');
  find('#warning').textContent = warnings.join(' ');
  find('#warning').hidden = warnings.length === 0;
}

function choose(one) {
  current?.row.classList.remove('current');
  current = one;
  one?.row.classList.add('current');
  if (one && find('#enlarged').open) enlarge(one);
}

function move(step) {
  const place = shown.indexOf(current);
  const next = shown[Math.min(shown.length - 1, Math.max(0, place + step))] ?? shown[0];
  if (!next) return;
  choose(next);
  next.row.scrollIntoView({ block: 'nearest' });
}

function judge(one, verdict) {
  verdicts.set(one, { verdict: verdicts.of(one).verdict === verdict ? '' : verdict });
  refresh(one);
  tell();
  if (find('#enlarged').open) enlarge(one);
}

function enlarge(one) {
  const dialog = find('#enlarged');
  const { verdict } = verdicts.of(one);
  dialog.querySelector('p').textContent = verdict ? `${one.name}: ${verdict}` : one.name;
  const image = dialog.querySelector('img');
  image.alt = one.name;
  if (one.picture) image.src = `data:image/png;base64,${one.picture}`;
  else image.removeAttribute('src');
  if (!dialog.open) dialog.showModal();
}

/** Rows that hold the text, in the order that was chosen. */
function arrange() {
  const text = find('#search-cases').value.trim().toLowerCase();
  const holds = (one) =>
    [one.name, one.file, one.problem ?? '', ...one.remarks, verdicts.of(one).note].some((known) => known.toLowerCase().includes(text));
  shown = cases.filter(holds);
  const valueOf = LEADING[order.column]?.[1] ?? ((one) => one.ml[order.column - LEADING.length]);
  if (order.column !== undefined) shown = sorted(shown, valueOf, order.descending);
  find('tbody').replaceChildren(...shown.map((one) => one.row));
  [...find('thead tr').cells].forEach((cell, column) => {
    const direction = order.descending ? 'descending' : 'ascending';
    cell.setAttribute('aria-sort', column === order.column ? direction : 'none');
  });
  if (!shown.includes(current)) choose(shown[0]);
  tell();
}

function arrangeColumns() {
  const text = find('#search-structures').value.trim().toLowerCase();
  const hideEmpty = find('#hide-empty').checked;
  structures.forEach((name, column) => {
    const isEmpty = cases.every((one) => !one.ml[column]);
    const hidden = !name.toLowerCase().includes(text) || (hideEmpty && isEmpty);
    find('colgroup').children[LEADING.length + column].hidden = hidden;
    for (const row of [find('thead tr'), ...cases.map((one) => one.row)]) {
      row.cells[LEADING.length + column].hidden = hidden;
    }
  });
}

/** The other way at the second time, and as the command had it at the third. Numbers begin with the largest. */
function sortBy(column) {
  const first = column >= LEADING.length - 1;
  if (order.column !== column) order = { column, descending: first };
  else if (order.descending === first) order = { column, descending: !first };
  else order = { column: undefined, descending: false };
  arrange();
}

function saveCsv() {
  save(`${document.title}.csv`, toCsv(cases, structures, (one) => verdicts.of(one)));
  verdicts.unsaved = false;
}

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  p: () => current && judge(current, 'pass'),
  f: () => current && judge(current, 'fail'),
  n: () => {
    find('#enlarged').close();
    current?.row.querySelector('td.note input').focus();
  },
  o: () => (find('#enlarged').open ? find('#enlarged').close() : current && enlarge(current)),
  '/': () => find('#search-cases').focus(),
  s: saveCsv,
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches('input:not([type=checkbox])')) {
    if (event.key === 'Enter' || event.key === 'Escape') event.target.blur();
    return;
  }
  const does = KEYS[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});
find('#search-cases').addEventListener('input', arrange);
find('#search-structures').addEventListener('input', arrangeColumns);
find('#hide-empty').addEventListener('input', arrangeColumns);
find('#save').addEventListener('click', saveCsv);
find('#enlarged').addEventListener('click', () => find('#enlarged').close());
window.addEventListener('beforeunload', (event) => {
  if (!verdicts.kept && verdicts.unsaved) event.preventDefault();
});

find('#title').textContent = document.title;
const headings = [...LEADING.map(([name, valueOf]) => [name, valueOf !== undefined]), ...structures.map((name) => [name, true])];
find('thead').append(
  element('tr', {}, ...headings.map(([name, sorts], column) => {
    const cell = element('th', { scope: 'col' }, sorts ? element('button', { type: 'button' }, name) : name);
    if (sorts) cell.firstChild.addEventListener('click', () => sortBy(column));
    return cell;
  })),
);
find('colgroup').append(...headings.map(([name], column) => element('col', { class: column < LEADING.length ? name : 'structure' })));
cases.forEach((one, row) => {
  one.row = rowOf(one, row);
  refresh(one);
});
arrange();
