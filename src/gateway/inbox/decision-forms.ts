import { randomUUID } from 'node:crypto';

import { html } from 'hono/html';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { DecisionKind, FieldProblem } from '../../contracts/approval/decision.ts';
import { quorumOf } from '../../contracts/deciding/standing.ts';
import { editableJson } from '../../contracts/visible/visible.ts';
import type { ToolArguments } from '../../contracts/tool-call.ts';
import { changeTable } from './card/change.ts';
import { grantTick } from './grants/words.ts';
import type { Html } from './html.ts';
import { visibleText } from './visible-text.ts';

/** A form that was not accepted: what was typed, and what is wrong with it. */
export interface FailedForm {
  decision?: DecisionKind | undefined;
  note: string;
  arguments: string;
  response: string;
  /** The arguments that an edit would bring, to be looked at before it is sent. */
  change?: ToolArguments;
  /** It was to settle alone. */
  breakGlass?: true;
  /** It was to let later calls through, too. */
  grant?: true;
  errors: readonly FieldProblem[];
  /** What is wrong as a whole, above the card. */
  message?: string;
}

/** What each decision does. A request is only answered: whoever asked acts on it. */
const MEANINGS = {
  turn: {
    approve: 'It runs once, exactly as shown above.',
    deny: 'The model is told, with your note.',
    denyNote: 'Note for the model and the record',
    edit: 'It runs once with what you write here. The tool’s rules and the policy are checked again.',
    respond: 'It does not run. The model gets your text as the tool’s output.',
  },
  provider: {
    approve: 'The provider runs it, exactly as shown above. It cannot be taken back.',
    deny: 'The model is told, with your note.',
    denyNote: 'Note for the model and the record',
    edit: '',
    respond: '',
  },
  request: {
    approve: 'The requester is told to go ahead, as shown above.',
    deny: 'The requester is told no, with your note.',
    denyNote: 'Note for the requester and the record',
    edit: 'The requester is told to do what you write here instead: “action”, and “context” if you like.',
    respond: 'The requester gets your text in place of a yes or no.',
  },
} as const;

/** Where one is not enough. */
const VOTE = 'It is one vote. It happens as shown above once the others agree, too.';

/**
 * The four decisions as four forms. Each carries the digest of the arguments on this page, and a decision id of its own: the
 * same form sent twice is one decision, and another form is another one.
 */
export function decisionForms(approval: AnyApproval, csrf: string, failed: FailedForm | undefined): Html {
  const formOf = (decision: DecisionKind, content: Html) =>
    html`<form method="post" action="/inbox/approvals/${approval.approvalId}/decision">
      ${hiddenFields(approval, csrf, decision)}
      ${failed?.decision === decision && failed.errors.length > 0 && errorList(failed.errors)} ${content}
    </form>`;
  const typed = (decision: DecisionKind, field: 'note' | 'arguments' | 'response', otherwise = '') =>
    failed?.decision === decision ? failed[field] : otherwise;
  const isTicked = (decision: DecisionKind) => failed?.decision === decision && failed.grant === true;
  const means = MEANINGS[approval.turnId === undefined ? 'request' : (approval.runsAt ?? 'turn')];
  const { approve, deny, from = [] } = quorumOf(approval);
  const isOneOfMany = approve > 1;
  const noteLabel = approval.rule?.note === 'always' ? 'Note (required)' : 'Note (optional)';
  /** As the ledger takes it: nobody fills in a form that is refused. */
  const mayRespond = deny === 1 && (approval.turnId !== undefined || (approve === 1 && from.length === 0));
  const open = (decision: DecisionKind) => (failed?.decision === decision ? ' open' : '');

  return html`<section class="card decide" aria-labelledby="decide">
    <h2 id="decide">Your decision</h2>
    <div class="pair-of-forms">
      <div class="choice">
        <h3>Approve</h3>
        <p class="muted">${isOneOfMany ? VOTE : means.approve}</p>
        ${formOf(
          'approve',
          html`${noteField('approve', noteLabel, typed('approve', 'note'))}
            ${grantTick('approve-grant', approval, isTicked('approve'))}
            <button class="primary" type="submit">Approve</button>`,
        )}
      </div>
      <div class="choice">
        <h3>Deny</h3>
        <p class="muted">${means.deny}</p>
        ${formOf(
          'deny',
          html`${noteField('deny', means.denyNote, typed('deny', 'note'))}
            <button class="danger" type="submit">Deny</button>`,
        )}
      </div>
    </div>
    ${approval.runsAt === undefined && otherForms()}
  </section>`;

  function otherForms(): Html {
    return html`<details class="choice" ${open('edit')}>
        <summary>Approve with other arguments</summary>
        <p class="muted">${means.edit}${isOneOfMany && ' The others must agree to it again.'}</p>
        ${failed?.change !== undefined && changeOf(failed.change)}
        ${formOf(
          'edit',
          html`<label for="edit-arguments">Arguments as JSON</label>
            <textarea
              id="edit-arguments"
              name="arguments"
              class="code"
              rows="12"
              spellcheck="false"
              autocomplete="off"
              required
            >
${typed('edit', 'arguments', editableJson(approval.arguments))}</textarea>
            ${noteField('edit', noteLabel, typed('edit', 'note'))}
            ${grantTick('edit-grant', approval, isTicked('edit'))}
            <div class="buttons">
              <button type="submit">Approve these arguments</button>
              <button type="submit" name="look" value="change">Look at the change</button>
            </div>`,
        )}
      </details>
      ${mayRespond && respondForm()}`;
  }

  /** Focused, because it is what the page was asked for. */
  function changeOf(change: ToolArguments): Html {
    return html`<section class="change" aria-labelledby="change" tabindex="-1" autofocus>
      <h3 id="change">What you would change</h3>
      <p class="muted">Nothing was decided yet.</p>
      ${changeTable(approval.arguments, change)}
    </section>`;
  }

  function respondForm(): Html {
    return html`<details class="choice" ${open('respond')}>
      <summary>Answer instead</summary>
      <p class="muted">${means.respond}</p>
      ${formOf(
        'respond',
        html`<label for="respond-response">Answer</label>
          <textarea id="respond-response" name="response" rows="4" required>
${typed('respond', 'response')}</textarea>
          <button type="submit">Send this answer</button>`,
      )}
    </details>`;
  }
}

/** What every form of a card carries. */
export function hiddenFields(
  { argumentsDigest, rule }: Pick<AnyApproval, 'argumentsDigest' | 'rule'>,
  csrf: string,
  decision: DecisionKind,
): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}" />
    <input type="hidden" name="decisionId" value="${randomUUID()}" />
    <input type="hidden" name="argumentsDigest" value="${argumentsDigest}" />
    <input type="hidden" name="decision" value="${decision}" />
    ${rule?.auth?.passkey && html`<input type="hidden" name="passkey" value="ask" />`}`;
}

function noteField(decision: DecisionKind, label: string, value: string): Html {
  return html`<label for="${decision}-note">${label}</label>
    <textarea id="${decision}-note" name="note" rows="2" maxlength="4000">${value}</textarea>`;
}

export function errorList(errors: readonly FieldProblem[]): Html {
  return html`<div role="alert">
    <ul class="errors">
      ${errors.map(
        ({ field, message }) =>
          html`<li>${field !== '' && html`<code>${visibleText(field)}</code> `}${visibleText(message)}</li>`,
      )}
    </ul>
  </div>`;
}
