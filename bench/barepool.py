"""``python -m bench.barepool``: the yardstick of sending. Threads, each with a ``requests.Session``, post
the body on standard input so often to a port of this machine, each time under another id. No database, no
signature, no retries, no limit of time, no guard. Prints the CPU seconds of the posting.
"""

import argparse
import queue
import sys
import threading
import time
import uuid

import requests


def main() -> None:
    """Post, and end."""
    parser = argparse.ArgumentParser(prog="python -m bench.barepool", description=__doc__)
    for name in ("port", "count", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    body = sys.stdin.buffer.read()
    ids: queue.SimpleQueue[str] = queue.SimpleQueue()
    for _ in range(options.count):
        ids.put(str(uuid.uuid4()))
    started = time.process_time()
    _post_all(f"http://127.0.0.1:{options.port}/", body, ids, options.threads)
    print(time.process_time() - started)


def _post_all(url: str, body: bytes, ids: "queue.SimpleQueue[str]", threads: int) -> None:
    pool = [threading.Thread(target=_post, args=(url, body, ids)) for _ in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()


def _post(url: str, body: bytes, ids: "queue.SimpleQueue[str]") -> None:
    with requests.Session() as session:
        while True:
            try:
                name = ids.get_nowait()
            except queue.Empty:
                return
            headers = {"Content-Type": "application/json", "webhook-id": name}
            session.post(url, data=body, headers=headers, timeout=20).raise_for_status()


if __name__ == "__main__":
    main()
