"""Small tools that know nothing of the hub: time, ids, money, JSON."""
