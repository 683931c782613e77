// Shows the result of one clip: the annotated clip, and charts and tables that lead to its moments.

const STEP_S = 1;
const FINE_S = 0.1;
const LANE_REM = 1.8;
const FEW_MARKS = 40;

export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector('.player');
  if (root.shown !== data.base) {
    root.shown = data.base;
    root.stop?.();
    root.stop = show(root, data);
  }
  return () => { root.stop?.(); root.shown = null; };
}

function show(root, data) {
  const ending = new AbortController();
  const video = root.querySelector('video');
  const player = made_player(root, video, data, ending.signal);
  fetch(`${data.base}page.json`, { signal: ending.signal })
    .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
    .then((page) => fill(root.querySelector('.page'), page, data, player))
    .catch((error) => {
      if (error.name === 'AbortError') return;
      root.querySelector('.page').replaceChildren(made('p', '', 'This result is not there any more. Analyse the clip again.'));
    });
  return () => { ending.abort(); video.pause(); video.removeAttribute('src'); video.load(); };
}

function made_player(root, video, data, signal) {
  const news = root.querySelector('.news');
  const heads = [];
  video.setAttribute('aria-label', `${data.name}, with what was seen drawn in`);
  video.replaceChildren();
  const track = document.createElement('track');
  Object.assign(track, { kind: 'captions', label: 'What was said', srclang: 'en', src: `${data.base}cues.vtt` });
  video.append(track);
  video.src = `${data.base}annotated.mp4`;

  const follow = () => {
    for (const { head, chart } of heads) {
      const share = (video.currentTime - chart.low) / (chart.high - chart.low);
      head.style.left = percent(chart.left + (chart.right - chart.left) * Math.min(1, Math.max(0, share)));
    }
    if (!video.paused && !signal.aborted) requestAnimationFrame(follow);
  };
  for (const event of ['play', 'seeked', 'timeupdate', 'loadedmetadata']) video.addEventListener(event, follow, { signal });

  const seek = (t_s) => { video.currentTime = Math.max(0, Math.min(t_s, (video.duration || t_s) - 0.001)); };
  root.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const from = event.target;
    if (from !== video) return;
    const step = event.shiftKey ? FINE_S : STEP_S;
    if (event.key === ' ') { if (video.paused) video.play(); else video.pause(); }
    else if (event.key === 'ArrowLeft') seek(video.currentTime - step);
    else if (event.key === 'ArrowRight') seek(video.currentTime + step);
    else return;
    event.preventDefault();
  }, { signal, capture: true });

  return {
    heads,
    seek,
    to(t_s, what) {
      video.pause();
      seek(t_s);
      news.textContent = `The player is at ${moment(t_s)}: ${what}.`;
      const place = video.getBoundingClientRect();
      if (place.top < 0 || place.bottom > window.innerHeight) video.scrollIntoView({ block: 'start' });
    },
  };
}

function fill(page, told, data, player) {
  const parts = [
    numbers(told),
    made('p', 'soft', [told.note, told.broke_off && `The clip breaks off at ${told.broke_off}.`].filter(Boolean).join(' ')),
    ...told.charts.flatMap((chart) => drawn(chart, player)),
    ...found(told, data, player),
    ...pictures(told, data, player),
    ...told.tables.flatMap((table) => tabled(table, player)),
    ...unjudged(told),
    ...(told.readiness ? [made('h3', '', 'Before the next time'), made('p', '', told.readiness)] : []),
    ...slow(data),
    ...files(data),
  ];
  page.replaceChildren(...parts);
}

function numbers(told) {
  const list = made('dl', 'numbers');
  for (const { title, value, more } of told.numbers) {
    const tile = made('div');
    tile.append(made('dt', '', title), made('dd', '', value));
    if (more) tile.append(made('dd', 'more', more));
    list.append(tile);
  }
  return list;
}

