"""One file per step; the types are spelt out, since tables move on and steps stay."""
