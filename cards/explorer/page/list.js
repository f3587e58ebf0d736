// The list of samples: what was asked, page by page, as far as the server has looked.

import { $, askJson, el, joined, number, thousands, words } from "./dom.js";

export class List {
  /** changed(asked) when a filter moves; chosen(row) when a sample is picked. */
  constructor(changed, chosen) {
    this.changed = changed;
    this.chosen = chosen;
    this.rows = [];
    this.round = 0;
    this.sliders = [];
  }

  /** Sliders for a config, with the ranges of its index. */
  async prepare(config, asked) {
    const { scores, languages } = await askJson(`api/scores/${config}`);
    this.sliders = scores.map((score) => this.slider(score, asked[score.name]));
    const choice = languages.length > 1 ? this.languages(languages, asked.language) : null;
    $("sliders").replaceChildren(...[choice, ...this.sliders].filter(Boolean));
    if (!scores.length && !choice) {
      $("sliders").replaceChildren(el("p.faint", {}, "Nothing was measured that could be filtered."));
    }
  }

  languages(names, chosen) {
    const select = el("select", {
      id: "language", onchange: () => this.changed({ language: select.value }),
    }, el("option", { value: "" }, "any language"), names.map((name) =>
      el("option", { value: name, selected: name === chosen }, name)));
    return el("div.language", {}, el("label", { for: "language" }, "Language"), select);
  }

  slider(score, asked) {
    const [low, high] = (asked ?? "..").split("..");
    const ends = [["least", low, score.low], ["greatest", high, score.high]].map(
      ([name, value, fallback]) => el("input", {
        type: "range", min: score.low, max: score.high, step: score.step,
        value: value || fallback, "aria-label": `${score.title}, ${name}`, name: `${score.name}-${name}`,
      }));
    const shown = el("output", {});
    const show = () => {
      const [from, to] = ends.map((one) => Number(one.value));
      shown.textContent = `${number(from)} to ${number(to)} ${score.unit}`;
      set.style.setProperty("--from", (from - score.low) / (score.high - score.low));
      set.style.setProperty("--to", (to - score.low) / (score.high - score.low));
    };
    const set = el("fieldset.slider", {}, el("legend", {}, score.title), shown,
      el("div.ends", {}, ends));
    const moved = (event) => {
      const [from, to] = ends.map((one) => Number(one.value));
      if (from > to) event.target.value = event.target === ends[0] ? to : from;
      show();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        const [least, most] = ends.map((one) => Number(one.value));
        const text = `${least > score.low ? least : ""}..${most < score.high ? most : ""}`;
        this.changed({ [score.name]: text === ".." ? "" : text });
      }, 150);
    };
    ends.forEach((one) => one.addEventListener("input", moved));
    show();
    return set;
  }

  /** Asks until the page is full, then counts on quietly. */
  async search(config, asked, page, current) {
    const round = ++this.round;
    const query = new URLSearchParams({ ...asked, page });
    let found = null;
    this.rows = [];
    while (round === this.round) {
      found = await askJson(`api/search/${config}?${query}`);
      if (round !== this.round) return null;
      this.show(found, current);
      if (found.is_complete || found.rows.length >= found.page_rows) break;
    }
    if (found && !found.is_complete) this.count(config, query, round, found.page_rows);
    return found;
  }

  async count(config, query, round, pageRows) {
    query.set("count", "1");
    while (round === this.round) {
      const found = await askJson(`api/search/${config}?${query}`).catch(() => null);
      if (!found || round !== this.round) return;
      this.tell({ ...found, page_rows: pageRows });
      if (found.is_complete) return;
    }
  }

  show(found, current) {
    this.rows = found.rows;
    $("rows").replaceChildren(...found.rows.map((row) => this.item(row, current)));
    $("rows").start = (found.page - 1) * found.page_rows + 1;
    this.tell(found);
  }

  tell(found) {
    const pages = Math.max(1, Math.ceil(found.num_found / found.page_rows));
    const of = found.is_complete ? "" : "at least ";
    this.pages = pages;
    $("count").textContent = found.num_found
      ? `${of}${thousands(found.num_found)} of ${thousands(found.num_rows)} samples`
      : found.is_complete ? "Nothing answers to that. Fewer words or wider sliders may."
        : `searching, ${Math.round(found.searched * 100)} %`;
    $("page").textContent = `${thousands(found.page)} of ${of}${thousands(pages)}`;
    $("earlier").disabled = found.page <= 1;
    $("later").disabled = found.is_complete && found.page >= pages;
  }

  item(row, current) {
    const link = el("a", {
      href: "#", "aria-current": row.sample_id === current ? "true" : null,
      onclick: (event) => { event.preventDefault(); this.chosen(row); },
    },
    el("span.posters", {}, row.people.map((one) => one.poster
      ? el("img", { src: one.poster, alt: "", loading: "lazy", width: 72, height: 72 })
      : el("span.poster", { "aria-hidden": "true" }, one.seen ? "" : "off screen"))),
    el("span.gist", {},
      row.people.filter((one) => one.words).map((one) =>
        el("span.line", {}, el("b", {}, one.voice ?? "?"), words("bdi", one.words))),
      el("span.facts", {}, joined(row.facts))));
    link.dataset.id = row.sample_id;
    return el("li", {}, link);
  }

  mark(sampleId) {
    for (const link of $("rows").querySelectorAll("a")) {
      if (link.dataset.id === sampleId) {
        link.setAttribute("aria-current", "true");
        link.scrollIntoView({ block: "nearest" });
      } else link.removeAttribute("aria-current");
    }
  }

  neighbour(sampleId, step) {
    const at = this.rows.findIndex((row) => row.sample_id === sampleId);
    return at < 0 ? this.rows[0] : this.rows[at + step];
  }
}
