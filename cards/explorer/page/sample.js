// One sample: videos by seat, player controls, timeline, transcripts, crop in the source frame, why
// it is in its tier.

import { ask, askJson, el, joined, number, seconds, whom, words } from "./dom.js";
import { drawFrame, drawRow, drawSkeleton, readPose } from "./drawing.js";
import { Player } from "./player.js";

const NO_MEDIA = [
  "This release holds no media. ",
  "speakervid5m materialize RELEASE --videos VIDEOS --out WITH_MEDIA",
  " cuts them from the source videos.",
];
const BRANCHES = {
  single: "One person", dialogue: "Dialogue", listening: "Listening", multi_turn: "Several turns",
};

export class SampleView {
  constructor(data) {
    this.data = data;
    this.lanes = data.lanes.map((lane) => ({
      ...lane, length: lane.stop - lane.start, media: null, peaks: null, poseOf: null,
    }));
    this.seats = [...new Set(this.lanes.map((lane) => lane.seat))].sort();
    this.skeletons = true;
    const stage = this.stage();
    this.player = new Player(this.lanes, () => this.show());
    this.root = el("article", {},
      this.heading(), data.with_media ? null : this.noMedia(), stage,
      this.transport(), this.timeline(), this.transcripts(), this.whence(), this.why());
    this.fetchDrawings();
    this.resized = new ResizeObserver(() => this.show());
    this.resized.observe(this.frame);
  }

  close() {
    this.resized.disconnect();
    this.player.close();
  }

  heading() {
    const { branch, tier, facts } = this.data;
    return el("div.heading", {},
      el("h2.title", {}, BRANCHES[branch], " ", el("small", {}, tier === "sft" ? "SFT" : "pretrain")),
      el("p.facts", {}, joined(facts)));
  }

  noMedia() {
    return el("p.notice", {}, NO_MEDIA[0], el("code", {}, NO_MEDIA[1]), NO_MEDIA[2]);
  }

  seatOf(seat) { return this.lanes.filter((lane) => lane.seat === seat); }

  stage() {
    return el("div.stage", { "data-seats": this.seats.length }, this.seats.map((seat) => {
      const lanes = this.seatOf(seat);
      const first = lanes.find((lane) => lane.clip)?.clip;
      const screen = el("div.screen");
      const shape = first?.width ? first.width / first.height : cropShape(first);
      screen.style.setProperty("--shape", Math.min(Math.max(shape, 0.62), 1.9).toFixed(4));
      lanes.forEach((lane) => this.seat(lane, screen));
      const caption = el("figcaption", {},
        el("b", {}, this.data.branch === "multi_turn" ? `voice ${lanes[0].voice ?? "?"}` : whom(lanes[0])),
        first ? null : " from off screen");
      return el("figure", {}, screen, caption);
    }));
  }

  seat(lane, screen) {
    const name = whom(lane);
    if (lane.video) {
      lane.media = el("video", {
        src: lane.video, playsinline: true, preload: "auto",
        "aria-label": `Video of the ${name}`, disablepictureinpicture: true, tabindex: "-1",
      });
      // Sixteen turns would compete for bandwidth: the first two load now, others when near.
      if (this.lanes.indexOf(lane) > 1) lane.media.preload = "none";
      lane.media.addEventListener("error", () => lane.media.getAttribute("src") &&
        screen.append(el("p.broken", {}, `The ${name} cannot be played.`)));
      lane.canvas = el("canvas", { "aria-hidden": "true" });
      screen.append(lane.media, lane.canvas);
    } else if (lane.audio) {
      lane.media = el("audio", { src: lane.audio, preload: "auto" });
      screen.append(lane.media, el("p.unseen-voice", {}, "heard, not seen"));
    } else if (!screen.children.length) {
      screen.append(el("p.unseen-voice", {}, lane.clip ? "no media" : "heard, not seen"));
    }
  }

  transport() {
    const { player } = this;
    this.playButton = el("button.play", { type: "button", onclick: () => player.toggle() }, "Play");
    this.clock = el("output.clock", { "aria-label": "Time" });
    this.togetherBox = el("input", {
      type: "checkbox", onchange: () => this.together(this.togetherBox.checked),
    });
    this.skeletonBox = el("input", {
      type: "checkbox", checked: true, onchange: () => this.skeleton(this.skeletonBox.checked),
    });
    const several = this.data.branch !== "multi_turn" && this.lanes.some((lane) => lane.at > 0);
    const posed = this.lanes.some((lane) => lane.pose);
    this.playButton.disabled = !this.lanes.some((lane) => lane.media);
    return el("div.transport", {}, this.playButton, this.clock,
      several ? el("label.toggle", {}, this.togetherBox, "Together") : null,
      posed ? el("label.toggle", {}, this.skeletonBox, "Skeleton") : null);
  }

