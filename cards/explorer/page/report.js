// The form to request the removal of a clip, a person or a video.

import { askJson, el, whom } from "./dom.js";

export function reportForm(sample, release) {
  const root = el("section.report", { "aria-labelledby": "report-title" },
    el("h3", { id: "report-title", tabindex: "-1" }, "Report this clip"));
  const seen = sample.lanes.filter((lane) => lane.clip);
  if (!release.reports || !seen.length) {
    root.append(el("p", {}, "Requests are not stored here. ",
      release.contact ? `Write to ${release.contact}` : "Write to the operator of this page",
      ", and name the clip: ", seen.map((lane) => el("code", {}, lane.clip.clip_id))));
    return root;
  }
  const which = el("select", { id: "report-clip" }, seen.map((lane) =>
    el("option", { value: lane.clip.clip_id }, whom(lane))));
  const kinds = [
    ["clip", "this clip"], ["person", "this person, in this video"], ["source", "the whole video"],
  ].map(([value, text]) => el("label.choice", {}, el("input", {
    type: "radio", name: "report-kind", value, checked: value === "clip",
  }), text));
  const person = kinds[1].querySelector("input");
  const known = () => {
    const clip = seen.find((lane) => lane.clip.clip_id === which.value).clip;
    person.disabled = clip.person_id === null;
    if (person.disabled && person.checked) kinds[0].querySelector("input").checked = true;
  };
  which.addEventListener("change", known);
  known();
  const reason = el("textarea", { id: "report-reason", rows: 3, required: true, maxlength: 4000 });
  const contact = el("input", {
    id: "report-contact", type: "text", maxlength: 300, autocomplete: "email",
  });
  const status = el("p.told", { role: "status" });
  const send = el("button.quiet", {}, "Send the request");
  const form = el("form", {},
    el("p", {}, "For people who are shown or heard, and for anyone who finds an error. The request ",
      "goes to the maintainers of this release only."),
    el("label", { for: "report-clip" }, "Clip of the"), which,
    el("fieldset", {}, el("legend", {}, "What to remove"), kinds),
    el("label", { for: "report-reason" }, "Why"), reason,
    el("label", { for: "report-contact" }, "How to reach you, if you want an answer"), contact,
    send);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    status.textContent = "";
    try {
      const answer = await askJson(
        `api/report/${sample.config}/${sample.sample_id}?at=${sample.at}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            kind: form.querySelector("input[name=report-kind]:checked").value,
            clip_id: which.value, reason: reason.value, contact: contact.value,
          }),
        });
      form.hidden = true;
      status.replaceChildren("Request ", el("code", {}, answer.number),
        " was stored. The maintainers of the release carry it out with ",
        el("code.command", {}, answer.command));
    } catch (error) {
      status.textContent = error.message;
    } finally {
      send.disabled = false;
    }
  });
  root.append(form, status);
  return root;
}
