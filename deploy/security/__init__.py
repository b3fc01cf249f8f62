"""What we are made of, and whether anything known is wrong with it: the bill of materials and the audit."""
