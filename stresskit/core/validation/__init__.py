"""How well a factor would have predicted its day, and what it says on others."""
