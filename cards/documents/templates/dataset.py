"""The dataset card under its YAML."""

from .dataset_statistics import STATISTICS

DATASET = (
    """\
# {{ title }}

{% if official -%}
People talking to each other: clips of one person each, cut from long videos, paired into dialogue,
listening and multi-turn conversation, with clean speech, transcripts and scores. Built from the
published annotations of SpeakerVid-5M (the paper's; we are not its authors) with the software
`speakervid5m`.
{%- else -%}
People talking to each other: clips of one person each, cut from long videos, paired into dialogue,
listening and multi-turn conversation, with clean speech, transcripts and scores. Curated with the
software `speakervid5m`, by the recipe of the paper SpeakerVid-5M, from other videos than the
paper's.
{%- endif %}

| in this release | |
|---|---|
| samples | {% for config in configs %}{{ config.name | code }} {{ entries[config.name].num_rows \
| count }}\
{{ ", " | trusted if not loop.last else "" }}{% endfor %} |
| sources | {{ statistics.num_sources | count }} videos |
| people | {{ statistics.num_people | count }} told apart within their video; across videos \
identity \
is unknown |
| clips | {{ statistics.clips.num_clips | count }}, {{ statistics.clips.clip_seconds | hours }} \
({% for name in statistics.clips_from %}{{ name | code }}{{ ", " | trusted if not loop.last else \
"" }}\
{% endfor %}) |
| media | {% if facts.with_media %}{{ statistics.num_media_bytes | size }}{% if \
statistics.repetition \
%}; each byte occurs {{ "%.2f" | format(statistics.repetition) }} times across configs on average\
{% endif %}{% else %}none: only ids, times, boxes and annotations{% endif %} |
{% for name, entry in facts.features | dictsort -%}
| features | {{ name | code }} of {{ entry.configs | length }} configs, by {{ entry.source }} \
({{ entry.licence }}) |
{% endfor -%}
| made from | {{ "the published annotations" if official else "own videos, curated" }} |

Contents: [Uses](#uses) · [Loading](#loading) · [Structure](#structure) · [Fields](#fields) ·
[Curation](#curation) · [Statistics](#statistics) · [Splits](#splits) · [Sources](#sources) ·
[Personal data](#personal-data) · [Biases](#biases) · [Limits](#limits) · [Takedown](#takedown) ·
[Terms](#terms) · [Citation](#citation)

## Uses

**Meant for** non-commercial research on people in conversation: generating or understanding
talking and listening heads, turn taking, audio-visual speech, benchmarks of these.

**Not for**: impersonating anybody, cloning a voice or a face of a person in it, identifying or
tracking people, inferring health, origin, belief or other traits of them, surveillance, decisions
about people{% if not publication.license %}, or any commercial use{% endif %}. {{ people }}.

## Loading

Six ways. In the folder that contains the release, with `datasets` alone:

```python
from datasets import load_dataset

rows = load_dataset("speakervid5m", "{{ default | trusted }}", split="{{ split | trusted }}", \
streaming=True)
print(sorted(next(iter(rows.decode(False)))))
```

From a Hub, once it is published, again with `datasets` alone:

<!-- not run: needs a Hub -->
```python
load_dataset("{{ repository | trusted }}", "{{ default | trusted }}", \
split="{{ split | trusted }}", streaming=True)
```

From any folder or URL that fsspec opens, after `import speakervid5m`:

```python
import speakervid5m

rows = load_dataset("speakervid5m", "{{ default | trusted }}", root="./speakervid5m", \
streaming=True)
```

As records, with SQL over the annotations and byte ranges of the media:

```python
from speakervid5m.release import open_release

samples = open_release("speakervid5m")["{{ default | trusted }}"]
print(len(samples), samples[0].clips[0].clip_id)
```

As training batches, with exact resume:

<!-- not run: needs the extra `loaders` -->
```python
from speakervid5m.loaders import AudioSpec, Loader, VideoSpec

video = VideoSpec(fps=8, height=480, width=768, fit="pad")
loader = Loader(samples, batch_size=8, video=video, audio=AudioSpec(sample_rate=16000), seed=0)
```

As plain Parquet, with any tool:

```python
import pyarrow.parquet as pq

rows = pq.read_table("speakervid5m/{{ folder | trusted }}", columns=["conversation_id", "tier"])
```

## Structure

```
data/<branch>/<tier>/train-<bucket>.parquet        rows with their media
index/<config>/{% raw %}{scan,text,frames}{% endraw %}-<part>.parquet   \
scores and byte ranges; text; every frame
{% if facts.features %}features/<encoder>/<config>/{train,index}-*.parquet    \
encoded media
{% endif %}manifest.json                                      counts, digests, gates, assumptions
```

All rows of one video are in one shard, chosen by the digest of its id. Media are stored
uncompressed and contiguous, so a clip is one byte range.

| config | a row is | samples | videos | of clips | media |
|---|---|---:|---:|---:|---:|
{% for config in configs -%}
| {{ config.name | code }} | {{ config.description | trusted }} | {{ \
entries[config.name].num_rows | count }} | \
{{ entries[config.name].num_sources | count }} | {{ entries[config.name].clip_seconds | hours }} | \
{{ entries[config.name].num_media_bytes | size }} |
{% endfor %}
{% for name, why in empty -%}
- {{ name | code }} has no rows: {{ why or "it was not written" }}.
{% endfor %}
{%- if figures.composition %}
{{ embed(figures.composition) }}
{% endif %}
## Fields

A clip is one person in one scene. Its fields are the columns of `single`; in pairs they carry the
prefixes `initiator_` and `responder_`, or `speaker_` and `listener_`; in `multi_turn` they are the
structs of `turns`. Intervals are half-open, in seconds on the video's own timeline. Unmeasured
values are null, never 0.

{% for group, docs in clip_groups.items() -%}
**{{ group | trusted }}**

| field | type | meaning |
|---|---|---|
{% for doc in docs -%}
| {{ doc.name | code }} | {{ doc.kind | code }} | {{ doc.meaning | trusted }} |
{% endfor %}
{% endfor -%}
{% for branch in branches -%}
**Columns of {{ branch | code }} in addition to those of its clips**

| column | type | meaning |
|---|---|---|
{% for doc in sample_fields(branch) -%}
| {{ doc.name | code }} | {{ doc.kind | code }} | {{ doc.meaning | trusted }} |
{% endfor %}
{% endfor -%}
## Curation

{% if official -%}
The authors of the paper collected the videos, detected scenes, voices and people, bound voices to
faces, transcribed, captioned and filtered. Their annotations were read, repaired where they are
inconsistent, and joined. They published no lists of the four branches, so these were rebuilt from
who speaks when. Their lists decide the tiers; the gates below were only counted.
{%- else -%}
Scenes, voices and people were detected, voices bound to faces, speech transcribed, and quality
measured. Then the gates below decided which clips stay, and in which tier.
{%- endif %}

{% if gate_rows -%}
Gates: a `base` gate {{ "would drop" if official else "drops" }} a clip, an `sft` gate keeps it \
out of
the SFT tier. Unknown means not measured.

| gate | stage | rule | applies to | pass | fail | unknown | source |
|---|---|---|---|---:|---:|---:|---|
{% for gate in gate_rows -%}
| {{ gate.name | code }} | {{ gate.stage }} | {{ gate.expression | code }} | {{ gate.applies_to \
}} | \
{{ gate.answers.get("pass", 0) | count }} | {{ gate.answers.get("fail", 0) | count }} | \
{{ gate.answers.get("unknown", 0) | count }} | {{ gate.source }} |
{% endfor %}
{%- else -%}
No gate is recorded in the manifest.
{%- endif %}

{% if facts.funnel -%}
What each step kept{% if takedown.tombstones %}, before any takedown{% endif %}:

| step | unit | kept | lost | retention | why |
|---|---|---:|---:|---:|---|
{% for step in facts.funnel -%}
| {{ step.step | code }} | {{ step.unit }} | {{ step.kept | count }} | {{ step.lost | count }} | \
{% if step.kept + step.lost %}{{ (100 * step.kept / (step.kept + step.lost)) | percent }}\
{% else %}-{% endif %} | {% for reason, number in step.why | dictsort %}{{ reason | code }} \
{{ number | count }}{{ ", " | trusted if not loop.last else "" }}{% endfor %} |
{% endfor %}
{%- elif official -%}
What each step of the authors' curation kept is not published; by the paper's totals, 8,743 of
64,386 hours became clips.
{%- else -%}
What each step kept is not recorded in the manifest.
{%- endif %}

{% if facts.assumptions -%}
Assumptions: values that the method needs and the paper does not publish.

| assumption | value |
|---|---|
{% for name, value in facts.assumptions | dictsort -%}
| {{ name | code }} | {{ value }} |
{% endfor %}
{%- else -%}
No assumption is recorded in the manifest.
{%- endif %}

Models and tools:

{% if stage_rows -%}
| profile | stage | backend | licence | weights | their licence | source | size |
|---|---|---|---|---|---|---|---:|
{% for row in stage_rows -%}
| {{ row.profile | code }} | {{ row.stage | code }} | {{ row.backend }} | {{ row.licence }} | \
{{ row.weights }} | {{ row.terms }} | {{ row.source }} | {{ row.size }} |
{% endfor %}
Gates of the paper that this profile does not measure and leaves out: \
{% for name in left_out %}{{ name | code }}{{ ", " | trusted if not loop.last else "" }}\
{% else %}none{% endfor %}.

{% endif -%}
{% for name, models in other_backends | dictsort -%}
- {{ name | code }}: {{ models | tojson | code }}
{% else -%}
- not recorded in the manifest
{% endfor %}
"""
    + STATISTICS
    + """\
## Splits

Training configs have only the split `train`. Tiers are disjoint: a sample is `sft` if all its \
clips
are. {% if "vidchatbench" in entries %}`vidchatbench` is the split `test`; its videos are in no \
training config.{% else %}There is no test split in this release.{% endif %} For a \
validation
split, split by `conversation_id`, never by row: all rows of a video share people and rooms.

{% for note in list_notes -%}
- {{ note | trusted }}
{% endfor %}
## Sources

{% if publication.consent == "synthetic" -%}
{{ statistics.num_sources | count }} rendered videos. Nobody was filmed.
{%- elif official -%}
Videos of YouTube that the authors chose by hand for two people talking: interviews, news, seminars,
shows, debates, education. The paper counts {{ paper.SOURCES }}. This release has \
{{ statistics.num_sources | count }} of them.
Search words and dates of download are not published.
{%- else -%}
{{ statistics.num_sources | count }} videos, chosen by the maker of this release. How they were \
chosen is not recorded.
{%- endif %}

| published | clips | |
|---|---:|---:|
{% for value, number, share in shares(statistics.clips, "year") -%}
| {{ value }} | {{ number | count }} | {{ share | percent }} |
{% endfor %}
## Personal data

{% if facts.with_media -%}
Faces, voices and words of identifiable people, most of whom do not know that they are in a dataset.
{%- else -%}
Ids of public videos, times, boxes, and the words of identifiable people; no video, no audio.
{%- endif %} `person_id` tells people apart within one video; nobody is named, and no face or voice
embedding{% if facts.features %} for recognition is part of a release; its features
({{ facts.features | join(", ") | text }}) are computed from video and audio, and are as \
personal as these{% else %} is part of a release{% endif %}. \
Transcripts may hold names, places and opinions: they were
{% if official %}filtered for personal data by the authors, according to the paper; how is not
published{% else %}not filtered for personal data{% endif %}. Treat every row as personal data under
the law that applies to you.

## Biases

Measured here:

| language of the transcript | clips | |
|---|---:|---:|
{% for value, number, share in shares(statistics.clips, "language") -%}
| {{ value }} | {{ number | count }} | {{ share | percent }} |
{% endfor %}
| topic | clips | |
|---|---:|---:|
{% for value, number, share in shares(statistics.clips, "topic") -%}
| {{ value }} | {{ number | count }} | {{ share | percent }} |
{% endfor %}
| framing | clips | |
|---|---:|---:|
{% for value, number, share in shares(statistics.clips, "human_body") -%}
| {{ value }} | {{ number | count }} | {{ share | percent }} |
{% endfor %}
| facing | clips | |
|---|---:|---:|
{% for value, number, share in shares(statistics.clips, "facing") -%}
| {{ value }} | {{ number | count }} | {{ share | percent }} |
{% endfor %}
Age, gender and origin of the people were not measured and are unknown. In the paper's data,
{{ paper.ENGLISH }} % of the speech is reported to be English, and men and white people to be
over-represented. Gates for sharpness, resolution and motion favour studios over phones, and lively
speakers over still ones.

## Limits

- Boxes are static: a person who walks leaves the crop.
- Clean speech is the scene's audio with the other voices muted. Where people talk at once, both
  clips lose the speech of that time{% if statistics.clips.speech_seconds %}: here \
{{ (100 * statistics.clips.overlapped_seconds / statistics.clips.speech_seconds) | percent }}
  of {{ statistics.clips.speech_seconds | hours }} of speech{% endif %}.
- Cuts, voices, bindings, transcripts, captions and topics come from models, and are sometimes
  wrong.
- Pairs and runs follow from who speaks when{% if official %}: the authors' own lists are not \
published, so they
  may differ from the paper's{% endif %}.
- Scores of different models are not comparable; a column holds the values of the model in its
  name.
- Videos change and vanish: missing videos may have been unavailable.

## Takedown

If you are shown or heard, or own a video, you may ask for removal, without giving a reason: open a
discussion on the page of this repository, or write to {{ publication.contact or \
"the publisher of this release" }}. Name the video
(its id is in `source_id`), or the time in it. The publisher runs `speakervid5m retract`, which
removes every row, video, audio and transcript that comes from it, and keeps it from coming back.
{% if takedown.tombstones %}
So far {{ num_takedown.source | count }} sources, {{ num_takedown.person | count }} people and \
{{ num_takedown.clip | count }} clips were retracted: see
[TAKEDOWN.md](TAKEDOWN.md).
{% else %}
Nothing was retracted from this release so far.
{% endif %}
Earlier downloads cannot be reached. If you hold one, follow TAKEDOWN.md.

## Terms

{{ terms | trusted }} See [LICENSE.md](LICENSE.md).

## Citation

```bibtex
@inproceedings{zhang2026speakervid5m,
  title     = {SpeakerVid-5M: A Large-Scale High-Quality Dataset for Audio-Visual Dyadic Interactive
               Human Generation},
  author    = {Zhang, Youliang and Li, Zhaoyang and Wang, Duomin and Zhang, Jiahe and Zhou, Deyu and
               Yin, Zixin and Dai, Xili and Yu, Gang and Li, Xiu},
  booktitle = {International Conference on Learning Representations (ICLR)},
  year      = {2026},
  note      = {arXiv:2507.09862}
}
```

Format {{ schema_version }} of `speakervid5m`. More: [DATASHEET.md](DATASHEET.md), \
[croissant.json](croissant.json), \
{% for branch in branches %}[{{ branch | trusted }}](cards/{{ branch | trusted }}.md), {% endfor %}\
[statistics as numbers](figures/statistics.json).
"""
)
