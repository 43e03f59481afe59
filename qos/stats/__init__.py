"""Pure functions on arrays. Knows no domain, no input, no output; numpy and scipy only.

Symbols of the literature are used inside; every public function says shapes, units, errors
and where its formula comes from. `docs/method/model.md` tells the whole in one piece.
"""
