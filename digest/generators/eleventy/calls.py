"""Calls in an Eleventy configuration, found by their text: methods of `eleventyConfig` with literal arguments."""

from digest.generators.javascript_tokens import unescaped


def argument(text: str, function: str, place: int = 0, first: str = "") -> str:
    """Return the text that a call in a program has for an argument; empty when there is none that is a literal.

    `first` is the first argument of the call that is meant.
    """
    for part in text.split(f"{function}(")[1:]:
        arguments = literals(part)
        if not first or arguments[:1] == [first]:
            return arguments[place] if place < len(arguments) else ""
    return ""


def literals(text: str) -> list[str]:
    """Return the quoted texts with commas between them at the beginning of `text`."""
    found = []
    rest = text.lstrip()
    while rest[:1] in ("'", '"', "`"):
        literal, _, rest = rest[1:].partition(rest[0])
        found.append(unescaped(literal))
        rest = rest.lstrip()
        if not rest.startswith(","):
            break
        rest = rest[1:].lstrip()
    return found


def defines(text: str, function: str, name: str) -> bool:
    """Return whether a program calls a function whose name ends in `function` with `name` as its first argument."""
    return any(literals(part)[:1] == [name] for part in text.split(f"{function}(")[1:])


def data_suffixes(config_text: str) -> tuple[str, ...]:
    """Return the suffixes of the data files in YAML and TOML that the configuration adds."""
    calls = [literals(part)[:1] for part in config_text.split("addDataExtension(")[1:]]
    names = [name.strip() for call in calls for name in ",".join(call).split(",")]
    return tuple(f".{name}" for name in names if name in ("yaml", "yml", "toml"))
