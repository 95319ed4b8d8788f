"""Search: parameters become a request, the request a statement, and its rows pages, counts and highlights."""
