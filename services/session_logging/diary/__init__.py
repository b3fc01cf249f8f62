"""Takes a paper or spreadsheet diary (CSV) through the batch log, as a mapping file says, guessing nothing."""
