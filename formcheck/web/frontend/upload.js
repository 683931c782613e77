// Takes clips by a button or by dropping them, and sends each to the server with its progress.
// Python hears of a clip when it has arrived ("arrived") or was taken back ("removed").

const MB = 1e6;

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector('.upload');
  root.box ??= build(root);
  root.box.update(data, setTriggerValue);
  return () => root.box.close();
}

function build(root) {
  const input = root.querySelector('input');
  const choose = root.querySelector('.choose');
  const drop = root.querySelector('.drop');
  const list = root.querySelector('.clips');
  const news = root.querySelector('.news');
  const sending = new Map(); // key -> clip on its way, waiting, refused, or just arrived
  let data = {};
  let tell = () => {};
  let made = 0;

  const say = (words) => { news.textContent = words; };

  choose.onclick = () => input.click();
  input.onchange = () => { take([...input.files]); input.value = ''; };
  drop.ondragover = (event) => { event.preventDefault(); drop.classList.add('over'); };
  drop.ondragleave = (event) => { if (!drop.contains(event.relatedTarget)) drop.classList.remove('over'); };
  drop.ondrop = (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    take([...event.dataTransfer.files]);
  };

  const here = () => data.clips.length + [...sending.values()].filter((clip) => !clip.error && !known(clip)).length;
  const known = (clip) => clip.id && data.clips.some((each) => each.id === clip.id);

  function take(files) {
    for (const file of files) {
      const clip = { key: ++made, file, name: file.name, size: file.size, share: 0 };
      if (here() >= data.most) clip.error = `${file.name} is not taken: ${data.most} clips at a time are the most; remove one first`;
      else if (file.size > data.most_mb * MB) clip.error = `${file.name} is larger than ${data.most_mb} MB; cut out the part with the exercise, or save it smaller, and choose that`;
      else if (file.size === 0) clip.error = `${file.name} is empty: copy or record it again.`;
      sending.set(clip.key, clip);
    }
    next();
    draw();
  }

  // One after the other: the first one is there, and can be read, as soon as possible.
  function next() {
    const clips = [...sending.values()];
    if (clips.some((clip) => clip.request)) return;
    const clip = clips.find((each) => !each.error && !each.id);
    if (clip) send(clip);
  }

  function send(clip) {
    const request = new XMLHttpRequest();
    clip.request = request;
    request.open('POST', data.address);
    request.setRequestHeader('X-Formcheck-Visit', data.visit);
    request.setRequestHeader('X-Formcheck-Name', encodeURIComponent(clip.name));
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      clip.share = event.loaded / event.total;
      show(clip);
    };
    request.onloadend = () => {
      clip.request = null;
      if (!sending.has(clip.key)) return next(); // taken back meanwhile
      const answer = parsed(request.responseText);
      if (request.status === 200 && answer.id) {
        clip.id = answer.id;
        say(`${clip.name} has arrived.`);
        tell('arrived', { id: answer.id, n: made });
      } else {
        clip.error = answer.error ?? 'The clip did not arrive: the connection was cut. Choose it again.';
        say(''); // its row says why
      }
      draw();
      next();
    };
    say(`${clip.name} is being sent.`);
    request.send(clip.file);
  }

  function remove(clip) {
    const was = [...list.children].findIndex((item) => item.clip === clip);
    sending.delete(clip.key);
    clip.request?.abort();
    if (clip.id) {
      data.clips = data.clips.filter((each) => each.id !== clip.id);
      for (const [key, each] of sending) if (each.id === clip.id) sending.delete(key);
      fetch(`${data.address}/${clip.id}`, { method: 'DELETE', headers: { 'X-Formcheck-Visit': data.visit } })
        .finally(() => tell('removed', { id: clip.id, n: ++made }));
    }
    say(`${clip.name} is removed.`);
    draw();
    // Whoever uses the keyboard goes on at the next clip, or at the button above.
    const left = list.querySelectorAll('button');
    (left[Math.min(was, left.length - 1)] ?? choose).focus();
  }

  function draw() {
    const arrived = data.clips.map((clip) => ({ ...clip, share: 1 }));
    const others = [...sending.values()].filter((clip) => !known(clip));
    list.replaceChildren(...[...arrived, ...others].map(item));
  }

  function item(clip) {
    const entry = document.createElement('li');
    entry.clip = clip;
    entry.append(made_of('span', 'name', clip.name), made_of('span', 'told', ''));
    if (clip.error && !clip.heard) {
      // Read aloud once, and not with every drawing.
      entry.querySelector('.told').setAttribute('role', 'alert');
      clip.heard = true;
    }
    const button = made_of('button', '', clip.request ? 'Cancel' : 'Remove');
    button.type = 'button';
    button.setAttribute('aria-label', `${button.textContent} ${clip.name}`);
    button.onclick = () => remove(clip);
    entry.append(button);
    clip.item = entry;
    show(clip);
    return entry;
  }

  function show(clip) {
    const entry = clip.item;
    if (!entry) return;
    entry.classList.toggle('wrong', Boolean(clip.error));
    entry.querySelector('.told').textContent = told(clip);
    let bar = entry.querySelector('progress');
    if (!clip.request) { bar?.remove(); return; }
    if (!bar) {
      bar = made_of('progress', '', '');
      bar.max = 1;
      bar.setAttribute('aria-label', `Sending ${clip.name}`);
      entry.append(bar);
    }
    bar.value = clip.share;
  }

  function told(clip) {
    if (clip.error) return sentence(clip);
    const size = `${(clip.size / MB).toFixed(clip.size < 10 * MB ? 1 : 0)} MB`;
    if (clip.id) return [size, clip.length].filter(Boolean).join(', ');
    if (!clip.request) return `${size}, waiting`;
    return clip.share < 1 ? `${size}, ${Math.floor(100 * clip.share)} % sent` : `${size}, being looked at`;
  }

  return {
    update(fresh, trigger) {
      data = { ...fresh, clips: [...fresh.clips] };
      tell = trigger;
      for (const [key, clip] of sending) if (known(clip)) sending.delete(key);
      root.querySelector('.limits').textContent = data.limits;
      announce_leaving(data);
      const focused = root.getRootNode().activeElement?.closest?.('li')?.clip?.id;
      draw();
      if (focused) [...list.children].find((entry) => entry.clip.id === focused)?.querySelector('button').focus();
    },
    close() {
      for (const clip of sending.values()) clip.request?.abort();
    },
  };
}

// When the tab is closed, the server need not wait to see whether it comes back.
function announce_leaving(data) {
  window.formcheckVisit = data;
  if (window.formcheckLeaves) return;
  window.formcheckLeaves = true;
  window.addEventListener('pagehide', (event) => {
    const { leave, visit } = window.formcheckVisit;
    if (!event.persisted) navigator.sendBeacon(leave, visit);
  });
}

function made_of(tag, kind, words) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.textContent = words;
  return element;
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return {}; }
}

function sentence({ error, name }) {
  const whole = error.startsWith(name) ? error : error.charAt(0).toUpperCase() + error.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