  together(on) {
    this.togetherBox.checked = on;
    this.player.setTogether(on);
    this.drawRows();
  }

  skeleton(on) {
    this.skeletonBox.checked = on;
    this.skeletons = on;
    this.show();
  }

  timeline() {
    this.slider = el("input.seek", {
      type: "range", min: 0, step: 0.04, "aria-label": "Position",
      oninput: () => this.player.seek(Number(this.slider.value)),
    });
    this.rows = el("div.rows");
    this.head = el("div.head", { "aria-hidden": "true" });
    const legend = el("p.legend", {}, [
      ["speaks", "speaks"], ["listens", "listens"], ["other", "another voice in the scene"],
    ].map(([kind, text]) => el("span.entry", {}, el(`span.key.${kind}`), text)));
    return el("div.timeline", {}, el("div.track", {}, this.rows, this.head, this.slider), legend);
  }

  drawRows() {
    const { duration } = this.player;
    this.slider.max = duration;
    this.rows.replaceChildren(...this.seats.map((seat) =>
      drawRow(this.seatOf(seat), duration, this.data.voices, (lane) => this.player.offset(lane))));
  }

  transcripts() {
    const history = this.data.history.length
      ? el("details.history", {}, el("summary", {}, "Said before"),
        this.data.history.map((turn) => el("p", {}, el("b", {}, `${turn.voice} `), words("span", turn.text))))
      : null;
    const columns = this.data.branch === "multi_turn"
      ? [el("div", {}, this.lanes.map((lane) => this.said(lane)))]
      : this.lanes.map((lane) => this.said(lane));
    return el("section.said", { "aria-label": "What is said" }, history,
      el("div.columns", {}, columns));
  }

  said(lane) {
    const { clip } = lane;
    lane.parts = [];
    let text = el("p.faint", {}, silence(lane));
    if (clip?.transcript) {
      const timed = clip.segments.length && clip.segments.map((segment) => segment[2].trim()).join(" ");
      if (timed && squeezed(timed) === squeezed(clip.transcript)) {
        lane.parts = clip.segments.map(([from, to, part]) => ({
          from, to, node: words("span", part.trim(), clip.language),
        }));
        text = el("p.words", { dir: "auto" }, lane.parts.flatMap((part) => [part.node, " "]));
      } else text = words("p", clip.transcript, clip.language);
    }
    lane.saidNode = el("div.utterance", {}, el("h3", {}, whom(lane)), text);
    return lane.saidNode;
  }

  whence() {
    const first = this.lanes.find((lane) => lane.clip).clip;
    this.frame = el("canvas.frame", { role: "img", "aria-label": this.describeFrame() });
    this.frame.style.aspectRatio = `${first.source_width} / ${first.source_height}`;
    const seen = this.lanes.filter((lane) => lane.clip);
    return el("section.whence", { "aria-label": "In the frame" },
      el("div", {}, el("h3", {}, "In the frame of the source"), this.frame),
      el("div", {}, seen.map((lane) => el("div.caption", {}, el("h4", {}, whom(lane)),
        lane.clip.caption.length
          ? el("dl", {}, lane.clip.caption.map((field) =>
            [el("dt", {}, field.name), el("dd", { dir: "auto" }, field.text)]))
          : el("p.faint", {}, "No caption.")))));
  }

  describeFrame() {
    return this.lanes.filter((lane) => lane.clip).map((lane) => {
      const [left, top, right, bottom] = lane.clip.box.map((side) => Math.round(side * 100));
      return `${whom(lane)}: ${left} to ${right} % from the left, ${top} to ${bottom} % from the top`;
    }).join("; ");
  }

  why() {
    const seen = this.lanes.filter((lane) => lane.clip);
    return el("section.why", { "aria-label": "Why it is in its tier" },
      el("h3", {}, `Why this is in ${this.data.tier === "sft" ? "SFT" : "pretrain"}`),
      el("div.columns", {}, seen.map((lane) => el("div", {},
        el("h4", {}, whom(lane)), el("p", {}, lane.clip.reason), gateTable(lane.clip),
        el("details", {}, el("summary", {}, "All scores and ids"), scoreList(lane.clip))))));
  }

