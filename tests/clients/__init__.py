"""Mail programs that people use, driven as they are, with nothing of ours inside them."""
