"""Trains small tokenizers of every kind with Hugging Face's library `tokenizers` (0.23.3) and records what they make of difficult texts.

    python generate.py            writes *.json and expected.jsonl here
    python generate.py --random N PROGRAM
                                  compares N random texts for each tokenizer with the output of PROGRAM, which reads requests and writes encodings, one JSON object a line

The texts to train on are the licence-free docstrings and messages of this script and of Python's own modules' documentation made by pydoc.
"""
import argparse
import gzip
import json
import pathlib
import random
import subprocess
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent

ENGLISH = """The quick brown fox jumps over the lazy dog. It wasn't the best film I've seen, but they're right: he'd have said it's fine!
A movie about three friends who don't know what they'll do next; in 1999 the first part cost 12,500 dollars, the second 3.14 million.
I can't believe how bad this was. The acting, the script, the music -- everything is terrible. <br /><br />Don't watch it (seriously).
She said: "This is the most beautiful story I have ever read." We're going to the cinema tonight, aren't we? Yes, we are.
Tokenization splits text into tokens; normalization, pre-tokenization, the model and the post-processor follow one another.
Überraschung: die Größe der Straße hängt vom Maß ab. Où est la bibliothèque? Señor, ¿cómo está usted? Ça va très bien, merci.
Привет, как дела? Всё хорошо, спасибо. Γειά σου Κόσμε, τι κάνεις; こんにちは世界。日本語のテキストです。你好，世界！中文分词很难。안녕하세요 세계. สวัสดีชาวโลก
for i in range(10):\n    print(i, end="\\t")\n\n\nif x == 3 and y != 4:  # comment\n\treturn x ** 2 + y // 2
""".strip().split("\n")
TEXTS = (ENGLISH * 3) + ["".join(chr(c) for c in range(0x20, 0x7F))] + ["".join(chr(c) for c in range(0xA0, 0x180))]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def bert(lowercase=True, strip_accents=None, template=True, size=320):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip_accents)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=size, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    cls, sep = t.token_to_id("[CLS]"), t.token_to_id("[SEP]")
    if template:
        t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    else:
        t.post_processor = processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls))
    t.decoder = decoders.WordPiece()
    t.add_special_tokens([AddedToken("[MASK]", lstrip=True, special=True)])
    t.add_tokens([AddedToken("Swift", single_word=True), AddedToken("naïve", normalized=True)])
    return t


def byte_level(pattern=None, prefix=False, trim=True, roberta=False, ignore_merges=False, normalizer=None, size=420):
    t = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    t.normalizer = normalizer
    if pattern is None:
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    else:
        t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=False)])
    specials = ["<s>", "</s>", "<pad>", "<mask>"] if roberta else ["<|endoftext|>"]
    t.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=size, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    t.decoder = decoders.ByteLevel()
    if roberta:
        t.post_processor = processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")), trim_offsets=trim, add_prefix_space=prefix)
        t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    elif pattern is None:
        t.post_processor = processors.ByteLevel(trim_offsets=trim)
    else:
        t.add_special_tokens(["<|im_start|>", "<|im_end|>"])
        t.add_tokens([AddedToken("café", normalized=True), AddedToken("<tool>", rstrip=True)])
        bos = ("<|endoftext|>", t.token_to_id("<|endoftext|>"))
        t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=trim), processors.TemplateProcessing(
            single="<|endoftext|> $A", pair="<|endoftext|> $A <|endoftext|>:1 $B:1", special_tokens=[bos])])
    return t


def llama2(fuse=True, fallback=True):
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse, byte_fallback=fallback))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    specials = ["<unk>", "<s>", "</s>"] + ([f"<0x{b:02X}>" for b in range(256)] if fallback else [])
    t.train_from_iterator(TEXTS[:6], trainers.BpeTrainer(vocab_size=len(specials) + 150, special_tokens=specials, limit_alphabet=60, show_progress=False))
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", t.token_to_id("<s>"))])
    return t


def gpt1():
    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>", fuse_unk=False))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(TEXTS[:4], trainers.BpeTrainer(vocab_size=200, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False))
    t.decoder = decoders.BPEDecoder()
    return t


