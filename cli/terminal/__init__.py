"""What commands share: kinds of arguments, and what they print."""
