"""The command `doctor`: what is missing before a first send."""

import sys
from collections.abc import Sequence

import click

from digest.cli.terminal import Run, command, show
from digest.config import Config
from digest.problems import did_you_mean

SEVERITIES = {"error": "error", "warning": "warning", "unknown": "warning"}


@click.command()
@click.option("--via", default="", metavar="NAME", help="The sender, a table [senders.NAME] (default: send_via).")
@click.option("--digest", "name", default="", metavar="NAME", help="The digest (default: every one).")
@click.option("--selector", "selectors", multiple=True, metavar="NAME", help="The selector of a DKIM key.")
@click.option("--nameserver", default="", metavar="ADDRESS", help="A DNS server (default: the system's).")
@command
def doctor(run: Run, *, via: str, name: str, selectors: Sequence[str], nameserver: str) -> None:
    """Find what keeps letters from arriving.

    Looks at the sender's domain (SPF, DKIM, DMARC), at what Gmail, Yahoo and Outlook.com demand of those who send many,
    at the service and its key, and at the unsubscribe page. Sends nothing. Ends with 1 when something is wrong.

    \b
    Examples:
      digest doctor
      digest doctor --via mail --selector s1
    """
    from digest.doctor import Lookup, examine

    config = run.config()
    lookup = Lookup(nameserver)
    found = []
    for digest in _digests(config, name):
        sender = via or config.digests[digest].send_via
        for finding in examine(config, digest, sender, lookup, selectors):
            found.append({"digest": digest, "about": finding.about, "verdict": finding.verdict,
                          "message": finding.message, "advice": finding.advice})  # fmt: skip
            if not run.as_json:
                _print(run, finding.verdict, f"{finding}")
    if run.as_json:
        run.give(found)
    if any(finding["verdict"] == "error" for finding in found):
        sys.exit(1)


def _print(run: Run, verdict: str, text: str) -> None:
    """Print a finding; what is as it should be only without `--quiet`."""
    if verdict == "ok":
        run.say(text)
    else:
        for line in text.split("\n"):
            show(line, SEVERITIES[verdict])


def _digests(config: Config, name: str) -> list[str]:
    if not name:
        return list(config.digests)
    if name not in config.digests:
        known = did_you_mean(name, config.digests) or "known: " + ", ".join(config.digests)
        raise click.UsageError(f'there is no digest "{name}"; {known}')
    return [name]
