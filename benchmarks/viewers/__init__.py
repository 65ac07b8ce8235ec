"""How long a word takes from ACS's socket to people's pages, one of them in Chromium, and whether slow viewers delay it."""
