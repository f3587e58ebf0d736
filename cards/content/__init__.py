"""What every document of a release is filled with, as values and as safe text.

release + statistics --> card_content --> documents, figures, explorer

fields      what each column means, from the docstrings of the records
paper       what the paper says of its own data
escaping    strangers' text for Markdown, HTML and YAML
"""