function drawn(chart, player) {
  const figure = made('figure');
  const scroll = made('div', 'scroll');
  const box = made('div', 'chart');
  const plot = made('div', 'plot');
  plot.setAttribute('role', 'img');
  plot.setAttribute('aria-label', chart.alt);
  plot.innerHTML = chart.svg; // made by the program itself, from numbers
  box.append(plot);
  scroll.append(box);
  if (chart.timed) {
    const head = made('div', 'head');
    plot.append(head);
    player.heads.push({ head, chart });
    head.style.left = percent(chart.left);
  }
  plot.onclick = (event) => {
    const place = plot.getBoundingClientRect();
    const share = ((event.clientX - place.left) / place.width - chart.left) / (chart.right - chart.left);
    if (share < 0 || share > 1) return;
    const at = chart.low + share * (chart.high - chart.low);
    const mark = chart.marks.find((each) => at >= each.start && at <= each.end);
    if (chart.timed) player.to(at, 'as chosen in the chart');
    else if (mark) player.to(mark.t_s, mark.label);
  };
  if (chart.marks.length) box.append(marks(chart, player));
  else { scroll.tabIndex = 0; scroll.setAttribute('role', 'region'); scroll.setAttribute('aria-label', chart.title); }
  const caption = made('figcaption', '', `${chart.caption} Click in the chart to go to that moment.`);
  figure.append(scroll, caption);
  return [made('h3', '', chart.title), figure];
}

// One stop for the Tab key; the arrows go from mark to mark.
function marks(chart, player) {
  const bar = made('div', chart.marks.length > FEW_MARKS ? 'marks narrow' : 'marks');
  bar.setAttribute('role', 'toolbar');
  bar.setAttribute('aria-label', `Moments in “${chart.title}”; the arrow keys go from one to the next`);
  const lanes = [];
  const buttons = chart.marks.map((mark, i) => {
    const sign = { fault: '✕', warn: '▲' }[mark.level] ?? '';
    const button = made('button', `mark ${mark.level}`, chart.timed ? sign : `${i + 1}${sign}`);
    const from = chart.left + (chart.right - chart.left) * (mark.start - chart.low) / (chart.high - chart.low);
    const width = (chart.right - chart.left) * (mark.end - mark.start) / (chart.high - chart.low);
    let lane = chart.timed ? lanes.findIndex((end) => end <= from) : 0;
    if (lane < 0) lane = lanes.length;
    lanes[lane] = from + Math.max(width, 0.05);
    button.type = 'button';
    button.style.cssText = `left: ${percent(from)}; width: ${percent(width)}; top: ${lane * LANE_REM}rem`;
    button.setAttribute('aria-label', `Show ${mark.label}`);
    button.title = mark.label;
    button.tabIndex = i ? -1 : 0;
    button.onclick = () => player.to(mark.t_s, mark.label);
    return button;
  });
  bar.style.height = `${Math.max(1, lanes.length) * LANE_REM}rem`;
  bar.onkeydown = (event) => {
    const now = buttons.indexOf(event.target);
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (now < 0 || next === undefined || !buttons[next]) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = -1;
    buttons[next].tabIndex = 0;
    buttons[next].focus();
  };
  bar.append(...buttons);
  return bar;
}

function found(told, data, player) {
  const parts = [made('h3', '', 'What was found')];
  for (const remark of told.remarks) parts.push(made('p', '', remark));
  if (told.nothing_found) parts.push(made('p', '', told.nothing_found));
  for (const row of told.findings) parts.push(finding(row, data, player));
  if (told.findings_left) parts.push(made('p', 'soft', `${told.findings_left} more, less far out, in report.json.`));
  return parts;
}

function finding(row, data, player) {
  const part = made('article', 'finding');
  const still = row.still ? document.createElement('img') : made('p', 'nothing', 'No picture was kept of this moment.');
  if (row.still) {
    still.src = data.base + row.still;
    still.loading = 'lazy';
    still.alt = `The picture at ${row.worst_at}, when it was furthest out: ${row.title}, ${row.worst}.`;
  }
  const words = made('div');
  const title = made('h4', '', row.title);
  title.append(made('span', `tag ${row.level}`, row.level_word));
  const list = made('dl');
  const facts = [
    ['Repetition', row.rep], ['Jumps', row.jumps], ['When', row.span],
    ['Furthest out', `${row.worst} at ${row.worst_at}`], ['Of your own range', row.own_share],
    ['Limit', row.limit], ['What was said', row.said || 'nothing'],
  ];
  for (const [name, value] of facts) if (value) list.append(made('dt', '', name), made('dd', '', value));
  words.append(title, list, leads(`Show at ${row.worst_at}`, `${row.title}, at ${row.worst_at}`, row.t_s, player));
  part.append(still, words);
  return part;
}

