import { randomUUID } from 'node:crypto';

import { html } from 'hono/html';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { DecisionKind, FieldProblem } from '../../contracts/approval/decision.ts';
import { quorumOf } from '../../contracts/deciding/standing.ts';
import { editableJson } from '../../contracts/visible/visible.ts';
import type { ToolArguments } from '../../contracts/tool-call.ts';
import { changeTable } from './card/change.ts';
import { grantTick, type Ticked } from './grants/words.ts';
import type { Html } from './html.ts';
import { words } from './strings/words.ts';
import { visibleText, visibleWords } from './visible-text.ts';

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
  grant?: Ticked;
  errors: readonly FieldProblem[];
  /** What is wrong as a whole, above the card. */
  message?: string;
}

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
  const ticked = (decision: DecisionKind) => (failed?.decision === decision ? failed.grant : undefined);
  const { decide } = words();
  const means = decide.means[approval.turnId === undefined ? 'request' : (approval.runsAt ?? 'turn')];
  const { approve, deny, from = [] } = quorumOf(approval);
  const isOneOfMany = approve > 1;
  const noteLabel = approval.rule?.note === 'always' ? decide.noteRequired : decide.note;
  /** As the ledger takes it: nobody fills in a form that is refused. */
  const mayRespond = deny === 1 && (approval.turnId !== undefined || (approve === 1 && from.length === 0));
  const open = (decision: DecisionKind) => (failed?.decision === decision ? ' open' : '');

  return html`<section class="card decide" aria-labelledby="decide">
    <h2 id="decide">${decide.title}</h2>
    <div class="pair-of-forms">
      <div class="choice">
        <h3>${decide.approve}</h3>
        <p class="muted">${isOneOfMany ? decide.vote : means.approve}</p>
        ${formOf(
          'approve',
          html`${noteField('approve', noteLabel, typed('approve', 'note'))}
            ${grantTick('approve-grant', approval, ticked('approve'))}
            <button class="primary" type="submit">${decide.approve}</button>`,
        )}
      </div>
      <div class="choice">
        <h3>${decide.deny}</h3>
        <p class="muted">${means.deny}</p>
        ${formOf(
          'deny',
          html`${noteField('deny', means.denyNote, typed('deny', 'note'))}
            <button class="danger" type="submit">${decide.deny}</button>`,
        )}
      </div>
    </div>
    ${approval.runsAt === undefined && otherForms()}
  </section>`;

  function otherForms(): Html {
    return html`<details class="choice" ${open('edit')}>
        <summary>${decide.edit}</summary>
        <p class="muted">${means.edit}${isOneOfMany && ` ${decide.agreeAgain}`}</p>
        ${failed?.change !== undefined && changeOf(failed.change)}
        ${formOf(
          'edit',
          html`<label for="edit-arguments">${decide.json}</label>
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
            ${grantTick('edit-grant', approval, ticked('edit'))}
            <div class="buttons">
              <button type="submit">${decide.approveEdit}</button>
              <button type="submit" name="look" value="change">${decide.look}</button>
            </div>`,
        )}
      </details>
      ${mayRespond && respondForm()}`;
  }

  /** Focused, because it is what the page was asked for. */
  function changeOf(change: ToolArguments): Html {
    return html`<section class="change" aria-labelledby="change" tabindex="-1" autofocus>
      <h3 id="change">${decide.change}</h3>
      <p class="muted">${decide.notYet}</p>
      ${changeTable(approval.arguments, change)}
    </section>`;
  }

  function respondForm(): Html {
    return html`<details class="choice" ${open('respond')}>
      <summary>${decide.respond}</summary>
      <p class="muted">${means.respond}</p>
      ${formOf(
        'respond',
        html`<label for="respond-response">${decide.answer}</label>
          <textarea id="respond-response" name="response" rows="4" required>
${typed('respond', 'response')}</textarea>
          <button type="submit">${decide.sendAnswer}</button>`,
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
          html`<li>${field !== '' && html`<code>${visibleText(field)}</code> `}${visibleWords(message)}</li>`,
      )}
    </ul>
  </div>`;
}
