"""Applies torchtext's rules of "basic_english" and Python's split() to difficult texts, and writes basic_english.json."""
import json
import pathlib
import random
import re

# The rules, in their order: a pattern, and what takes its place.
RULES = [(r"\'", " '  "), (r"\"", ""), (r"\.", " . "), (r"<br \/>", " "), (r",", " , "), (r"\(", " ( "), (r"\)", " ) "), (r"\!", " ! "), (r"\?", " ? "), (r"\;", " "), (r"\:", " "), (r"\s+", " ")]


def basic_english(text):
    text = text.lower()
    for pattern, replacement in RULES:
        text = re.sub(pattern, replacement, text)
    return text.split()


WORDS = ["Hello", "WORLD", "it's", "don't.", "\"quoted\"", "a\"b", "<br />", "<BR />", "<br/>", "<b\"r />", "<\"br /\">", "<br /><br />", "x<br />y", "<br", "/>", "<", "<<br />", "(a)", "b!c?", ";", ":", "a;b:c", "...", ",,",
         "1,000.50", "\t", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x1f", "\x00", "\x7f", "\x85", "\u00a0", "\u200b", "\u3000", "\u2028", "É", "é", "e\u0301", "İstanbul", "ΟΔΟΣ", "ΣΑΣ", "Σ", "ΑΣ'", "ΑΣ.Β", "ΑΣ\u0301", "Σ\u00ad", "A\u00adΣ", "Ω", "K",
         "ẞ", "ǅ", "Ⅷ", "Ⓐ", "\U00010400", "Ａ", "日本語", "🎉", "don’t", "“x”", "—"]
rng = random.Random(3)
texts = [""] + WORDS + [rng.choice(["", " "]).join(rng.choice(WORDS) for _ in range(rng.randint(2, 10))) for _ in range(120)]
texts += ["".join(rng.choice("abAB <br/>\"'.,;:!?()\n") for _ in range(30)) for _ in range(60)]
(pathlib.Path(__file__).parent / "basic_english.json").write_text(json.dumps([[t, basic_english(t), t.split()] for t in texts], ensure_ascii=False, separators=(",", ":")))
