"""The studio: one clip shown live in a browser, and made with the same jobs as the command line."""
