import { html } from 'hono/html';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import type { Approver } from '../../contracts/approval/decision.ts';
import { BREAK_GLASS_NOTE_CHARACTERS } from '../../contracts/approval/rule.ts';
import { errorList, hiddenFields, type FailedForm } from './decision-forms.ts';
import type { Html } from './html.ts';
import { words } from './strings/words.ts';

/** For whoever may settle this approval alone in an emergency: a form of its own, closed until it is needed. */
export function breakGlassForms({
  approval,
  approver,
  csrf,
  failed,
}: {
  approval: AnyApproval;
  approver: Approver;
  csrf: string;
  /** The form that was not accepted, if it was this one. */
  failed: FailedForm | undefined;
}): Html | '' {
  const groups = approval.rule?.breakGlass?.groups ?? [];
  if (!groups.some((group) => approver.groups?.includes(group))) return '';
  const { emergency } = words().decide;
  const formOf = (decision: 'approve' | 'deny', button: Html) =>
    html`<form method="post" action="/inbox/approvals/${approval.approvalId}/decision">
      ${hiddenFields(approval, csrf, decision)}
      <input type="hidden" name="breakGlass" value="true" />
      ${failed?.decision === decision && failed.errors.length > 0 && errorList(failed.errors)}
      <label for="break-${decision}">${emergency.reason}</label>
      <textarea
        id="break-${decision}"
        name="note"
        rows="2"
        maxlength="4000"
        minlength="${BREAK_GLASS_NOTE_CHARACTERS}"
        required
      >
${failed?.decision === decision ? failed.note : ''}</textarea>
      ${button}
    </form>`;
  return html`<details class="card decide" ${failed === undefined ? '' : ' open'}>
    <summary>${emergency.title}</summary>
    <p>${emergency.lead}</p>
    <div class="pair-of-forms">
      <div class="choice">
        ${formOf('approve', html`<button class="primary" type="submit">${emergency.approve}</button>`)}
      </div>
      <div class="choice">
        ${formOf('deny', html`<button class="danger" type="submit">${emergency.deny}</button>`)}
      </div>
    </div>
  </details>`;
}
