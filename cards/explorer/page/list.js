// The list of samples: filters in, pages of matches out, as far as the server has searched.

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
      $("sliders").replaceChildren(el("p.faint", {}, "No score here was measured, so there is nothing to filter by."));
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
      const [from, to] = ends.map((input) => Number(input.value));
      shown.textContent = `${number(from)} to ${number(to)} ${score.unit}`;
      set.style.setProperty("--from", (from - score.low) / (score.high - score.low));
      set.style.setProperty("--to", (to - score.low) / (score.high - score.low));
    };
    const set = el("fieldset.slider", {}, el("legend", {}, score.title), shown,
      el("div.ends", {}, ends));
    const moved = (event) => {
      const [from, to] = ends.map((input) => Number(input.value));
      if (from > to) event.target.value = event.target === ends[0] ? to : from;
      show();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        const [least, most] = ends.map((input) => Number(input.value));
        const text = `${least > score.low ? least : ""}..${most < score.high ? most : ""}`;
        this.changed({ [score.name]: text === ".." ? "" : text });
      }, 150);
    };
    ends.forEach((input) => input.addEventListener("input", moved));
    show();
    return set;
  }

  /** Requests until the page is full, then goes on counting in the background. */
  async search(config, asked, page, current) {
    const round = ++this.round;
    const query = new URLSearchParams({ ...asked, page });
    let matches = null;
    this.rows = [];
    while (round === this.round) {
      matches = await askJson(`api/search/${config}?${query}`);
      if (round !== this.round) return null;
      this.show(matches, current);
      if (matches.is_complete || matches.rows.length >= matches.page_rows) break;
    }
    if (matches && !matches.is_complete) this.count(config, query, round, matches.page_rows);
    return matches;
  }

  async count(config, query, round, pageRows) {
    query.set("count", "1");
    while (round === this.round) {
      const matches = await askJson(`api/search/${config}?${query}`).catch(() => null);
      if (!matches || round !== this.round) return;
      this.tell({ ...matches, page_rows: pageRows });
      if (matches.is_complete) return;
    }
  }

  show(matches, current) {
    this.rows = matches.rows;
    $("rows").replaceChildren(...matches.rows.map((row) => this.item(row, current)));
    $("rows").start = (matches.page - 1) * matches.page_rows + 1;
    this.tell(matches);
  }

  tell(matches) {
    const pages = Math.max(1, Math.ceil(matches.num_found / matches.page_rows));
    const of = matches.is_complete ? "" : "at least ";
    this.pages = pages;
    $("count").textContent = matches.num_found
      ? `${of}${thousands(matches.num_found)} of ${thousands(matches.num_rows)} samples`
      : matches.is_complete ? "No sample matches. Try fewer words or wider sliders."
        : `searching, ${Math.round(matches.searched * 100)} %`;
    $("page").textContent = `${thousands(matches.page)} of ${of}${thousands(pages)}`;
    $("earlier").disabled = matches.page <= 1;
    $("later").disabled = matches.is_complete && matches.page >= pages;
  }

  item(row, current) {
    const link = el("a", {
      href: "#", "aria-current": row.sample_id === current ? "true" : null,
      onclick: (event) => { event.preventDefault(); this.chosen(row); },
    },
    el("span.posters", {}, row.people.map((person) => person.poster
      ? el("img", { src: person.poster, alt: "", loading: "lazy", width: 72, height: 72 })
      : el("span.poster", { "aria-hidden": "true" }, person.seen ? "" : "off screen"))),
    el("span.gist", {},
      row.people.filter((person) => person.words).map((person) =>
        el("span.line", {}, el("b", {}, person.voice ?? "?"), words("bdi", person.words))),
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
