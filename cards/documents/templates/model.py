"""The card of a model under its YAML."""

MODEL = """\
# {{ facts.name }}

This model answers a speaking person: from the initiator's video and audio, and one frame of the
responder, it generates the responder's video and audio. Trained with the software `speakervid5m`
on SpeakerVid-5M (the dataset is its authors'; this model is not theirs).

| | |
|---|---|
| architecture | {{ facts.architecture }} |
| trainable parameters | {{ facts.num_parameters | count }} |
{% for part, licence in facts.frozen | dictsort -%}
| not trained | {{ part }} ({{ licence }}) |
{% endfor -%}
| speed | {% if facts.frames_per_second is not none %}\
{{ "%.2f" | format(facts.frames_per_second) }} frames per second on \
{{ facts.inference_hardware or "hardware that is not recorded" }}{% else %}not measured{% endif %} |

## Uses

**Meant for** non-commercial research on people in conversation: turn taking, listening behaviour,
audio-visual speech, benchmarks of these.

**Not for**: impersonating anybody, putting words into a real person's mouth, deceiving people about
who or what they talk to, or any commercial use. Anyone who shows its output must say that it is
generated.

## Training data

{% if facts.dataset -%}
{{ facts.dataset | code }} on the Hub.
{%- else -%}
A release that is not on a Hub.
{%- endif %} The digests identify the rows; they are in the release's manifest and on its card.

{% for stage in facts.stages -%}
{% if loop.first -%}
| stage | configs and digests | steps | batch | hardware | hours |
|---|---|---:|---:|---|---:|
{% endif -%}
| {{ stage.name }} | {% for name, digest in stage.configs | dictsort %}{{ name | code }} \
{{ digest[:12] | code }}{{ ", " | trusted if not loop.last else "" }}{% endfor %} | \
{{ stage.num_steps | count }} | {{ stage.global_batch | count }} | {{ stage.hardware }} | \
{% if stage.hours is not none %}{{ "%.1f" | format(stage.hours) }}{% else %}unknown{% endif %} |
{% else -%}
How it was trained is not recorded.
{% endfor %}
When people are removed from the dataset, this model has still been trained on them. The takedown
tables of the release name the rows; the owner of this model decides whether to retrain it.

## Evaluation

{% for result in facts.results -%}
{% if loop.first -%}
| protocol | metric | value | 95 % | pairs |
|---|---|---:|---|---:|
{% endif -%}
| {{ result.protocol }} | {{ result.metric }} | {{ "%.4g" | format(result.value) }} | \
{{ "%.4g" | format(result.low) }} to {{ "%.4g" | format(result.high) }} | \
{{ result.num_pairs | count }} |
{% else -%}
It was not evaluated.
{% endfor %}
{% for command in facts.results | map(attribute="command") | unique -%}
{% if loop.first -%}
Measured by:

{% endif -%}
- {{ command | code }}
{% endfor %}
VidChatBench here is a reimplementation: the list of pairs may be shorter than the paper's, and the
paper's candidates, extractors and lists are not published. So compare these numbers with each
other, and not with the paper's.

## Limits

- The data favour English, studios and people who face a camera: see Biases on the dataset's card.
  Only the table above says how much worse the results for others are.
- Nothing checks what it says.
- Autoregressive video tends to drift: look at identity and sharpness over time before you rely on
  long generations.

## Citation

The paper of the dataset and of the recipe: arXiv:2507.09862.
"""
