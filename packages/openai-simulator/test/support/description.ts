import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { parse } from 'yaml';

import type { Answer } from './bench.ts';

interface Schema {
  required?: string[];
  properties: Record<string, { nullable?: boolean; required?: string[] }>;
}

/** OpenAI's own descriptions under test/openapi, and which of their schemas the answer at a path has. */
const SCHEMAS: Record<string, Record<string, string>> = {
  assistants: {
    '/v1/assistants': 'ListAssistantsResponse',
    '/v1/assistants/*': 'AssistantObject',
    'DELETE /v1/assistants/*': 'DeleteAssistantResponse',
    '/v1/threads/*': 'ThreadObject',
    'DELETE /v1/threads/*': 'DeleteThreadResponse',
    '/v1/threads/*/messages': 'ListMessagesResponse',
    '/v1/threads/*/messages/*': 'MessageObject',
    'DELETE /v1/threads/*/messages/*': 'DeleteMessageResponse',
    '/v1/threads/*/runs': 'ListRunsResponse',
    '/v1/threads/*/runs/*': 'RunObject',
    '/v1/threads/*/runs/*/steps': 'ListRunStepsResponse',
    '/v1/threads/*/runs/*/steps/*': 'RunStepObject',
  },
  chat: { '/v1/chat/completions/*': 'CreateChatCompletionResponse' },
  responses: {
    '/v1/responses/*': 'Response',
    '/v1/responses/*/input_items': 'ResponseItemList',
    '/v1/conversations/*': 'ConversationResource',
    'DELETE /v1/conversations/*': 'DeletedConversationResource',
    '/v1/conversations/*/items': 'ConversationItemList',
    '/v1/conversations/*/items/*': 'ConversationItem',
  },
  files: {
    '/v1/files': 'ListFilesResponse',
    '/v1/files/*': 'OpenAIFile',
    'DELETE /v1/files/*': 'DeleteFileResponse',
    '/v1/vector_stores': 'ListVectorStoresResponse',
    '/v1/vector_stores/*': 'VectorStoreObject',
    'DELETE /v1/vector_stores/*': 'DeleteVectorStoreResponse',
    '/v1/vector_stores/*/files': 'ListVectorStoreFilesResponse',
    '/v1/vector_stores/*/files/*': 'VectorStoreFileObject',
    'DELETE /v1/vector_stores/*/files/*': 'DeleteVectorStoreFileResponse',
  },
};

/** Fields a description requires and no recording of the service has. */
const NEVER_SENT: Record<string, string[]> = {
  MessageObject: ['status', 'incomplete_details', 'completed_at', 'incomplete_at'],
  RunStepObject: ['expired_at', 'metadata'],
  MCPApprovalResponseResource: ['request_id'],
  ResponseFunctionCallArgumentsDoneEvent: ['name'],
};

/** Null in recordings, against the description. */
const NULL_TOO: Record<string, string[]> = {
  RunObject: ['instructions'],
  ConversationItemList: ['first_id', 'last_id'],
  OpenAIFile: ['expires_at', 'status_details'],
  VectorStoreObject: ['expires_after'],
  ModelResponseProperties: ['user'],
};

function correct(schemas: Record<string, Schema>): void {
  for (const [name, schema] of Object.entries(schemas)) {
    const sent = (field: string) => !NEVER_SENT[name]?.includes(field);
    if (schema.required !== undefined) schema.required = schema.required.filter(sent);
    // An empty list says null there [recorded: basic-run-operations].
    const nullable = name.startsWith('List') ? ['first_id', 'last_id'] : (NULL_TOO[name] ?? []);
    for (const field of nullable) schema.properties[field]!.nullable = true;
  }
  // No recording has cache_write_tokens; `usage` is null in many.
  if (schemas.ResponseUsage === undefined) return;
  schemas.ResponseUsage.properties.input_tokens_details!.required = ['cached_tokens'];
  Object.assign(schemas.ResponseUsage, { nullable: true });
}

const known = new Map<string, Ajv2020>();

function descriptionOf(file: string): Ajv2020 {
  const source = readFileSync(new URL(`../openapi/${file}.yaml`, import.meta.url), 'utf8');
  const description = parse(source) as { components: { schemas: Record<string, Schema> } };
  correct(description.components.schemas);
  // `discriminator` and unknown formats are OpenAI's, not JSON Schema's.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(withNull(description) as object, 'spec');
  known.set(file, ajv);
  return ajv;
}

/** Holds a body against a schema of a description. */
export function expectSchema(file: string, name: string, body: unknown): void {
  const ajv = known.get(file) ?? descriptionOf(file);
  const validate = ajv.getSchema(`spec#/components/schemas/${name}`);
  if (validate === undefined) throw new Error(`The description has no ${name}.`);
  expect(validate(body), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`).toBe(true);
}

/** Holds an answer against the description of its path; `/_simulator/` is described by nobody. */
export function expectDescribed(method: string, path: string, { status, body }: Answer): void {
  if (path.startsWith('/_simulator/')) return;
  if (status >= 400) {
    expectSchema('chat', 'ErrorResponse', body);
    return;
  }
  const parts = path
    .replace(/\?.*|\/(?:cancel|submit_tool_outputs)$/g, '')
    .replaceAll(/\/[a-z]+[_-]\w{20,}/g, '/*');
  // What is posted to a list is answered by what was made.
  const at = method === 'POST' && !parts.endsWith('*') ? `${parts}/*` : parts;
  const key = method === 'DELETE' ? `DELETE ${at}` : at;
  const [file, schemas] = Object.entries(SCHEMAS).find(([, schemas]) => key in schemas) ?? [];
  if (file === undefined) throw new Error(`No schema is named for ${method} ${path}.`);
  expectSchema(file, schemas![key]!, body);
}

/** But for a status that a scenario has made up, which nobody describes. */
export function expectKnownDescribed(method: string, path: string, answer: Answer): void {
  if (answer.body.status !== 'generating') expectDescribed(method, path, answer);
}

/** `nullable: true` is from OpenAPI 3.0; a 3.1 validator ignores it and would refuse nearly every real answer. */
function withNull(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNull);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withNull(value)]),
  );
  const isNullable =
    nullable === true || (Array.isArray(rest.allOf) && 'allOf' in node && hasNullable(node.allOf));
  return isNullable ? { anyOf: [rest, { type: 'null' }] } : rest;
}

function hasNullable(parts: unknown): boolean {
  return Array.isArray(parts) && parts.some((part: { nullable?: unknown }) => part.nullable === true);
}
