"""Finds out which characters the pre-tokenizer UnicodeScripts of the library `tokenizers` keeps together, and prints
the table:

python Scripts/script-table.py > Sources/TorchText/Tokenizers/Steps/ScriptTable.swift
"""

from tokenizers import pre_tokenizers

STEP = pre_tokenizers.UnicodeScripts()


def together(a, b):
    return len(STEP.pre_tokenize_str(a + b)) == 1


def ranges():
    """Returns (first character, script) of each run of characters of one script. Script 0 means characters that combine
    with any other."""
    known, found, script = [], [], None
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        if together("a", character) and together("я", character):
            own = 0
        elif script and together(known[script - 1], character):
            own = script
        else:
            own = next((i for i, other in enumerate(known, 1) if together(other, character)), len(known) + 1)
            if own > len(known):
                known.append(character)
        if own != script:
            found.append((code, own))
        script = own
    return found


def main():
    numbers = [f"0x{first << 8 | script:x}," for first, script in ranges()]
    lines = [" ".join(numbers[i : i + 10]) for i in range(0, len(numbers), 10)]
    print("// Printed by Scripts/script-table.py.\n")
    print("extension UnicodeScript {")
    print(
        "    /// Where runs of characters of one script begin: the first character times 256, plus the script's number."
    )
    print("    static let table: [UInt32] = [")
    for line in lines:
        print("        " + line)
    print("    ]\n}")


if __name__ == "__main__":
    main()
