// Draws one moment over the preview: the body, the measured angle and its number. The preview may
// be mirrored, the letters never are.

const LEVEL_COLOURS = {
  "not judged": "var(--not-judged)",
  good: "var(--good)",
  warning: "var(--warning)",
  fault: "var(--fault)",
};
const SHARPEST = 2; // Canvas pixels for each pixel of the page, at most.
const DASH = 2.2;

class Drawing {
  // seenPercent: below it a landmark is a guess and not drawn.
  // sides: { left: [landmarks], right: [landmarks] }
  constructor(canvas, video, seenPercent, sides) {
    this.canvas = canvas;
    this.video = video;
    this.context = canvas.getContext("2d");
    this.seenPercent = seenPercent;
    this.sides = { left: new Set(sides.left), right: new Set(sides.right) };
    this.edges = [];
    this.mirrored = false;
    const style = getComputedStyle(canvas);
    const colour = (value) => style.getPropertyValue(value.slice(4, -1)).trim();
    this.colours = Object.fromEntries(
      Object.entries(LEVEL_COLOURS).map(([level, value]) => [level, colour(value)]),
    );
    this.ink = colour("var(--ink)");
    this.ground = colour("var(--ground)");
    this.far = colour("var(--far)");
    this.font = style.fontFamily;
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  // place: where the video lies in the frame that was judged (Pictures.place).
  draw(moment, place) {
    this.#fit();
    this.clear();
    const at = this.#toCanvas(place);
    if (moment.pose) this.#body(moment, at);
    if (moment.marker) this.#marker(moment, at);
  }

  #fit() {
    const { canvas } = this;
    const sharp = Math.min(SHARPEST, window.devicePixelRatio || 1);
    const width = Math.round(canvas.clientWidth * sharp);
    const height = Math.round(canvas.clientHeight * sharp);
    const fits = canvas.width === width && canvas.height === height;
    if (!fits) Object.assign(canvas, { width, height });
    this.stroke = Math.max(3, Math.min(width, height) / 110);
  }

  // From pixels of the judged frame to those of the canvas, over a video that is shown whole.
  #toCanvas(place) {
    const { width, height } = this.canvas;
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(width / videoWidth, height / videoHeight);
    const left = (width - videoWidth * scale) / 2;
    const top = (height - videoHeight * scale) / 2;
    const zoom = (videoWidth * scale) / place.width;
    return (x, y) => {
      const across = left + (x - place.x) * zoom;
      return [this.mirrored ? width - across : across, top + (y - place.y) * zoom];
    };
  }

  #body(moment, at) {
    const near = this.sides[moment.side] ?? new Set();
    const points = [];
    for (let i = 0; i < moment.pose.length; i += 3) {
      const seen = moment.pose[i + 2] >= this.seenPercent;
      points.push(seen ? at(moment.pose[i], moment.pose[i + 1]) : null);
    }
    const drawn = this.edges.filter(([a, b]) => points[a] && points[b]);
    const isNear = ([a, b]) => near.has(a) && near.has(b);
    for (const [a, b] of drawn.filter((edge) => !isNear(edge))) {
      this.#line(points[a], points[b], this.ground, this.stroke * 0.75);
      this.#line(points[a], points[b], this.far, this.stroke * 0.4);
    }
    for (const [a, b] of drawn.filter(isNear)) this.#segment(points[a], points[b], moment.level);
    for (const i of near) {
      if (!points[i]) continue;
      this.#dot(points[i], this.stroke * 1.05, this.ground);
      this.#dot(points[i], this.stroke * 0.72, this.ink);
    }
  }

  // Told apart by shape as well as by colour: a warning is broken, a fault wide with a white core.
  #segment(start, end, level) {
    const widths = { fault: 1.6, "not judged": 0.7 };
    const width = this.stroke * (widths[level] ?? 1);
    const colour = this.colours[level] ?? this.colours["not judged"];
    this.#line(start, end, this.ground, width + this.stroke * 0.5);
    this.#line(start, end, colour, width, level === "warning" ? DASH * this.stroke : 0);
    if (level === "fault") this.#line(start, end, this.ink, this.stroke * 0.4);
  }

  #marker(moment, at) {
    const [x1, y1, x2, y2, x3, y3] = moment.marker;
    const [start, vertex, end] = [at(x1, y1), at(x2, y2), at(x3, y3)];
    const colour = this.colours[moment.level] ?? this.colours["not judged"];
    this.#line(start, end, this.ground, this.stroke * 0.7, DASH * this.stroke);
    this.#line(start, end, this.ink, this.stroke * 0.35, DASH * this.stroke);
    const radius = this.#arc(start, vertex, end, colour);
    this.#dot(vertex, this.stroke * 1.3, this.ground);
    this.#dot(vertex, this.stroke * 0.9, colour);
    if (moment.label) this.#label(moment.label, start, vertex, end, radius, colour);
  }

  // The arc of the smaller angle; gives its radius.
  #arc(start, vertex, end, colour) {
    const arms = [start, end].map(([x, y]) => Math.hypot(x - vertex[0], y - vertex[1]));
    const radius = Math.min(Math.max(this.stroke * 5, 0.22 * Math.min(...arms)), this.stroke * 9);
    const [first, last] = [start, end].map(([x, y]) => Math.atan2(y - vertex[1], x - vertex[0]));
    const turn = Math.atan2(Math.sin(last - first), Math.cos(last - first));
    const { context } = this;
    for (const [ink, width] of [[this.ground, 0.9], [colour, 0.5]]) {
      context.beginPath();
      context.arc(vertex[0], vertex[1], radius, first, first + turn, turn < 0);
      this.#paint(ink, this.stroke * width);
    }
    return radius;
  }

  // The number, beside the vertex on the upper side of the line, inside the picture.
  #label(text, start, vertex, end, radius, colour) {
    const { context, canvas } = this;
    const size = Math.max(18, canvas.height / 16);
    context.font = `700 ${size}px ${this.font}`;
    const width = context.measureText(text).width + size * 0.9;
    const height = size * 1.4;
    let [across, up] = [start[1] - end[1], end[0] - start[0]];
    const length = Math.hypot(across, up) || 1;
    if (up > 0) [across, up] = [-across, -up];
    const reach = (radius * 1.5 + size + (Math.abs(across / length) * width) / 2) / length;
    const keep = (value, most) => Math.min(Math.max(value, 0), Math.max(0, most));
    const x = keep(vertex[0] + across * reach - width / 2, canvas.width - width);
    const y = keep(vertex[1] + up * reach - height / 2, canvas.height - height);
    context.fillStyle = this.ground;
    context.fillRect(x, y, width, height);
    context.fillStyle = colour;
    context.fillRect(x, y, size * 0.2, height);
    context.fillStyle = this.ink;
    context.textBaseline = "middle";
    context.fillText(text, x + size * 0.5, y + height / 2);
  }

  #line(start, end, colour, width, dash = 0) {
    const { context } = this;
    context.beginPath();
    context.moveTo(...start);
    context.lineTo(...end);
    this.#paint(colour, width, dash);
  }

  #dot([x, y], radius, colour) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }

  #paint(colour, width, dash = 0) {
    const { context } = this;
    context.lineCap = dash ? "butt" : "round";
    context.setLineDash(dash ? [dash, dash * 0.8] : []);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}
