import ts from 'typescript';

import {
  conversationWorkflowId,
  eventWorkflowId,
  handoverWorkflowId,
  noticeWorkflowId,
  requestWorkflowId,
  turnWorkflowId,
} from '../../src/contracts/ids.ts';
import {
  CONVERSATION_WORKFLOW,
  EVENT_WORKFLOW,
  HANDOVER_WORKFLOW,
  NOTICE_WORKFLOW,
  REQUEST_WORKFLOW,
  TURN_WORKFLOW,
} from '../../src/contracts/workflow-names.ts';
import { CHANGES_NOTHING } from '../../src/workflows/messages.ts';
import { code, page, sentence, table, wrap } from './markdown.ts';
import { commentOf, readSource, typeRows, type Source } from './types.ts';

const KINDS: Record<string, string> = {
  defineUpdate: 'update',
  defineSignal: 'signal',
  defineQuery: 'query',
};

interface Message {
  name: string;
  kind: string;
  comment: string;
  /** What is sent with it, and what an update or a query answers. */
  input: ts.Type | undefined;
  answer: ts.Type | undefined;
}

/** What the workflows hear, from the file that defines it. */
export function messagesPage(): string {
  const source = readSource('src/workflows/messages.ts');
  const messages = messagesOf(source);
  const turnId = 'order-4711.k3f9w2m7c5q8';
  return page(
    'Workflows',
    'src/workflows/messages.ts',
    wrap(
      'Names and payloads of these messages are public API: scripts and Temporal’s own command line send them. Most programs ' +
        'need none of them, because the [client](../guides/approve-from-code.md) and the gateway send them.',
    ),
    '## Workflow ids',
    table(
      ['workflow type', 'id', 'is'],
      [
        [
          code(CONVERSATION_WORKFLOW),
          code(conversationWorkflowId('acme', 'order-4711')),
          'a conversation of the tenant `acme`',
        ],
        [code(TURN_WORKFLOW), code(turnWorkflowId('acme', turnId)), 'a turn'],
        [
          code(REQUEST_WORKFLOW),
          code(requestWorkflowId('acme', `req_k3f9w2m7c5q8h4x6v2b9`)),
          'a question asked by `POST /decisions`',
        ],
        [
          code(HANDOVER_WORKFLOW),
          code(handoverWorkflowId('acme', `${turnId}.0c7f35867cb9`)),
          'the same question at the Handover',
        ],
        [
          code(NOTICE_WORKFLOW),
          code(noticeWorkflowId('acme', `${turnId}.0c7f35867cb9`)),
          'what tells people of that question',
        ],
        [
          code(EVENT_WORKFLOW),
          code(eventWorkflowId('crm', 'evt_ca19e60fc76698ab41f213b13b69d0f99182bb4e')),
          'an event on its way to the endpoint `crm`',
        ],
      ],
    ),
    '## Messages',
    table(
      ['message', 'kind', 'does'],
      messages.map(({ name, kind, comment }) => [code(name), kind, comment]),
    ),
    ...messages.flatMap((message, index) => section(source, message, messages.slice(0, index))),
    '## Refusals',
    wrap(
      'A signal whose payload has another shape is logged as `signal.malformed` or `decision.malformed`, with what is wrong, and ' +
        'changes nothing. An update is refused with a failure of one of these types, and the history keeps nothing of it:',
    ),
    table(
      ['type', 'of', 'when'],
      [
        [
          code(CHANGES_NOTHING),
          code('decideNow'),
          'the decision would change nothing; the only detail is its receipt',
        ],
        ...refusals(source).map(([type, comment]) => [code(type), code('sayNow'), comment]),
      ],
    ),
  );
}

function messagesOf({ file, checker }: Source): Message[] {
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) =>
    statement.declarationList.declarations.flatMap(({ initializer }) => {
      if (initializer === undefined || !ts.isCallExpression(initializer)) return [];
      const kind = KINDS[initializer.expression.getText()];
      const [argument] = initializer.arguments;
      if (kind === undefined || argument === undefined) return [];
      const name = (checker.getTypeAtLocation(argument) as ts.StringLiteralType).value;
      const types = (initializer.typeArguments ?? []).map((type) => checker.getTypeFromTypeNode(type));
      const [input, answer] = kind === 'signal' ? [types[0], undefined] : [types[1], types[0]];
      return [{ name, kind, comment: commentOf(statement), input: firstOf(checker, input), answer }];
    }),
  );
}

/** The arguments of a message are a tuple of one. */
function firstOf(checker: ts.TypeChecker, tuple: ts.Type | undefined): ts.Type | undefined {
  return tuple === undefined ? undefined : checker.getTypeArguments(tuple as ts.TypeReference)[0];
}

/** What a message carries; where an earlier one carries the same, its name. */
function section(source: Source, { name, kind, input, answer }: Message, earlier: Message[]): string[] {
  if (input === undefined) return [];
  const same = earlier.find((message) => message.input === input);
  const payload =
    same === undefined
      ? fields(source, input)
      : `The payload is that of [${code(same.name)}](#${same.name.toLowerCase()}-${same.kind}).`;
  const answered =
    answer === undefined
      ? []
      : [`It answers ${code(source.checker.typeToString(answer))}:`, fields(source, answer)];
  return [`### ${name} (${kind})`, payload, ...answered];
}

function fields(source: Source, type: ts.Type): string {
  return table(
    ['field', 'type', 'required', 'means'],
    typeRows(source, type).map(([path, of, isRequired, comment]) => [
      code(path),
      of,
      isRequired ? 'yes' : '',
      comment,
    ]),
  );
}

/** The properties of REFUSED, with their comments. */
function refusals({ file }: Source): [string, string][] {
  const found: [string, string][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === 'REFUSED') {
      node.forEachChild(function inside(child) {
        if (ts.isPropertyAssignment(child) && ts.isStringLiteral(child.initializer))
          found.push([child.initializer.text, commentOf(child)]);
        child.forEachChild(inside);
      });
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found.map(([type, comment]) => [type, sentence(comment || 'the message has another shape')]);
}