  fetchDrawings() {
    for (const lane of this.lanes) {
      if (lane.wave) {
        askJson(lane.wave).then((peaks) => { lane.peaks = peaks; this.drawRows(); }, warn);
      }
      if (lane.pose) {
        ask(lane.pose).then((answer) => answer.arrayBuffer())
          .then((buffer) => { lane.poseOf = readPose(buffer); this.show(); }, warn);
      }
    }
    this.drawRows();
  }

  /** Updates everything that moves to the time of the clock. */
  show() {
    const { player } = this;
    const { time, duration } = player;
    this.playButton.textContent = player.playing ? "Pause" : "Play";
    this.clock.textContent = `${time.toFixed(1)} / ${seconds(duration)}`;
    this.clock.dataset.seconds = time;
    if (document.activeElement !== this.slider || player.playing) this.slider.value = time;
    this.slider.setAttribute("aria-valuetext", `${seconds(time)} of ${seconds(duration)}`);
    this.head.style.left = `${duration ? (time / duration) * 100 : 0}%`;
    for (const lane of this.lanes) this.showLane(lane);
    drawFrame(this.frame, this.lanes, player, color);
  }

  showLane(lane) {
    const { player } = this;
    const local = player.time - player.offset(lane);
    const now = player.isIn(lane);
    if (lane.media && local > -6 && lane.media.preload === "none") lane.media.preload = "auto";
    const shown = now || lane === this.nearest(lane.seat);
    if (lane.canvas) {
      lane.media.hidden = lane.canvas.hidden = !shown;
      lane.media.classList.toggle("waits", !now);
      const frame = Math.floor(local * (lane.clip.fps || 25) + 0.001);
      const posed = this.skeletons && lane.poseOf && now && frame < (lane.clip.num_frames ?? 0);
      drawSkeleton(lane.canvas, posed ? lane.poseOf(frame) : null, color);
    }
    lane.saidNode.classList.toggle("now", now);
    for (const part of lane.parts) {
      const at = lane.start + local;
      part.node.classList.toggle("now", now && at >= part.from && at < part.to);
    }
  }

  /** Of a seat: the lane that plays, or the one that comes next, or the last. */
  nearest(seat) {
    const lanes = this.seatOf(seat);
    const { player } = this;
    return lanes.find((lane) => player.time < player.offset(lane) + lane.length) ?? lanes.at(-1);
  }
}

const styles = () => getComputedStyle(document.documentElement);
const color = (name) => styles().getPropertyValue(name).trim();
const warn = (error) => console.warn(error.message);
const squeezed = (text) => text.replace(/\s+/g, " ").trim();

function cropShape(clip) {
  if (!clip) return 1;
  const [x1, y1, x2, y2] = clip.box;
  return ((x2 - x1) * clip.source_width) / ((y2 - y1) * clip.source_height);
}

function silence(lane) {
  if (!lane.clip) return "No transcript: the voice is off screen.";
  return lane.clip.role === "speaking" ? "No transcript." : "Listens.";
}

function gateTable(clip) {
  if (!clip.gates.length) return null;
  return el("table.gates", {},
    el("thead", {}, el("tr", {}, ["Gate", "Score", "Threshold", "Answer"].map((head) =>
      el("th", { scope: "col" }, head)))),
    el("tbody", {}, clip.gates.map((gate) => el("tr", { "data-answer": gate.answer },
      el("th", { scope: "row", title: gate.source }, gate.name.replaceAll("_", " ")),
      el("td", {}, number(gate.score)),
      el("td", {}, `${{ ">=": "\u2265", "<=": "\u2264" }[gate.comparison] ?? gate.comparison} ${number(gate.threshold)}`),
      el("td", {}, gate.words)))));
}

function scoreList(clip) {
  const ids = [["clip", clip.clip_id], ["source", clip.source_id], ["person", clip.person_id ?? "unknown"]];
  return [
    el("dl.scores", {}, clip.scores.map((score) =>
      [el("dt", { title: score.what }, score.title), el("dd", {}, number(score.value))])),
    el("dl.ids", {}, ids.map(([name, id]) => [el("dt", {}, name), el("dd", {}, el("code", {}, id))])),
  ];
}