function pictures(told, data, player) {
  if (!told.pictures.length) return [];
  const sheet = made('div', 'pictures');
  for (const row of told.pictures) {
    const figure = made('figure');
    const image = document.createElement('img');
    image.src = data.base + row.still;
    image.loading = 'lazy';
    image.alt = `The landing of ${row.told}`;
    const caption = made('figcaption', '', `${row.title}: ${row.told} `);
    figure.append(image, caption, leads('Show', `${row.title}, ${row.told}`, row.t_s, player));
    sheet.append(figure);
  }
  return [made('h3', '', 'Landings'), sheet];
}

function tabled(table, player) {
  const scroll = made('div', 'scroll');
  const grid = made('table');
  const head = made('tr');
  for (const name of table.head) head.append(column(name));
  head.append(column('Player'));
  const body = made('tbody');
  for (const row of table.rows) {
    const line = made('tr', row.level === 'none' ? '' : row.level);
    for (const cell of row.cells) line.append(made('td', '', cell));
    const last = made('td');
    last.append(leads('Show', `${table.head[0]} ${row.cells[0]} in “${table.title}”`, row.t_s, player));
    line.append(last);
    body.append(line);
  }
  const top = made('thead');
  top.append(head);
  grid.append(top, body);
  scroll.append(grid);
  return [made('h3', '', table.title), ...(table.note ? [made('p', 'soft', table.note)] : []), scroll];
}

function column(name) {
  const cell = made('th', '', name);
  cell.scope = 'col';
  return cell;
}

function unjudged(told) {
  const parts = [made('h3', '', 'What was not judged')];
  for (const row of told.not_judged) {
    parts.push(made('p', '', `${row.text}: ${row.seconds} (${row.share}).${row.advice ? ` What helps: ${row.advice}.` : ''}`));
  }
  for (const row of told.never_judged) parts.push(made('p', '', `${row.title} was never judged: ${row.why}.`));
  for (const [what, why] of told.not_told) parts.push(made('p', '', `${what}: ${why}.`));
  if (parts.length === 1) parts.push(made('p', '', 'All of the time was judged.'));
  return parts;
}

function slow(data) {
  if (!data.files.some((file) => file.name === 'slow-motion.mp4')) return [];
  const video = made('video');
  Object.assign(video, { controls: true, playsInline: true, muted: true, preload: 'metadata', src: `${data.base}slow-motion.mp4` });
  video.setAttribute('aria-label', 'The clip slowed down around each landing, without sound');
  return [made('h3', '', 'Slow motion'), video, made('p', 'soft', 'Four times slower around each landing, without sound; the times drawn in are those of your clip.')];
}

function files(data) {
  const list = made('ul', 'files');
  for (const file of data.files) {
    const item = made('li');
    const link = made('a', '', file.name);
    link.href = `${data.base}${file.name}?download=1`;
    link.download = '';
    item.append(link, ` (${file.size}): ${file.about}`);
    list.append(item);
  }
  return [made('h3', '', 'Files to keep'), list];
}

function leads(words, what, t_s, player) {
  const button = made('button', '', words);
  button.type = 'button';
  button.setAttribute('aria-label', `${words}: ${what}`);
  button.onclick = () => player.to(t_s, what);
  return button;
}

function made(tag, kind = '', words = '') {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (words) element.textContent = words;
  return element;
}

function percent(share) {
  return `${(100 * share).toFixed(3)}%`;
}

function moment(t_s) {
  const tenths = Math.round(10 * t_s);
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  return `${Math.floor(tenths / 600)}:${rest}`;
}
