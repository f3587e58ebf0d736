// All clips of a source in time order, as a strip of buttons.

import { askJson, el, seconds } from "./dom.js";

const PIXELS_PER_SECOND = 9;

export class Conversation {
  /** chosen(sample) is called with {config, sample_id, at}. */
  constructor(chosen) {
    this.chosen = chosen;
    this.sourceId = null;
    this.root = el("section.conversation", { "aria-label": "Conversation" });
  }

  async show(sample) {
    if (sample.source_id !== this.sourceId) {
      this.sourceId = sample.source_id;
      this.root.replaceChildren(el("h3", {}, "Conversation"), el("p.faint", {}, "Reading..."));
      const path = `api/conversation/${encodeURIComponent(sample.source_id)}`;
      const data = await askJson(path).catch((error) => ({ error: error.message }));
      if (sample.source_id !== this.sourceId) return;
      if (data.error) {
        this.root.replaceChildren(el("h3", {}, "Conversation"), el("p.faint", {}, data.error));
        return;
      }
      this.data = data;
      this.draw();
    }
    this.mark(sample);
  }

  draw() {
    const { clips } = this.data;
    const start = Math.min(...clips.map((clip) => clip.start));
    const stop = Math.max(...clips.map((clip) => clip.stop));
    const whole = Math.max(1, stop - start);
    const people = [...new Set(clips.map((clip) => clip.who ?? "?"))].sort();
    this.blocks = clips.map((clip) => this.block(clip, start, whole));
    const rows = people.map((who) => el("div.lane", {}, el("span.who", { "aria-hidden": "true" }, who),
      this.blocks.filter((block) => (block.clip.who ?? "?") === who).map((block) => block.node)));
    this.track = el("div.strip", { role: "toolbar", "aria-label": "Clips in time order" }, rows);
    this.track.style.minWidth = `${Math.round(whole * PIXELS_PER_SECOND)}px`;
    this.track.addEventListener("keydown", (event) => this.walk(event));
    this.root.replaceChildren(
      el("h3", {}, "Conversation"),
      el("p.faint", {}, `${clips.length} clips in ${seconds(whole)} of `, el("code", {}, this.sourceId),
        "; listeners are hatched."),
      el("div.scroll", { tabindex: "-1" }, this.track));
  }

  block(clip, start, whole) {
    const listens = clip.role !== "speaking";
    const label = `${clip.who ?? "somebody"} ${listens ? "listens" : "speaks"}, ${(clip.start - start).toFixed(1)} to `
      + `${seconds(clip.stop - start)}${clip.words ? `: ${clip.words}` : ""}`;
    const node = el(listens ? "button.block.listens" : "button.block", {
      type: "button", tabindex: "-1", "aria-label": label, title: label,
      onclick: () => this.chosen(this.sampleOf(clip)),
    });
    node.style.left = `${((clip.start - start) / whole) * 100}%`;
    node.style.width = `${((clip.stop - clip.start) / whole) * 100}%`;
    return { clip, node };
  }

  /** The sample to open for a clip: in the shown config if possible, else in the same branch. */
  sampleOf(clip) {
    const { config } = this.current;
    const branch = clip.role === "listening" ? "listening" : config.replace(/_[a-z]+$/, "");
    return clip.samples.find((sample) => sample.config === config)
      ?? clip.samples.find((sample) => sample.config.startsWith(branch)) ?? clip.samples[0];
  }

  mark(sample) {
    this.current = sample;
    const own = new Set(sample.lanes.filter((lane) => lane.clip).map((lane) => lane.clip.clip_id));
    let first = null;
    for (const { clip, node } of this.blocks ?? []) {
      const now = own.has(clip.clip_id);
      node.toggleAttribute("data-now", now);
      if (now) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
      node.tabIndex = -1;
      if (now && !first) first = node;
    }
    first ??= this.blocks?.[0]?.node;
    if (!first) return;
    first.tabIndex = 0;
    const scroll = this.track.parentElement;
    scroll.scrollLeft = first.offsetLeft - scroll.clientWidth / 2;
  }

  walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.shiftKey) return;
    const at = this.blocks.findIndex((block) => block.node === document.activeElement);
    const next = this.blocks[at + step]?.node;
    event.preventDefault();
    event.stopPropagation();
    if (!next) return;
    document.activeElement.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  /** The previous or next sample in time: of this config if it has one, else of any. */
  neighbour(step) {
    if (!this.data) return null;
    const { samples } = this.data;
    const own = samples.filter((sample) => sample.config === this.current.config);
    const at = own.findIndex((sample) => sample.sample_id === this.current.sample_id);
    if (own[at + step]) return own[at + step];
    const now = Math.min(...this.current.lanes.map((lane) => lane.start));
    const other = step > 0
      ? samples.find((sample) => sample.start > now)
      : samples.findLast((sample) => sample.start < now);
    return other ?? null;
  }
}
