// One clock for all lanes of a sample.
//
// The first playing lane leads: the clock is its position, so its speed never changes. Other lanes
// follow by small changes of speed, and by a jump where they are far off. While nothing plays, as in
// the pause before an answer, the clock is wall time. A lane that waits for bytes stops all lanes.

const FAR = 0.25; // s, beyond which a lane jumps
const NEAR = 0.02; // s, below which no correction is made
const BEND = 0.2; // largest change of speed: corrects a tenth of a second in half a second

export class Player {
  /** lanes: [{at, length, media}], media an <video> or <audio>, or null. */
  constructor(lanes, changed) {
    this.lanes = lanes;
    this.changed = changed;
    this.time = 0;
    this.playing = false;
    this.together = false;
    this.closed = false;
    for (const { media } of lanes) {
      media?.addEventListener("seeked", () => this.changed(this));
      media?.addEventListener("loadeddata", () => this.changed(this));
    }
  }

  offset(lane) { return this.together ? 0 : lane.at; }

  get duration() {
    return Math.max(0, ...this.lanes.map((lane) => this.offset(lane) + lane.length));
  }

  isIn(lane, time = this.time) {
    const local = time - this.offset(lane);
    return local >= 0 && local < lane.length;
  }

  toggle() { this.playing ? this.pause() : this.play(); }

  play() {
    if (this.playing || this.closed) return;
    if (this.time >= this.duration - 0.02) this.seek(0);
    this.playing = true;
    this.last = performance.now();
    this.step(this.last);
    requestAnimationFrame((now) => this.tick(now));
    this.changed(this);
  }

  pause() {
    this.playing = false;
    for (const { media } of this.lanes) media?.pause();
    this.changed(this);
  }

  seek(time) {
    this.time = Math.min(Math.max(0, time), this.duration);
    for (const lane of this.lanes) this.put(lane);
    this.changed(this);
  }

  /** Seeks a lane to its position, or to its nearer end. */
  put(lane) {
    if (!lane.media) return;
    const local = Math.min(Math.max(0, this.time - this.offset(lane)), lane.length - 0.04);
    if (Math.abs(lane.media.currentTime - local) > NEAR) lane.media.currentTime = local;
  }

  setTogether(together) {
    const share = this.duration ? this.time / this.duration : 0;
    this.together = together;
    this.seek(share * this.duration);
  }

  close() {
    this.pause();
    this.closed = true;
    for (const { media } of this.lanes) {
      media?.removeAttribute("src");
      media?.load();
    }
  }

  tick(now) {
    if (!this.playing) return;
    this.step(now);
    this.changed(this);
    if (this.playing) requestAnimationFrame((next) => this.tick(next));
  }

  step(now) {
    const passed = Math.min(0.25, (now - this.last) / 1000);
    this.last = now;
    const active = this.lanes.filter((lane) => this.isIn(lane) && usable(lane));
    if (active.some(isWaiting)) {
      for (const lane of active) isWaiting(lane) ? this.start(lane) : lane.media.pause();
      return;
    }
    const leader = active.find((lane) => !lane.media.paused && !lane.media.ended);
    let next = this.time + passed;
    if (leader && !leader.media.seeking) next = this.offset(leader) + leader.media.currentTime;
    this.time = Math.min(Math.max(next, this.time), this.duration);
    for (const lane of this.lanes) {
      if (!usable(lane)) continue;
      if (!this.isIn(lane)) this.rest(lane);
      else if (!lane.media.ended) this.follow(lane, lane === leader);
    }
    if (this.time >= this.duration - 0.01) this.pause();
  }

  follow(lane, leads) {
    const { media } = lane;
    const drift = media.currentTime - (this.time - this.offset(lane));
    if (!leads && Math.abs(drift) > FAR && !media.seeking) this.put(lane);
    media.playbackRate = leads || Math.abs(drift) < NEAR
      ? 1 : 1 - Math.sign(drift) * Math.min(BEND, Math.abs(drift) * 2);
    if (media.paused) this.start(lane);
  }

  start(lane) {
    lane.media.play().catch((error) => {
      // A pause before the first frame is not a failure; a clip that cannot play is.
      if (error.name === "NotAllowedError") this.pause();
      else if (error.name !== "AbortError") lane.failed = true;
    });
  }

  rest(lane) {
    if (lane.media.paused) return;
    lane.media.pause();
    this.put(lane);
  }
}

const usable = (lane) => lane.media && !lane.failed && !lane.media.error;

function isWaiting(lane) {
  const { media } = lane;
  const atEnd = media.ended || media.currentTime > lane.length - 0.3;
  return media.readyState < 3 && !(atEnd && media.readyState === 2);
}
