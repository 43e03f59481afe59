"""The vocabulary: frozen nouns that every other part speaks. No input, no output, no database."""
