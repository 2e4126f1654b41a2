"""From a planned delivery to its answer: rounds, connections, rates, the unknown."""
