"""The section of the dataset card that holds what was measured."""

STATISTICS = """\
## Statistics

Measured on {{ statistics.clips.num_clips | count }} clips of \
{% for name in statistics.clips_from %}{{ name | code }}{{ ", " | trusted if not loop.last else \
"" }}\
{% endfor %} by `speakervid5m card`. The paper's figures are the paper's, on its own data.
{% if figures.statistics %}
{{ picture(figures.statistics) }}
{% endif %}
| measure | mean (extremes) | measured | unknown | paper |
|---|---|---:|---:|---|
{% for one in measures -%}
{% set found = statistics.clips.histograms[one.name] -%}
| {{ one.title | trusted }} ({{ one.name | code }}) | {{ spread(found, one) }} | \
{{ found.num_measured | count }} | {{ found.num_unknown | count }} | \
{% if one.name in paper.MODES %}peaks at {{ paper.MODES[one.name] }}{% elif one.name == \
"caption_words" \
%}peaks at {{ paper.CAPTION_WORDS[0] }} to {{ paper.CAPTION_WORDS[1] }}{% else %}-{% endif %} |
{% endfor %}
| share of clips | here | paper |
|---|---:|---:|
{% for name, share in duration_ring.items() -%}
| {{ name }} | {{ share | percent }} | {{ paper.DURATION.get(name, "-") }}{{ " %" | trusted if \
name in \
paper.DURATION else "" }} |
{% endfor -%}
{% for name, _, share in shares(statistics.clips, "resolution") -%}
| source {{ name }} (shorter side) | {{ share | percent }} | {{ paper.RESOLUTION.get(name, "-") }}\
{{ " %" | trusted if name in paper.RESOLUTION else "" }} |
{% endfor %}
The paper's 8,743 hours of 5.2 M clips are 6.0 s a clip, which its own shares by duration do not \
give:
the two describe different ranges or different sets.
{% for config in configs if config.branch in ("dialogue", "multi_turn") -%}
{% if loop.first %}
| config | measure | mean (extremes) |
|---|---|---|
{% endif -%}
{% for one in sample_measures if \
statistics.configs[config.name].histograms[one.name].num_measured -%}
| {{ config.name | code }} | {{ one.title | trusted }} | \
{{ spread(statistics.configs[config.name].histograms[one.name], one) }} |
{% endfor -%}
{% endfor %}
| branch | paper | |
|---|---:|---|
{% for branch, said in paper.BRANCHES.items() -%}
| {{ branch | code }} | {{ said.num_samples | count }} | {{ said.hours | count }} hours, \
{{ said.num_people | count }} people |
{% endfor -%}
{% for tier, said in paper.TIERS.items() -%}
| tier {{ tier | code }} | {{ said.num_samples | count }} clips | {{ said.hours | count }} hours |
{% endfor %}
{% if figures.conversation -%}
{{ picture(figures.conversation) }}

{% endif -%}
{% if figures.contact_sheet -%}
{{ picture(figures.contact_sheet) }}

{% endif -%}
"""
