"""Commands that start from the published annotations: `sources`, `import`, `materialize`."""
