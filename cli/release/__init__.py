"""Commands on a release that is there: card, encode, explore, publish, retract, verify."""
