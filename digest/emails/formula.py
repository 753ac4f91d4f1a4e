"""Formulas as readable text."""

import re
from typing import Any

from digest.emails import tree

_NAMED_SIGNS = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ "
    "pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π "
    "Sigma Σ Phi Φ Psi Ψ Omega Ω sum ∑ prod ∏ int ∫ oint ∮ partial ∂ nabla ∇ infty ∞ cdot · times × div ÷ pm ± mp ∓ "
    "le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ propto ∝ in ∈ notin ∉ subset ⊂ subseteq ⊆ cup ∪ cap ∩ "
    "emptyset ∅ forall ∀ exists ∃ neg ¬ land ∧ lor ∨ to → rightarrow → leftarrow ← Rightarrow ⇒ Leftarrow ⇐ mapsto ↦ "
    "iff ⇔ ldots … dots … cdots ⋯ langle ⟨ rangle ⟩ ell ℓ hbar ℏ circ ∘ bullet • star ⋆ prime ′ perp ⊥ parallel ∥"
)
_WORDS = _NAMED_SIGNS.split()
_SIGNS = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
SUPERSCRIPT = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
SUBSCRIPT = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SCRIPTS = {"^": SUPERSCRIPT, "_": SUBSCRIPT}
_SPACE = re.compile(r"\\(?:[,;:! ]|(?:quad|qquad|left|right|displaystyle|limits|big|Big|bigl|bigr)(?![a-zA-Z]))")
_FONT = re.compile(r"\\(?:math(?:rm|bf|it|cal|bb|sf)|text(?:bf|it)?|operatorname|vec|hat|bar)\*?\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|(\\[a-zA-Z]+|\w|[+*-]))")
_COMMAND_OR_BRACE = re.compile(r"\\(?:([a-zA-Z]+)|([^a-zA-Z]))|[{}]")
_DEEPEST = 4  # nesting of groups


def write_formula(code: Any) -> None:
    """Turn a formula, a `<code>` with TeX in it, into readable text in place."""
    text = readable(tree.text_of(code))
    code.clear(keep_tail=True)
    code.tag = "em"
    code.set("class", "formula")
    code.text = text


def readable(tex: str) -> str:
    """Return TeX as plain text: `a^2 \\le \\frac{b}{2}` as `a² ≤ b/2`; unknown commands become their names."""
    text = _SPACE.sub(" ", tex)
    for _ in range(_DEEPEST):  # from the inside out
        text = _FONT.sub(r"\1", text)
        text = _FRACTION.sub(lambda match: f"{_grouped(match[1])}/{_grouped(match[2])}", text)
        text = _ROOT.sub(lambda match: f"√{_grouped(match[1])}", text)
        text = _SCRIPT.sub(_script, text)
    text = _COMMAND_OR_BRACE.sub(_sign, text)
    return " ".join(text.split())


def _sign(match: re.Match[str]) -> str:
    """Return the text of a command or an escaped sign; nothing for a brace that only groups."""
    name, escaped = match.groups(default="")
    return _SIGNS.get(name, name or escaped)


def _grouped(text: str) -> str:
    inner = text.strip()
    return text if len(inner) <= 1 or inner.isalnum() else f"({inner})"


def _script(match: re.Match[str]) -> str:
    sign, table = match[1], _SCRIPTS[match[1]]
    inner = (match[3] if match[2] is None else match[2]).strip()
    if inner and all(ord(character) in table for character in inner):
        return inner.translate(table)
    return f"{sign}{inner}" if len(inner) == 1 else f"{sign}({inner})"
