"""An event made into a factor: from prices by estimation, from moves as stated."""
