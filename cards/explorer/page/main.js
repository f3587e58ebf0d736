// The page: its URL holds the filters and the shown sample, so that back and forward work and a
// link shows the same to others.

import { Conversation } from "./conversation.js";
import { $, askJson, el, thousands } from "./dom.js";
import { List } from "./list.js";
import { reportForm } from "./report.js";
import { SampleView } from "./sample.js";

const NOT_ASKED = new Set(["config", "page", "sample", "at"]);
const FRAME = 1 / 25;

let release = null;
let view = null;
let shownConfig = null;
let shownQuery = null;

const list = new List(
  (moved) => go({ ...moved, page: "", sample: "", at: "" }),
  (row) => go({ sample: row.sample_id, at: row.at }, "sample"));
const conversation = new Conversation((sample) => open(sample));

const params = () => new URLSearchParams(location.search);

/** Goes to the URL with these changes; empty values are left out. */
function go(changes, focus = null, replace = false) {
  const next = params();
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const address = next.toString() ? `?${next}` : location.pathname;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  return show(focus);
}

function open({ config, sample_id: sample, at }) {
  const changed = config !== shownConfig ? cleared() : {};
  return go({ ...changed, config, sample, at });
}

const asked = () => Object.fromEntries([...params()].filter(([name]) => !NOT_ASKED.has(name)));
const cleared = () => Object.fromEntries([...params().keys()].map((name) => [name, ""]));

function notice(text) {
  $("notice").textContent = text ?? "";
  $("notice").hidden = !text;
}

async function show(focus) {
  const address = params();
  const filled = release.configs.filter((entry) => entry.rows);
  const config = address.get("config") || (filled.find((entry) => entry.name === "dialogue_sft") ?? filled[0])?.name;
  $("config").value = config;
  notice(null);
  try {
    const sample = address.get("sample");
    if (config !== shownConfig) {
      shownConfig = config;
      shownQuery = null;
      await showList(config, address, sample);
      await list.prepare(config, asked());
    } else await showList(config, address, sample);
    $("words").value = address.get("q") ?? "";
    const count = Object.keys(asked()).filter((name) => name !== "q").length;
    $("num-filters").textContent = count ? ` (${count})` : "";
    const chosen = params();
    if (chosen.get("sample")) await showSample(config, chosen.get("sample"), chosen.get("at") ?? "", focus);
    else closeSample();
  } catch (error) {
    notice(error.message);
  }
}

async function showList(config, address, sample) {
  const query = JSON.stringify([config, asked(), address.get("page")]);
  if (query === shownQuery) return;
  shownQuery = query;
  const matches = await list.search(config, asked(), address.get("page") || "1", sample);
  // A wide screen shows a sample next to the list: open the first.
  if (matches?.rows.length && !sample && matchMedia("(min-width: 60rem)").matches) {
    const [row] = matches.rows;
    const next = params();
    next.set("sample", row.sample_id);
    next.set("at", row.at);
    history.replaceState(null, "", `?${next}`);
  }
}

async function showSample(config, sample, at, focus) {
  if (view?.data.sample_id === sample && view.data.config === config) return;
  const data = await askJson(
    `api/sample/${config}/${encodeURIComponent(sample)}?at=${encodeURIComponent(at)}`);
  if (params().get("sample") !== sample) return;
  view?.close();
  view = new SampleView(data);
  document.body.dataset.shows = "sample";
  const back = el("button.quiet.back", { type: "button", onclick: () => go({ sample: "", at: "" }) },
    "Back to the list");
  $("sample").replaceChildren(back, view.root, conversation.root, reportForm(data, release));
  $("sample").scrollTop = 0;
  view.show();
  list.mark(sample);
  conversation.show(data);
  if (focus) $(focus).focus({ preventScroll: true });
}

function closeSample() {
  view?.close();
  view = null;
  delete document.body.dataset.shows;
  $("sample").replaceChildren(el("p.faint", {}, "Choose a sample from the list."));
}

async function step(by) {
  // The sample in the URL, not the shown one: keys come faster than samples load.
  const now = params().get("sample");
  if (!now) return;
  const row = list.neighbour(now, by);
  if (row) {
    await go({ sample: row.sample_id, at: row.at });
    return;
  }
  await turnPage(by);
  const first = list.rows.at(by > 0 ? 0 : -1);
  if (first) await go({ sample: first.sample_id, at: first.at }, null, true);
}

async function turnPage(by) {
  const page = Number(params().get("page") || 1) + by;
  const isThere = page >= 1 && !$(by > 0 ? "later" : "earlier").disabled;
  if (isThere) await go({ page: String(page), sample: "", at: "" });
}

const KEYS = {
  " ": () => view?.player.toggle(),
  ArrowLeft: (event) => (event.shiftKey ? along(-1) : step(-1)),
  ArrowRight: (event) => (event.shiftKey ? along(1) : step(1)),
  ",": () => frame(-1),
  ".": () => frame(1),
  Home: () => view?.player.seek(0),
  t: () => view?.togetherBox.isConnected && view.together(!view.togetherBox.checked),
  k: () => view?.skeleton(!view.skeletonBox.checked),
  "/": () => $("words").select(),
  f: () => { $("filters").open = !$("filters").open; $("filters").firstElementChild.focus(); },
  r: () => { $("report-title")?.scrollIntoView(); $("report-title")?.focus(); },
  "?": () => $("keys").showModal(),
};

function along(by) {
  const next = conversation.neighbour(by);
  if (next) open(next);
}

function frame(by) {
  view?.player.pause();
  view?.player.seek(view.player.time + by * FRAME);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
  if (event.key === "Escape" && typing) typing.blur();
  const isSeek = typing?.classList.contains("seek");
  if (typing && !(isSeek && event.key === " ")) return;
  if (event.key === " " && event.target.closest("button, summary, a, label, input:not(.seek)")) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action(event);
}

async function begin() {
  try {
    release = await askJson("api/release");
  } catch (error) {
    notice(error.message);
    return;
  }
  document.title = `${release.root}: explorer`;
  $("release").textContent = release.root;
  $("config").replaceChildren(...release.configs.map((config) => el("option", {
    value: config.name, disabled: !config.rows, title: config.rows ? config.description : config.why_empty,
  }, config.rows ? `${config.name} (${thousands(config.rows)})` : `${config.name} (none: ${config.why_empty})`)));
  $("config").addEventListener("change", () => go({ ...cleared(), config: $("config").value }));
  $("words").addEventListener("input", () => {
    clearTimeout($("words").timer);
    $("words").timer = setTimeout(
      () => go({ q: $("words").value.trim(), page: "", sample: "", at: "" }, null, true), 300);
  });
  $("asking").addEventListener("submit", (event) => {
    event.preventDefault();
    $("rows").querySelector("a")?.focus();
  });
  $("clear").addEventListener("click", async () => {
    const { config } = Object.fromEntries(params());
    await go({ ...cleared(), config });
    await list.prepare(shownConfig, {});
  });
  $("earlier").addEventListener("click", () => turnPage(-1));
  $("later").addEventListener("click", () => turnPage(1));
  $("show-keys").addEventListener("click", () => $("keys").showModal());
  document.addEventListener("keydown", pressed);
  addEventListener("popstate", () => show());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view?.show());
  if (!release.configs.some((config) => config.rows)) {
    notice("This release has no rows in any config.");
    return;
  }
  await show();
}

begin();
