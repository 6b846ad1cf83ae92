"""What is said of a dump that isn't taken."""


class DumpRefused(Exception):
    """The dump is not taken, for the reason in one sentence."""


def shown(text):
    """Text of others as it can stand in a sentence: printable, on one line and not long."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    clean = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return clean if len(clean) <= 80 else clean[:77] + "..."
