"""A card for one branch, and for the benchmark."""

BRANCH = """\
# {{ title }}: {{ name | trusted }}

{{ about | trusted }}

| config | samples | videos | people | clips | of clips | media |
|---|---:|---:|---:|---:|---:|---:|
{% for config in chosen -%}
{% set own = statistics.configs[config.name] -%}
| {{ config.name | code }} | {{ own.num_rows | count }} | {{ own.num_sources | count }} | \
{{ own.num_people | count }} | {{ own.num_clips | count }} | {{ own.clip_seconds | hours }} \
| \
{{ own.num_media_bytes | size }} |
{% endfor %}
{% if branch in paper.BRANCHES -%}
The paper counts {{ paper.BRANCHES[branch].num_samples | count }} samples, \
{{ paper.BRANCHES[branch].hours | count }} hours and
{{ paper.BRANCHES[branch].num_people | count }} people in this branch.
{%- else -%}
The paper gives no size for this.
{%- endif %}

## A row

| column | type | meaning |
|---|---|---|
{% for doc in sample_fields(branch) -%}
| {{ doc.name | code }} | {{ doc.kind | code }} | {{ doc.meaning | trusted }} |
{% endfor %}
{{ clips | trusted }} The fields of a clip are explained in the [dataset card](../README.md#fields).

## Measured

{% for config in chosen -%}
**{{ config.name | code }}**

| measure | mean (extremes) | measured | unknown |
|---|---|---:|---:|
{% for measure in all_measures if \
statistics.configs[config.name].histograms[measure.name].num_measured -%}
{% set histogram = statistics.configs[config.name].histograms[measure.name] -%}
| {{ measure.title | trusted }} | {{ spread(histogram, measure) }} | \
{{ histogram.num_measured | count }} | {{ histogram.num_unknown | count }} |
{% endfor %}
| language | clips | |
|---|---:|---:|
{% for value, number, share in shares(statistics.configs[config.name], "language") -%}
| {{ value }} | {{ number | count }} | {{ share | percent }} |
{% endfor %}
{% endfor -%}
## Notes

{% for note in notes -%}
- {{ note | trusted }}
{% endfor %}
These are the faces, voices and words of real people: see [Uses](../README.md#uses) and
[Takedown](../README.md#takedown).
"""

ABOUT = {
    "single": "One row is one clip: one person in one scene, who speaks, or whose voice is "
    "unknown.",
    "dialogue": "One row is two clips of one video: the *initiator* says something, the "
    "*responder* answers.",
    "listening": "One row is a speaker and a listener: the speaker's clip (`co_present`) or "
    "only their voice, and the silent video of the listener.",
    "multi_turn": "One row is a run of at least three turns of one conversation, in time order; "
    "one voice may hold several in a row. `history` is what was said shortly before.",
    "vidchatbench": "One row is a test pair, as in `dialogue`. Its videos are in no training "
    "config, so its people do not occur in training.",
}
CLIPS = {
    "single": "All other columns are the fields of the clip.",
    "dialogue": "All other columns are the fields of the two clips, after `initiator_` and "
    "`responder_`.",
    "listening": "All other columns are the fields of the two clips, after `speaker_` and "
    "`listener_`; for an off-screen speaker only voice, person and speech are known.",
    "multi_turn": "The fields of the clips are those of the structs in `turns`.",
}
NOTES = {
    "single": ["Clips of listeners are in `listening` alone."],
    "dialogue": [
        "`gap_seconds` is negative where the answer begins before the question ends.",
        "One clip may be the answer of one pair and the start of the next.",
    ],
    "listening": [
        "A listener has no audio, no transcript and no lip sync: these are null, not zero.",
        "The label `A_None` of the published keys means that A speaks and this person is not A.",
    ],
    "multi_turn": [
        "Runs are disjoint: no clip is in two of them.",
        "`min_` columns are null if any turn was not measured.",
    ],
    "vidchatbench": [
        "The paper's benchmark has 500 pairs; fewer of the published list may be available.",
        "Do not train on it, and do not select models by it.",
    ],
}
