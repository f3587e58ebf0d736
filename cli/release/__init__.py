"""Commands on an existing release: card, encode, explore, publish, retract, verify."""
