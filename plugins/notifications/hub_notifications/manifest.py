"""What the notifications plugin says about itself."""

import hub
from hub.records import push
from hub_notifications import pushing
from hub_notifications.settings import Settings

SECOND, MINUTE, HOUR = 1, 60, 3600

WEBHOOK = hub.Channel(
    name="webhook",
    # The example schedule of Standard Webhooks: three days in all.
    schedule=(
        0,
        5 * SECOND,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
    ),
)

EMAIL = hub.Channel(
    name="email", schedule=(0, 1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 24 * HOUR)
)

# As long as the push service would have kept it.
PUSH = hub.Channel(name=push.CHANNEL, schedule=(0, 30 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR))

manifest = hub.Manifest(
    slug="notifications",
    title={"de": "Benachrichtigungen", "en": "Notifications"},
    description={
        "de": "Meldet dem Team neue Vorgänge im Hub, per E-Mail und als Push-Nachricht, und anderen Systemen "
        "per Webhook.",
        "en": "Tells the team what happened, in the hub, by e-mail and as push messages, and other systems "
        "by webhook.",
    },
    kinds=("effect", "channel"),
    settings=Settings,
    channels=(WEBHOOK, EMAIL, PUSH) if pushing.INSTALLED else (WEBHOOK, EMAIL),
    pages="hub_notifications.pages",
    api="hub_notifications.resources",
)
