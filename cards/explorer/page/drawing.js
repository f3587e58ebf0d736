// SVG and canvas drawings: waveforms and speech on a timeline, boxes in the source frame, skeletons.

import { svg } from "./dom.js";

const HEIGHT = 40;

/** One row of the timeline: `lanes` share a seat. Widths are in seconds; the page scales them. */
export function drawRow(lanes, duration, voices, offset) {
  const drawing = svg("svg", {
    viewBox: `0 0 ${duration} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true",
  });
  for (const lane of lanes) {
    const at = offset(lane);
    const length = lane.stop - lane.start;
    drawing.append(rect("ground", at, length, 0, HEIGHT));
    const listens = lane.clip && lane.clip.role !== "speaking";
    if (listens) drawing.append(hatch(at, length));
    for (const [from, to, voice] of voices) {
      const [start, stop] = [Math.max(from, lane.start), Math.min(to, lane.stop)];
      if (voice !== lane.voice && stop > start) {
        drawing.append(rect("other", at + start - lane.start, stop - start, HEIGHT - 4, 4));
      }
    }
    if (lane.peaks) drawPeaks(drawing, lane, at);
    else if (!listens) {
      for (const [from, to] of lane.speech) {
        drawing.append(rect("said", at + from - lane.start, to - from, HEIGHT / 2 - 3, 6));
      }
    }
  }
  return drawing;
}

function drawPeaks(drawing, lane, at) {
  const said = [];
  const rest = [];
  lane.peaks.forEach((peak, place) => {
    const local = place / 25;
    const time = lane.start + local;
    const speaks = lane.speech.some(([from, to]) => time >= from - 0.02 && time < to);
    const half = Math.max(0.6, (peak / 255) * (HEIGHT / 2 - 3));
    const x = (at + local + 0.02).toFixed(3);
    const line = `M${x} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`;
    (speaks ? said : rest).push(line);
  });
  drawing.append(svg("path", { class: "silent", d: rest.join("") }));
  drawing.append(svg("path", { class: "speaks", d: said.join("") }));
}

function rect(kind, x, width, y, height) {
  return svg("rect", { class: kind, x, width, y, height });
}

function hatch(at, length) {
  const lines = [];
  for (let x = at; x < at + length; x += 0.16) {
    const end = Math.min(x + 0.16, at + length);
    lines.push(`M${x.toFixed(3)} ${HEIGHT - 8}L${end.toFixed(3)} 8`);
  }
  return svg("path", { class: "listens", d: lines.join("") });
}

/** The source frame, with every clip at its box. */
export function drawFrame(canvas, lanes, player, color) {
  const first = lanes.find((lane) => lane.clip).clip;
  const scale = window.devicePixelRatio || 1;
  const wide = Math.round(canvas.clientWidth * scale);
  if (!wide) return;
  const high = Math.round((wide * first.source_height) / first.source_width);
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const pen = canvas.getContext("2d");
  pen.fillStyle = color("--fill");
  pen.fillRect(0, 0, wide, high);
  const seen = lanes.filter((lane) => lane.clip);
  for (const lane of [...seen].sort((a, b) => player.isIn(a) - player.isIn(b))) {
    const [x1, y1, x2, y2] = lane.clip.box;
    const place = [x1 * wide, y1 * high, (x2 - x1) * wide, (y2 - y1) * high];
    const now = player.isIn(lane);
    if (now && lane.media?.readyState >= 2 && lane.media.videoWidth) {
      pen.drawImage(lane.media, ...place);
    }
    pen.lineWidth = (now ? 2 : 1) * scale;
    pen.setLineDash(now ? [] : [4 * scale, 4 * scale]);
    pen.strokeStyle = color(now ? "--accent" : "--muted");
    pen.strokeRect(...place);
  }
}

// DWPose: 18 joints as OpenPose numbers them, then two toes; 21 of each hand; 68 of the face.
const LIMBS = [
  [1, 2], [2, 3], [3, 4], [1, 5], [5, 6], [6, 7], [1, 8], [8, 9], [9, 10], [1, 11], [11, 12],
  [12, 13], [1, 0], [0, 14], [14, 16], [0, 15], [15, 17], [13, 18], [10, 19],
];
const FINGERS = [0, 1, 2, 3, 4].map((finger) =>
  [0, 1, 2, 3, 4].map((joint) => (joint ? 4 * finger + joint : 0)));
const UNSEEN = 65535;

/** Reads a pose file: `.npy` of (frames, 130, 2) uint16. Throws on anything else. */
export function readPose(buffer) {
  const bytes = new Uint8Array(buffer);
  const isNpy = bytes[0] === 0x93 && String.fromCharCode(...bytes.subarray(1, 6)) === "NUMPY";
  if (!isNpy || bytes.length < 16) throw new Error("the pose is no .npy file");
  const long = bytes[6] > 1;
  const size = new DataView(buffer).getUint32(8, true);
  const start = long ? 12 + size : 10 + (size & 0xffff);
  const header = new TextDecoder("latin1").decode(bytes.subarray(long ? 12 : 10, start));
  const shape = header.match(/'shape': \((\d+), 130, 2\)/);
  if (!shape || !header.includes("'<u2'") || header.includes("'fortran_order': True")) {
    throw new Error(`the pose is not (frames, 130, 2) of uint16: ${header.slice(0, 80)}`);
  }
  const values = new Uint16Array(buffer.slice(start, start + Number(shape[1]) * 520));
  return (frame) => values.subarray(frame * 260, frame * 260 + 260);
}

/** The skeleton of one frame, over the video. */
export function drawSkeleton(canvas, points, color) {
  const scale = window.devicePixelRatio || 1;
  const [wide, high] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, wide, high);
  if (!points || points.length < 260) return;
  const at = (joint) => [points[2 * joint], points[2 * joint + 1]];
  const isSeen = (joint) => at(joint).every((value) => value !== UNSEEN);
  const spot = (joint) => [(at(joint)[0] / UNSEEN) * wide, (at(joint)[1] / UNSEEN) * high];
  const chain = (joints, width) => {
    pen.lineWidth = width * scale;
    for (let place = 1; place < joints.length; place += 1) {
      const [from, to] = [joints[place - 1], joints[place]];
      if (!isSeen(from) || !isSeen(to)) continue;
      pen.beginPath();
      pen.moveTo(...spot(from));
      pen.lineTo(...spot(to));
      pen.stroke();
    }
  };
  pen.lineCap = "round";
  pen.strokeStyle = pen.fillStyle = color("--accent");
  for (const limb of LIMBS) chain(limb, 3);
  for (const first of [20, 41]) {
    for (const finger of FINGERS) chain(finger.map((joint) => first + joint), 1.5);
  }
  for (let joint = 62; joint < 130; joint += 1) {
    if (!isSeen(joint)) continue;
    const [x, y] = spot(joint);
    pen.fillRect(x - scale, y - scale, 2 * scale, 2 * scale);
  }
}
