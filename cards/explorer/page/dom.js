// DOM elements, and requests to the server. Strangers' text only ever becomes text nodes.

export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; strings are text, null is left out. */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A response of the server; throws its message on an error status. */
export async function ask(path, options = {}) {
  const answer = await fetch(path, options);
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    throw new Error(body.error || `${answer.status} ${answer.statusText}`);
  }
  return answer;
}

export const askJson = async (path, options) => (await ask(path, options)).json();

/** Text of a transcript, in its own writing direction. */
export function words(tag, text, language) {
  return el(tag, { dir: "auto", lang: language || null, class: "words" }, text);
}

export const seconds = (value) => `${value.toFixed(1)} s`;
export const number = (value) =>
  value === null || value === undefined ? "-" : Number(value.toPrecision(4)).toString();
export const thousands = (value) => value.toLocaleString("en");

/** Short facts on one line that breaks only between them. */
export const joined = (facts) =>
  facts.map((fact) => fact.replaceAll(" ", "\u00a0")).join("\u00a0\u00b7 ");

/** Role and voice of a lane, for readers. */
export function whom(lane) {
  return lane.voice ? `${lane.role}, voice ${lane.voice}` : lane.role;
}
