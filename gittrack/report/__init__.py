"""Reports that people read: runs, studies and comparisons as one file, and pictures of them."""
