"""What is heard in a source: its audio at 16 kHz, and its two main voices."""