def prefixed_bpe():
    t = Tokenizer(models.BPE(continuing_subword_prefix="##"))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip(), normalizers.Nmt()])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation("merged_with_previous")])
    t.train_from_iterator(TEXTS[:4], trainers.BpeTrainer(vocab_size=200, continuing_subword_prefix="##", show_progress=False))
    return t


def word_level(normalizer, pre_tokenizer):
    t = Tokenizer(models.WordLevel(unk_token="<unk>"))
    t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizer
    t.train_from_iterator(TEXTS[:9], trainers.WordLevelTrainer(vocab_size=120, special_tokens=["<unk>", "<pad>"], show_progress=False))
    return t


def unigram(scheme="always", split=True, fallback=False, normalizer=None):
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    specials = ["<unk>", "<s>", "</s>"]
    t.train_from_iterator(ENGLISH[:6] * 3, trainers.UnigramTrainer(vocab_size=250, special_tokens=specials, unk_token="<unk>", show_progress=False))
    if fallback:
        model = json.loads(t.to_str())["model"]
        # Other alphabets are left out, so that bytes are needed.
        vocabulary = [(token, score) for token, score in model["vocab"] if all(ord(c) < 0x180 or c == "▁" for c in token)]
        t.model = models.Unigram(vocabulary[:3] + [(f"<0x{b:02X}>", -20.0) for b in range(256)] + vocabulary[3:], unk_id=0, byte_fallback=True)
        t.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme=scheme)])
    else:
        t.decoder = decoders.Metaspace(prepend_scheme=scheme)
        t.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", t.token_to_id("</s>"))])
    return t


def build():
    n, p = normalizers, pre_tokenizers
    return {
        "bert-uncased": bert(),
        "bert-cased": bert(lowercase=False, template=False, size=220),
        "bert-accents": bert(strip_accents=False, size=220),
        "gpt2": byte_level(),
        "gpt2-prefix": byte_level(prefix=True, size=300),
        "roberta": byte_level(prefix=True, roberta=True, size=300),
        "llama3": byte_level(LLAMA3, ignore_merges=True),
        "qwen2": byte_level(QWEN, trim=False, normalizer=n.NFC(), size=330),
        "o200k": byte_level(O200K, size=300),
        "llama2": llama2(),
        "bpe-unk": llama2(fuse=False, fallback=False),
        "bpe-fuse": llama2(fallback=False),
        "gpt1": gpt1(),
        "bpe-prefix": prefixed_bpe(),
        "words-whitespace": word_level(n.Sequence([n.NFD(), n.StripAccents(), n.Lowercase()]), p.Whitespace()),
        "words-contiguous": word_level(n.NFKD(), p.Sequence([p.Split(" ", "removed"), p.Digits(), p.Punctuation("contiguous")])),
        "words-next": word_level(n.NFC(), p.Split(Regex(r"[,.!?\s]"), "merged_with_next")),
        "words-invert": word_level(n.Lowercase(), p.Split(Regex(r"\w+"), "removed", invert=True)),
        "words-delimiter": word_level(n.Sequence([n.Replace(Regex(r"\s+"), " "), n.Replace("ab", "xyz"), n.Strip(left=True, right=False)]), p.CharDelimiterSplit(" ")),
        "words-plain": word_level(None, None),
        "unigram": unigram(),
        "unigram-first": unigram("first", normalizer=n.NFKC()),
        "unigram-never": unigram("never", split=False),
        "unigram-bytes": unigram(fallback=True),
    }


