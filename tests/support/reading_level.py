"""How many years of school an English text asks for, by the Flesch-Kincaid formula over counted vowels."""

import re


def grade(text: str) -> float:
    """The Flesch-Kincaid grade; syllables are estimated by groups of vowels, so it is good to about half a year."""
    words = re.findall(r"[A-Za-z']+", text)
    sentences = max(1, len(re.findall(r"[.?!:]+(?:\s|$)", text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith("le"):
        groups -= 1
    return max(1, groups)
