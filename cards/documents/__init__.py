"""Documents of a release: card content in; README, datasheet, croissant.json and pages out.

writing         all documents and figures; the writer of a release calls it
rendering       templates/ and content to Markdown
croissant       the release in MLCommons' vocabulary
model_card      the card of a model trained on a release
curation_page   one HTML page about a curation
validating      the card's YAML, checked as the Hub would
"""
