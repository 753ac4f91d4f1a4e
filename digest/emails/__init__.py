"""An edition as a letter: cards, layout, inlined CSS, text part, MIME message, providers."""