WORDS = ["Hello", "world", "Hello,", "world!", "it's", "IT'S", "don't", "we'll", "I'VE", "naïve", "Swift", "Swiftly", "[MASK]", "[CLS]", "[SEP]", "<s>", "</s>", "<mask>", "<|endoftext|>",
         "<|im_start|>", "<|im_end|>", "<tool>", "café", "cafe\u0301", "CAFÉ", "<unk>", "<pad>", "Ünïcödé", "e\u0301\u0323", "a\u0315\u0300\u05ae\u0301b", "\u1e9b\u0323", "ﬁ", "①", "½", "²", "K", "Å", "Å", "İ", "ſ", "'ſ", "ß", "Σ",
         "ΟΔΟΣ", "你好", "世界", "こんにちは", "カ\u3099", "ガ", "한국어", "각", "안녕", "สวัสดี", "नमस्ते", "مرحبا", "שלום", "🎉", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷", "👍🏽", "\U0001F9D1\u200D\U0001F680",
         "\x00", "\x01", "\x1f", "\x7f", "\x85", "\u200b", "\u200d", "\u200e", "\ufeff", "\ufffd", "\u2028", "\u3000", "\u00a0", "\u00ad", "\ue000", "\U000E0001", "\U0010FFFF", "\n", "\n\n", "\r\n", "\r", "\t",
         "\v", "\f", " ", "  ", "   ", "▁", "▁▁", "Ġ", "Ċ", "...", "--", "—", "…", "“q”", "‘q’", "$5", "€10", "100%", "a+b=c", "#tag", "@user", "x_y", "1234567", "3.14", "٣٤", "１２３", "Ⅷ", "12ab", "ab12", "abab",
         "http://example.com/a?b=c&d=e", "ProperCamelCase", "ALLCAPS", "snake_case_name", "<br />", "\\n", "\"", "'", "''", "`", "~", "^", "|", "<0x41>", "##ing", "ing</w>", "\u0300", "\u0301\u0301", "\U0001D15E",
         "\uf900", "\U0002F800", "㎏", "ｱｲｳ", "ﷺ", "tokenization", "antidisestablishmentarianism", "zzzzzzzzzz"]

FIXED = ["", " ", "  ", "\n", "a", "é", "e\u0301", "Hello world", " Hello  world ", "Hello, y'all! How are you 😁 ?", "I can't believe it's 1999, they'll've gone.", "line one\r\nline two\r\n\r\n  line three\n",
         "[CLS] not really [SEP] but [MASK] is  [MASK] here[MASK]", "a <mask> b<mask>c", "<|endoftext|>text<|im_start|>user\nhi<|im_end|>", "<tool>   x <tool>y", "Swift and Swiftly and xSwift Swift", "naïve NAÏVE naive",
         "x" * 99, "x" * 100, "x" * 101, "y" * 300, "é" * 100, "é" * 101, "word " * 60, "1234567890" * 5, "日本語のテキストを分割する", "ÀÉÎÕÜ àéîõü ÿŸ", "\u0300abc", "a\u0300\u0301\u0302b", "tab\tand\x0bvt\x0cff", "\x00\x01\x02",
         "  leading", "trailing  ", "a  b   c    d", "\u00a0nbsp\u00a0", "\u2003em\u2003space", "👨‍👩‍👧‍👦 family 🇩🇪🇫🇷", "Ｆｕｌｌｗｉｄｔｈ ﬁne ①②③", "한국어 각각", "ẞßſ K Å", "12,345.67 + 89 = ½", "don't DON'T Don’t", "▁meta▁space▁", "Ġbyte Ċlevel",
         "<0x41><0xE4>", "##ing ##", "a</w>", "<unk>", "<s>text</s>", "..., ,,. !!", "C++ & C# /* */ //", "\"quoted\" 'single'", "mixed日本and한국and中文", "ab abab aab abb", "İstanbul ΟΔΥΣΣΕΥΣ", "  \n  \n  x", "a\n\nb\r\rc", "if x:\n    y\n"]


def random_text(rng):
    kind = rng.random()
    if kind < 0.5:
        return rng.choice(["", " "]).join(rng.choice(WORDS) for _ in range(rng.randint(0, 12)))
    if kind < 0.7:
        return "".join(rng.choice(WORDS) + rng.choice(["", " ", "  ", "\n", "-"]) for _ in range(rng.randint(0, 20)))
    if kind < 0.85:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEF 0123456789 .,!?'\"-\n\t") for _ in range(rng.randint(0, 80)))
    if kind < 0.95:
        ranges = [(0x20, 0x7F), (0x80, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE80), (0x1100, 0x1200), (0x1E00, 0x2100), (0x2100, 0x2C00), (0x3000, 0x3100), (0x4E00, 0x4F00), (0xAC00, 0xAD00),
                  (0xF900, 0xFB50), (0xFE00, 0x10000), (0x1F300, 0x1F700)]
        text = []
        for _ in range(rng.randint(1, 30)):
            low, high = rng.choice(ranges)
            text.append(chr(rng.randrange(low, high)))
        return "".join(text)
    text = []
    while len(text) < rng.randint(1, 12):
        code = rng.randrange(0x110000)
        if not 0xD800 <= code < 0xE000:
            text.append(chr(code))
    return "".join(text)


