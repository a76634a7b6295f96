"""How records merge: pure rules, one module for each kind."""
