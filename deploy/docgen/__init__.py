"""The pages for those who decide, written from the code: the rules, what is kept where, and the source article."""