def record(encoding):
    return {"ids": encoding.ids, "tokens": encoding.tokens, "type_ids": encoding.type_ids, "attention_mask": encoding.attention_mask, "special_tokens_mask": encoding.special_tokens_mask,
            "offsets": [list(o) for o in encoding.offsets], "words": [-1 if w is None else w for w in encoding.word_ids], "overflowing": [record(o) for o in encoding.overflowing]}


def expected(t, request):
    t.no_truncation()
    t.no_padding()
    if request.get("trunc"):
        t.enable_truncation(**request["trunc"])
    if request.get("pad"):
        t.enable_padding(**request["pad"])
    encoding = t.encode(request["text"], request.get("pair"), add_special_tokens=request["special"])
    result = record(encoding)
    result["decoded"] = t.decode(encoding.ids, skip_special_tokens=False)
    result["decoded_skip"] = t.decode(encoding.ids)
    return result


def random_request(rng, name):
    request = {"tokenizer": name, "text": random_text(rng), "special": rng.random() < 0.8}
    if rng.random() < 0.25:
        request["pair"] = random_text(rng)
    if rng.random() < 0.2:
        request["trunc"] = {"max_length": rng.randint(5, 20), "stride": rng.randint(0, 1), "strategy": "longest_first" if rng.random() < 0.7 else "only_first", "direction": rng.choice(["left", "right"])}
    if rng.random() < 0.2:
        request["pad"] = {"direction": rng.choice(["left", "right"]), "pad_id": rng.randint(0, 3), "pad_type_id": rng.randint(0, 1), "pad_token": rng.choice(["[PAD]", "<pad>"]),
                          "length": rng.choice([None, 10, 30]), "pad_to_multiple_of": rng.choice([None, 8])}
    return request


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", nargs=2, metavar=("N", "PROGRAM"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    if arguments.random:
        compare(int(arguments.random[0]), arguments.random[1], arguments.seed, arguments.only)
        return
    tokenizers = build()
    for name, t in tokenizers.items():
        (HERE / f"{name}.json").write_text(t.to_str(pretty=False))
    rng = random.Random(7)
    lines = []
    for place, text in enumerate(FIXED):
        for offset, name in enumerate(tokenizers):
            # A few tokenizers for each text, every tokenizer for the first ones.
            if place < 12 or (place + offset) % 5 == 0:
                lines.append({"tokenizer": name, "text": text, "special": True})
    for name in tokenizers:
        lines += [random_request(rng, name) for _ in range(12)]
    with gzip.GzipFile(HERE / "expected.jsonl.gz", "wb", mtime=0) as file:
        for request in lines:
            t = tokenizers[request["tokenizer"]]
            try:
                request["expected"] = expected(t, request)
            except BaseException as error:
                request["error"] = str(error)
            file.write((json.dumps(request, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    print(len(lines), "cases")


def compare(count, program, seed, only):
    names = sorted(p.stem for p in HERE.glob("*.json"))
    rng = random.Random(seed)
    requests = [random_request(rng, name) for name in names for _ in range(count) if only in (None, name)]
    inputs = "".join(json.dumps({**r, "tokenizer": str(HERE / (r["tokenizer"] + ".json"))}) + "\n" for r in requests)
    output = subprocess.run(program.split(), input=inputs.encode(), stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
    tokenizers = {name: Tokenizer.from_file(str(HERE / f"{name}.json")) for name in names}
    differing, shown, errors = {}, 0, 0
    for request, line in zip(requests, output):
        own = json.loads(line)
        try:
            want = expected(tokenizers[request["tokenizer"]], request)
        except BaseException as error:
            errors += 1
            if "error" not in own and shown < 12:
                shown += 1
                print("PYTHON FAILED", request, error)
            continue
        if own != want:
            name = request["tokenizer"]
            differing[name] = differing.get(name, 0) + 1
            if differing[name] <= 2 and shown < 30:
                shown += 1
                print(json.dumps(request))
                for key in want:
                    if own.get(key) != want[key]:
                        print("   ", key, "\n      want", want[key], "\n      have", own.get(key, own.get("error")))
                        if "error" in own:
                            break
    print(len(requests), "texts,", sum(differing.values()), "differ,", errors, "refused by the library:", differing)


main()
