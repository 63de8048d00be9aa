"""What options and bonds are worth, what moves them, and by how much."""
