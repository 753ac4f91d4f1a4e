"""Code with its colours, and formulas as readable text.

Colours are classes, five kinds of them: a mail client's limit is bytes, and dark mode changes them in one place.
"""

import functools
import re
from typing import Any

from digest.patterns import pattern

_LONGEST = 20_000  # characters of code that are coloured; a lexer's time on longer ones is not worth it
_LANGUAGE = pattern(r"language-(\S+)")
# What is not listed has the text's own colour.
_KINDS = (
    ("Token.Comment", "hc"),
    ("Token.Keyword", "hk"),
    ("Token.Operator.Word", "hk"),
    ("Token.Literal.String", "hs"),
    ("Token.Literal.Number", "hn"),
    ("Token.Literal.Date", "hn"),
    ("Token.Name.Function", "hf"),
    ("Token.Name.Class", "hf"),
    ("Token.Name.Tag", "hk"),
    ("Token.Name.Attribute", "hf"),
    ("Token.Name.Builtin", "hf"),
    ("Token.Name.Decorator", "hf"),
    ("Token.Generic.Deleted", "hk"),
    ("Token.Generic.Inserted", "hs"),
    ("Token.Generic.Heading", "hf"),
    ("Token.Generic.Subheading", "hf"),
)


def highlight(pre: Any) -> None:
    """Colour the code of a `<pre><code class="language-…">` in place; one of no known language stays as it is."""
    pre.set("dir", "ltr")
    code = pre.find("code")
    if code is None:
        return
    found = _LANGUAGE.fullmatch(code.attrib.pop("class", ""))
    source = "".join(code.itertext())
    lexer = _lexer(found[1].lower()) if found else None
    if lexer is None or len(source) > _LONGEST or len(code):
        return
    code.text = ""
    last = None
    for kind, text in _merged(lexer, source):
        if kind:
            last = code.makeelement("span", {"class": kind})
            last.text = text
            code.append(last)
        elif last is None:
            code.text += text
        else:
            last.tail = (last.tail or "") + text


def _merged(lexer: Any, source: str) -> list[tuple[str, str]]:
    """Return runs of text of one kind."""
    runs: list[tuple[str, str]] = []
    for token, text in lexer.get_tokens(source):
        kind = _kind(token) if text.strip() else runs[-1][0] if runs else ""
        if runs and runs[-1][0] == kind:
            runs[-1] = (kind, runs[-1][1] + text)
        else:
            runs.append((kind, text))
    return runs


@functools.lru_cache(maxsize=512)
def _kind(token: Any) -> str:
    name = str(token)
    return next((kind for prefix, kind in _KINDS if name == prefix or name.startswith(f"{prefix}.")), "")


@functools.lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    from pygments.lexers._mapping import LEXERS

    return {alias: name for name, (_, _, aliases, _, _) in LEXERS.items() for alias in aliases}


@functools.lru_cache(maxsize=128)
def _lexer(language: str) -> Any:
    """Return a lexer that pygments ships (never one of another package: builds are the same everywhere), or None."""
    import pygments.lexers

    name = _aliases().get(language)
    if name is None or language in ("text", "output"):
        return None
    return getattr(pygments.lexers, name)(stripnl=False, ensurenl=False)


_SIGNS = dict(
    re.findall(
        r"(\w+) (\S)",
        "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν "
        "xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ "
        "Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω sum ∑ prod ∏ int ∫ oint ∮ partial ∂ nabla ∇ infty ∞ cdot · times × "
        "div ÷ pm ± mp ∓ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ propto ∝ in ∈ notin ∉ subset ⊂ "
        "subseteq ⊆ cup ∪ cap ∩ emptyset ∅ forall ∀ exists ∃ neg ¬ land ∧ lor ∨ to → rightarrow → leftarrow ← "
        "Rightarrow ⇒ Leftarrow ⇐ mapsto ↦ iff ⇔ ldots … dots … cdots ⋯ langle ⟨ rangle ⟩ ell ℓ hbar ℏ circ ∘ "
        "bullet • star ⋆ prime ′ perp ⊥ parallel ∥",
    )
)
_RAISED = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_FRACTION = pattern(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = pattern(r"\\sqrt\s*\{([^{}]*)\}")
_FONT = pattern(r"\\(?:math(?:rm|bf|it|cal|bb|sf)|text(?:bf|it)?|operatorname|vec|hat|bar)\*?\s*\{([^{}]*)\}")
_SCRIPT = pattern(r"([\^_])(?:\{([^{}]*)\}|(\\?\w|[+*-]))")
_COMMAND = pattern(r"\\([a-zA-Z]+)")
_ESCAPE = pattern(r"\\([^a-zA-Z])")
_SPACING = pattern(r"\\(?:[,;:! ]|(?:quad|qquad|left|right|displaystyle|limits|big|Big|bigl|bigr)(?![a-zA-Z]))")


def formula(code: Any) -> None:
    """Turn a formula, a `<code>` with TeX in it, into readable text in place."""
    code.tag = "em"
    code.set("class", "formula")
    code.text = readable("".join(code.itertext()))
    for child in list(code):
        code.remove(child)


def readable(tex: str) -> str:
    """Return TeX as a person types without it: `a^2 \\le \\frac{b}{2}` as `a² ≤ b/2`; what has no sign stays a name."""
    text = _SPACING.sub(" ", tex)
    for _ in range(4):  # from the inside out
        text, count = _FONT.subn(r"\1", text)
        text, fractions = _FRACTION.subn(lambda m: f"{_grouped(m[1])}/{_grouped(m[2])}", text)
        text, roots = _ROOT.subn(lambda m: f"√{_grouped(m[1])}", text)
        text, scripts = _SCRIPT.subn(_script, text)
        if not count + fractions + roots + scripts:
            break
    text = _COMMAND.sub(lambda m: str(_SIGNS.get(m[1], m[1])), text)
    text = _ESCAPE.sub(r"\1", text).replace("{", "").replace("}", "").replace("\ue000", "^").replace("\ue001", "_")
    return " ".join(text.split())


def _grouped(text: str) -> str:
    return text if len(text.strip()) <= 1 or text.strip().isalnum() else f"({text.strip()})"


def _script(match: re.Match[str]) -> str:
    table = _RAISED if match[1] == "^" else _LOWERED
    inner = (match[2] if match[2] is not None else match[3]).strip()
    if inner and all(character in table for character in inner):
        return "".join(map(table.__getitem__, inner))
    return ("\ue000" if match[1] == "^" else "\ue001") + (inner if len(inner) == 1 else f"({inner})")
