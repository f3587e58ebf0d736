"""The datasheet: answers to the questions of "Datasheets for Datasets"."""

DATASHEET = """\
# Datasheet of this release

After Gebru et al., *Datasheets for Datasets*. Unknown facts are marked as unknown.

## Motivation

**Purpose?** For research on models that see, hear and answer a person: audio-visual
conversation of two people.
**By whom?** {% if official %}The annotations by the authors of SpeakerVid-5M (arXiv 2507.09862); \
this release of
them by a user of the software `speakervid5m`, not recorded here.{% else %}By a user of \
the software
`speakervid5m`, from their own videos; not recorded here.{% endif %}
**Who paid?** Unknown.

## Composition

**What is an instance?** {% for config in configs %}{{ config.name | code }}: {{ \
config.description | trusted }}\
{{ "; " | trusted if not loop.last else "." | trusted }}{% endfor %}
**How many?** {% for config in configs %}{{ config.name | code }} \
{{ entries[config.name].num_rows | count }}{{ ", " | trusted if not loop.last else "" }}{% endfor \
%}, from
{{ statistics.num_sources | count }} videos with {{ statistics.num_people | count }} people told \
apart.
**A sample of something larger?** {% if official %}Yes: of the paper's {{ paper.SOURCES }}; which \
of \
them are
here depends on which videos were available.{% else %}Unknown.{% endif %}
**Labels?** Transcripts, captions, scores, boxes and speech intervals, all by models.
**Missing information?** Unmeasured values are null; their number is next to every measure in the
[card](README.md#statistics).
**Relations between instances?** Explicit: `conversation_id`, `person_id`, pairs, runs.
**Splits?** {{ "`train`, and `test` for VidChatBench, separated by video." | trusted if \
"vidchatbench" in \
entries else "`train` alone." | trusted }}
**Errors and redundancies?** A clip is stored in every config that uses it\
{% if statistics.repetition %}: each byte of media {{ "%.2f" | format(statistics.repetition) }} \
times on \
average{% endif %}. Models err.
**Self-contained?** {{ "Yes: media are in the shards." if facts.with_media else "No: media must be \
cut from the videos, which may vanish." }}
**Confidential or offensive content?** The videos were public. Conversations may offend; they were
not filtered.
**People?** {% if publication.consent == "synthetic" %}{{ people }}.{% else %}Identifiable by \
face, voice and words.{% endif %} Age, gender and origin were not measured.

## Collection

**How?** {% if official %}The authors collected videos by hand on YouTube, at the highest \
resolution; \
search words are
not published.{% else %}Not recorded.{% endif %}
**Were people told, did they consent?** {{ "No" if publication.consent == "unknown" else people \
}}. They may ask for removal: see
[Takedown](README.md#takedown).
**Review by an ethics board?** Unknown; the paper has an ethics statement.

## Preparation

**What was done?** Scenes cut, speakers diarized, people tracked and bound to voices, other voices
muted, speech transcribed, captions written, quality measured and gated: [Curation]\
(README.md#curation).
**Is the raw data kept?** Not in the release.
**Is the software available?** Yes: `speakervid5m`, Apache-2.0.

## Uses

See [Uses](README.md#uses).

## Distribution and terms

{% if official %}The annotations were published for non-commercial research and education; media \
are \
not licensed
here.{% else %}{{ terms | trusted }}{% endif %} See [LICENSE.md]\
(LICENSE.md).

## Maintenance

**By whom?** The publisher of this release. **Errata and removal?** `speakervid5m retract` removes
sources, people and clips; {{ takedown.tombstones | length | count }} requests were carried out so
far{% if takedown.tombstones %} ([TAKEDOWN.md](TAKEDOWN.md)){% endif %}. **Older versions?** \
Please \
delete them.
"""
