"""A nightly job that asks a person before it deletes accounts. Python's standard library only.

    python3 cleanup.py

DECISIONS_URL and DECISIONS_API_KEY say where people are asked; without them, what `dev` has written in this folder.
"""

import datetime
import json
import os
import sys
import time
import urllib.error
import urllib.request

INACTIVE = ["u-118", "u-204", "u-377"]


def main() -> int:
    answer = ask(
        # The same night is the same question: a job that is started twice asks once.
        key=f"cleanup-{datetime.date.today()}",
        action=f"Delete {len(INACTIVE)} accounts that nobody has used for two years",
        context={"accounts": INACTIVE},
    )
    # Nothing but "approved" is a yes: "modified" is a person's word to read, "expired" means that nobody answered.
    if answer["status"] != "approved":
        print(f"kept all accounts: {answer['status']}, {answer['response_notes'] or 'no notes'}")
        return 1
    for account in INACTIVE:
        print(f"deleted {account}")
    print(f"approved by {answer['resolved_by']}")
    return 0


# #region ask
def ask(key: str, action: str, context: dict) -> dict:
    """Asks, and waits for the answer however long it takes."""
    question = {"action": action, "context": context, "urgency": "medium", "timeout_minutes": 12 * 60}
    asked = request("/decisions", question, key)
    print(f"asked: {action} ({asked['id']})", flush=True)
    while True:
        answer = request(f"/decisions/{asked['id']}")
        if answer["status"] != "pending":
            return answer
        time.sleep(1)


# #endregion ask


def request(path: str, body: dict | None = None, key: str | None = None) -> dict:
    headers = {"authorization": f"Bearer {API_KEY}", "content-type": "application/json"}
    if key is not None:
        headers["idempotency-key"] = key
    data = None if body is None else json.dumps(body).encode()
    sent = urllib.request.Request(URL + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{path} answered {error.code}: {error.read().decode()}")
    except urllib.error.URLError as error:
        sys.exit(f"{URL} cannot be reached: {error.reason}. Is `dev` running?")


def settings() -> tuple[str, str]:
    url, key = os.environ.get("DECISIONS_URL"), os.environ.get("DECISIONS_API_KEY")
    if url and key:
        return url, key
    try:
        with open(".countersign/dev.json") as file:
            dev = json.load(file)
    except FileNotFoundError:
        sys.exit("Set DECISIONS_URL and DECISIONS_API_KEY, or start `dev` in this folder.")
    return dev["gateway"], dev["apiKey"]


URL, API_KEY = settings()

if __name__ == "__main__":
    sys.exit(main())
