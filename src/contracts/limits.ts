/**
 * How large each part of a turn may be. Everything a turn handles travels through Temporal, whose server refuses
 *
 *   - a payload (an activity's input or output, a signal, a memo, a result) of more than 2 MiB (`limit.blobSize.error`,
 *     `limit.memoSize.error`),
 *   - a gRPC message, and so all that one workflow task wants to do, of more than 4 MiB.
 *
 * What a workflow task cannot deliver it tries again for ever, and the turn hangs; an activity that cannot deliver its output
 * is run again, and its effect had twice. So each part has a limit of its own, checked where it comes in, and the sums stay well
 * below: one round is at most 64 calls with 600 kB of arguments and 1 MB of context, beside a memo of 1 MB of approvals.
 *
 * Bytes are those of the value as JSON in UTF-8 (size.ts), characters are JavaScript's (UTF-16 code units).
 */

/** A message: OpenAI's own limit of a message's content. */
export const MESSAGE_CHARACTERS = 256_000;
/** Three bytes for each of them and some room; only text full of control characters is refused for its bytes. */
export const MESSAGE_BYTES = 800_000;

/** The trusted context travels once more with every call. */
export const CONTEXT_BYTES = 16_000;

/** OpenAI's metadata holds 16 pairs; three of a run's are ours. */
export const METADATA_PAIRS = 13;
export const METADATA_KEY_CHARACTERS = 64;
export const METADATA_VALUE_CHARACTERS = 512;

/** Arguments of one call, the model's or those of an edit: they stand in the memo, and once more in the tool's activity. */
export const CALL_ARGUMENTS_BYTES = 300_000;
/** All calls of one `requires_action`. */
export const ROUND_ARGUMENTS_BYTES = 600_000;
export const ROUND_CALLS = 64;

/**
 * One tool's output. OpenAI publishes no limit of its own; a parked call's output becomes part of a message, which has
 * one (`MESSAGE_CHARACTERS`).
 */
export const OUTPUT_BYTES = 200_000;

/** All outputs of one `requires_action`: they are submitted together, by one activity. */
export const ROUND_OUTPUTS_BYTES = 1_000_000;
/** What a message to the model repeats of outputs: they have to fit beside our own words. */
export const TOLD_OUTPUTS_BYTES = 240_000;
/** What the model is told of arguments that a person changed. */
export const EDIT_SHOWN_BYTES = 16_000;

/** All approvals of a turn, as they stand in its memo and its result: so much for asking, and room for the decisions. */
export const ASKED_BYTES = 1_000_000;
export const APPROVALS_BYTES = 1_400_000;

/** What is asked for over HTTP: it stands in the memo, in the approval and, after an edit, in its decision. */
export const ACTION_CHARACTERS = 4_000;
export const REQUEST_CONTEXT_BYTES = 100_000;
export const CALLBACK_URL_CHARACTERS = 2_000;

/** What the Handover's people read: its fields have no published limit, a mail or a chat message has. */
export const HANDOVER_DESCRIPTION_CHARACTERS = 300;
export const HANDOVER_ARGUMENTS_BYTES = 8_000;

/** A decision that came past the client, as a signal sent by hand. */
export const DECISION_BYTES = 400_000;

/**
 * A message as it travels, and what a turn leaves to its conversation: together they are the input of the next turn. What comes through the
 * client is always smaller; a signal sent by hand need not be.
 */
export const SAY_BYTES = 930_000;
export const LEFT_BYTES = 1_150_000;

/** Messages that wait in a conversation: they are carried over when it continues as new. */
export const QUEUE_BYTES = 1_000_000;
/** The same with the transcript: one that a failed turn has left may be large until the next turn makes it shorter. */
export const CARRIED_BYTES = 1_900_000;

/** One search attribute; the server's own limit is 2 KiB (`frontend.searchAttributesSizeOfValueLimit`). */
export const SEARCH_ATTRIBUTE_BYTES = 2_000;

/** The reply stands beside the approvals in the turn's result. */
export const REPLY_BYTES = 500_000;

/**
 * The transcript of a conversation whose provider keeps none. While a turn is under way it travels with each request, and so stands in
 * the history once a round; where the user's message is so large that little room is left, it may have 100 kB beside that. A turn
 * that is over hands it on beside approvals and reply in one payload.
 */
export const TURN_TRANSCRIPT_BYTES = 300_000;
export const TRANSCRIPT_BYTES = 150_000;
/** An assistant may ask for less, for a model that reads less: with less than this a conversation is not one. */
export const LEAST_TRANSCRIPT_BYTES = 16_000;
/** How long one request to a model that answers while it is open may take, and what an assistant may make of it. */
export const CHAT_TIMEOUT_MS = 150_000;
export const LONGEST_CHAT_TIMEOUT_MS = 1_800_000;
/** Files that go with a message, and an id of one, a gateway's handle included. */
export const ATTACHMENTS = 10;
export const FILE_ID_CHARACTERS = 800;

/** Footnotes of a reply: they stand in its text, and as a list beside it in the result and in a parked turn's memo. */
export const CITATIONS = 200;
export const CITATIONS_BYTES = 60_000;
export const QUOTE_CHARACTERS = 500;
export const FILENAME_CHARACTERS = 200;

/** A file that is uploaded through the gateway, which holds it in memory. */
export const FILE_BYTES = 33_554_432;

/** Edits of one approval by one person that were refused: each is reviewed, and reviews cost history. */
export const REFUSED_EDITS = 50;

/** What a person writes. */
export const NOTE_CHARACTERS = 4_000;
export const RESPONSE_CHARACTERS = 16_000;

/** Sentences of ours and of the application that quote something: refusals, reasons, errors of tools. */
export const SENTENCE_CHARACTERS = 4_000;
/** OpenAI's limit of a function's description, of which each approval has a copy. */
export const DESCRIPTION_CHARACTERS = 1_024;

/** No grant is longer: seven days. */
export const GRANT_MOST_MS = 7 * 86_400_000;
/** Arguments that a grant lets be less. */
export const NARROWER_MOST = 20;

/** An attempt to bring messages up to date takes no longer, and no pause between two of them. */
export const LONGEST_UPDATE_MS = 600_000;
export const LONGEST_UPDATE_PAUSE_MS = 3_600_000;
