"""One module per kind of page: each takes the press and gives finished pages."""
