"""The command line: parse, call one function, render. Settings are read here and nowhere else."""
