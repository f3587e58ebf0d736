"""Speed and accuracy beside peers: a tested package, not shipped in the wheel."""
