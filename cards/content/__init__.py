"""Content of the documents of a release: values and safe text.

release + statistics --> card_content --> documents, figures, explorer

fields             what each column means, from the docstrings of the records
paper_statistics   what the paper says about its own data
escaping           strangers' text for Markdown, HTML and YAML
"""
