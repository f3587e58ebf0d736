"""Which backend does which stage in a profile, and the gates over measures of its own."""
