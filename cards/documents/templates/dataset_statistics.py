"""The section Statistics of the dataset card."""

STATISTICS = """\
## Statistics

Measured on {{ statistics.clips.num_clips | count }} clips of \
{% for name in statistics.clips_from %}{{ name | code }}{{ ", " | trusted if not loop.last else \
"" }}\
{% endfor %} by `speakervid5m card`. The column *paper* is the paper's own, on its own data.
{% if figures.statistics %}
{{ embed(figures.statistics) }}
{% endif %}
| measure | mean (extremes) | measured | unknown | paper |
|---|---|---:|---:|---|
{% for measure in measures -%}
{% set histogram = statistics.clips.histograms[measure.name] -%}
| {{ measure.title | trusted }} ({{ measure.name | code }}) | {{ spread(histogram, measure) }} | \
{{ histogram.num_measured | count }} | {{ histogram.num_unknown | count }} | \
{% if measure.name in paper.MODES %}peaks at {{ paper.MODES[measure.name] }}\
{% elif measure.name == "caption_words" %}\
peaks at {{ paper.CAPTION_WORDS[0] }} to {{ paper.CAPTION_WORDS[1] }}{% else %}-{% endif %} |
{% endfor %}
| share of clips | here | paper |
|---|---:|---:|
{% for name, share in duration_shares.items() -%}
| {{ name }} | {{ share | percent }} | {{ paper.DURATION.get(name, "-") }}{{ " %" | trusted if \
name in \
paper.DURATION else "" }} |
{% endfor -%}
{% for name, _, share in shares(statistics.clips, "resolution") -%}
| source {{ name }} (shorter side) | {{ share | percent }} | {{ paper.RESOLUTION.get(name, "-") }}\
{{ " %" | trusted if name in paper.RESOLUTION else "" }} |
{% endfor %}
The paper's 8,743 hours of 5.2 M clips are 6.0 s a clip, which contradicts its own shares by \
duration:
the two must describe different ranges or different sets.
{% for config in configs if config.branch in ("dialogue", "multi_turn") -%}
{% if loop.first %}
| config | measure | mean (extremes) |
|---|---|---|
{% endif -%}
{% for measure in sample_measures if \
statistics.configs[config.name].histograms[measure.name].num_measured -%}
| {{ config.name | code }} | {{ measure.title | trusted }} | \
{{ spread(statistics.configs[config.name].histograms[measure.name], measure) }} |
{% endfor -%}
{% endfor %}
| branch | paper | |
|---|---:|---|
{% for branch, published in paper.BRANCHES.items() -%}
| {{ branch | code }} | {{ published.num_samples | count }} | {{ published.hours | count }} hours, \
{{ published.num_people | count }} people |
{% endfor -%}
{% for tier, published in paper.TIERS.items() -%}
| tier {{ tier | code }} | {{ published.num_samples | count }} clips | \
{{ published.hours | count }} hours |
{% endfor %}
{% if figures.conversation -%}
{{ embed(figures.conversation) }}

{% endif -%}
{% if figures.contact_sheet -%}
{{ embed(figures.contact_sheet) }}

{% endif -%}
"""
