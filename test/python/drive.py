"""OpenAI's own Python package drives the simulator, through every protocol, as it would drive OpenAI: no special case.

    python drive.py BASE_URL API_KEY

Prints one line for each part that went well; the first surprise ends it with a traceback and exit code 1.
"""

import json
import sys
import warnings

from openai import AuthenticationError, BadRequestError, NotFoundError, OpenAI

# OpenAI has switched its Assistants endpoints off, and says so; servers that still speak the protocol are what this is for.
warnings.filterwarnings("ignore", category=DeprecationWarning)

base_url, api_key = sys.argv[1:3]
client = OpenAI(base_url=base_url, api_key=api_key, max_retries=0)

WISH = "Please refund order A-1042, it arrived broken"
OUTPUT = "Refunded 42.00 EUR for order A-1042."
REPLY = f"Order A-1042 has been refunded: {OUTPUT}"
PARAMETERS = {
    "type": "object",
    "properties": {
        "orderId": {"type": "string"},
        "amountCents": {"type": "integer"},
        "reason": {"type": "string"},
    },
    "required": ["orderId", "amountCents", "reason"],
    "additionalProperties": False,
}
FUNCTION = {"name": "refund_order", "description": "Pay an order back.", "parameters": PARAMETERS}
ARGUMENTS = {"orderId": "A-1042", "amountCents": 4200, "reason": "it arrived broken"}


def same(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def refused(kind, call, message=None):
    """The error class a caller would catch, and what it says."""
    try:
        call()
    except kind as error:
        if message is not None:
            same(error.body["message"], message)
        return error
    raise AssertionError(f"no {kind.__name__}")


def assistants():
    beta = client.beta
    created = beta.assistants.create(
        name="desk",
        model="gpt-5",
        instructions="Help.",
        tools=[{"type": "function", "function": FUNCTION}],
        metadata={"key": "desk-1"},
    )
    same([one.id for one in beta.assistants.list(limit=10) if one.metadata == {"key": "desk-1"}], [created.id])

    thread = beta.threads.create(metadata={"desk": "refunds"})
    beta.threads.messages.create(thread.id, role="user", content=WISH)
    run = beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=created.id, poll_interval_ms=20)
    same(run.status, "requires_action")
    [call] = run.required_action.submit_tool_outputs.tool_calls
    same((call.function.name, json.loads(call.function.arguments)), ("refund_order", ARGUMENTS))

    run = beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=thread.id,
        tool_outputs=[{"tool_call_id": call.id, "output": OUTPUT}],
        poll_interval_ms=20,
    )
    same(run.status, "completed")
    newest = beta.threads.messages.list(thread.id, limit=1).data[0]
    same((newest.role, newest.run_id, newest.content[0].text.value), ("assistant", run.id, REPLY))

    refused(
        BadRequestError,
        lambda: beta.threads.runs.submit_tool_outputs(
            run.id, thread_id=thread.id, tool_outputs=[{"tool_call_id": call.id, "output": OUTPUT}]
        ),
        'Runs in status "completed" do not accept tool outputs.',
    )
    refused(
        NotFoundError,
        lambda: beta.threads.runs.retrieve("run_none", thread_id=thread.id),
        "No run found with id 'run_none'.",
    )


def responses():
    tools = [{"type": "function", "strict": True, **FUNCTION}]
    conversation = client.conversations.create(metadata={"desk": "refunds"})
    shared = {"model": "gpt-5", "tools": tools, "conversation": conversation.id, "background": True, "store": True}

    asked = settled(client.responses.create(input=WISH, **shared))
    [call] = [item for item in asked.output if item.type == "function_call"]
    same((call.name, json.loads(call.arguments)), ("refund_order", ARGUMENTS))

    output = {"type": "function_call_output", "call_id": call.call_id, "output": OUTPUT}
    done = settled(client.responses.create(input=[output], **shared))
    same(done.output_text, REPLY)

    items = list(client.conversations.items.list(conversation.id, order="asc"))
    same([item.type for item in items], ["message", "function_call", "function_call_output", "message"])

    refused(
        NotFoundError,
        lambda: client.responses.retrieve("resp_none"),
        "Response with id 'resp_none' not found.",
    )
    refused(
        BadRequestError,
        lambda: client.responses.create(model="gpt-5", input="Hello", previous_response_id="resp_none"),
        "Previous response with id 'resp_none' not found.",
    )


def settled(response):
    same(response.status, "queued")
    while response.status in ("queued", "in_progress"):
        response = client.responses.retrieve(response.id)
    same(response.status, "completed")
    return response


def chat():
    messages = [{"role": "user", "content": WISH}]
    shared = {"model": "gpt-5", "tools": [{"type": "function", "function": {**FUNCTION, "strict": True}}]}
    first = client.chat.completions.create(messages=messages, **shared).choices[0]
    same(first.finish_reason, "tool_calls")
    [call] = first.message.tool_calls
    same((call.function.name, json.loads(call.function.arguments)), ("refund_order", ARGUMENTS))

    messages.append(first.message)
    messages.append({"role": "tool", "tool_call_id": call.id, "content": OUTPUT})
    last = client.chat.completions.create(messages=messages, **shared).choices[0]
    same((last.finish_reason, last.message.content), ("stop", REPLY))

    chunks = list(client.chat.completions.create(messages=messages, stream=True, **shared))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    same(said, REPLY)

    error = refused(
        BadRequestError, lambda: client.chat.completions.create(messages=messages[:2], **shared)
    )
    assert call.id in error.body["message"], error.body


def wrong_key():
    stranger = OpenAI(base_url=base_url, api_key="sk-wrong", max_retries=0)
    error = refused(AuthenticationError, lambda: list(stranger.beta.assistants.list()))
    same((error.status_code, error.code), (401, "invalid_api_key"))


for part in (assistants, responses, chat, wrong_key):
    part()
    print(part.__name__, flush=True)
