"""The command itself. What it plays is imported when it is called: that needs the extra *demo*."""

import signal
import sys
from types import FrameType

import click


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to serve on; another if it is taken.",
)
@click.option(
    "--weeks",
    type=click.IntRange(0, 52),
    default=8,
    show_default=True,
    help="How long a past of invented orders, tickets and sales the tenants get.",
)
@click.pass_context
def demo(context: click.Context, port: int, weeks: int) -> None:
    """Set up a fresh hub under var/demo with some weeks of business behind it, send samples over HTTP,
    show what became of them and what they set off; e-mail and webhooks are caught on this machine.

    The server is left running until Ctrl-C; HUB_DEMO_EXIT=1 ends it after the tables. The status is 1
    if anything did not end as the plugins promise.
    """
    try:
        from hub.cli.demo.playing import play
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        raise click.ClickException(
            f"the demonstration needs {missing}: pip install 'integration-hub[demo]'"
        ) from None
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    sys.exit(0 if play(context.find_root().command, port, weeks) else 1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Stop, and with it everything that was started."""
    raise KeyboardInterrupt
