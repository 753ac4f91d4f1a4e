"""Which posts go out when: the selection, the ledger, the editions that are due."""
