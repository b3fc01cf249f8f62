"""How Pacewell is run: the embedded stack of one machine, containers, and what watches over them."""
