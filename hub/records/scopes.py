"""What an access key may be allowed."""

READ_RECORDS, READ_EVENTS, READ_PAYLOADS = "read:records", "read:events", "read:payloads"
REPLAY_EVENTS = "replay:events"
READ_CONNECTIONS, WRITE_CONNECTIONS = "read:connections", "write:connections"
READ_ENDPOINTS, WRITE_ENDPOINTS = "read:endpoints", "write:endpoints"

SCOPES = {
    READ_RECORDS: "Customers, orders, tickets, invoices, payments and transactions, and their exports.",
    READ_EVENTS: "What came in and what became of it, without its contents.",
    READ_PAYLOADS: "The bodies of what came in, with what is personal in them masked.",
    REPLAY_EVENTS: "Process what came in again.",
    READ_CONNECTIONS: "The connections and their settings, never their secrets.",
    WRITE_CONNECTIONS: "Make, change, pause and resume connections.",
    READ_ENDPOINTS: "The addresses that outgoing webhooks go to, and their deliveries.",
    WRITE_ENDPOINTS: "Make, change and remove such addresses, and send again.",
}
"""Each scope, and what it opens."""
