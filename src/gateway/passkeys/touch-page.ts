import { html } from 'hono/html';

import type { AnyApproval } from '../../contracts/approval/approval.ts';
import { argumentsTable } from '../inbox/arguments-table.ts';
import { grantWords } from '../inbox/grants/words.ts';
import { besides, type Html } from '../inbox/html.ts';
import { tickedTerms, typedText } from '../inbox/read-form.ts';
import { words } from '../inbox/strings/words.ts';
import { visibleText } from '../inbox/visible-text.ts';
import type { Asked } from './script.ts';

/** What is sent again as it came, with the touch. */
const KEPT = [
  'csrf',
  'decisionId',
  'argumentsDigest',
  'decision',
  'note',
  'arguments',
  'response',
  'breakGlass',
  'grant',
];

/** Between a decision whose policy asks for a passkey and the decision itself: what is about to be signed, and the passkey's turn. */
export function touchPage({
  approval,
  form,
  problem,
  asked,
  token = '',
}: {
  approval: AnyApproval;
  form: URLSearchParams;
  /** Why no passkey can be used here. */
  problem?: string;
  /** What the browser is told to ask for; absent for somebody who has no passkey. */
  asked?: Asked;
  token?: string;
}): Html {
  const { approvalId, tool, arguments: args, argumentsDigest } = approval;
  const typed = typedText(form);
  const { frame, card, passkeys: t } = words();
  const may = typed.grant && approval.rule?.mayGrant;
  const texts = [typed.note, typed.response, typed.decision === 'edit' ? typed.arguments : ''];
  const kept = KEPT.flatMap((name) => {
    const value = form.get(name);
    return value === null ? [] : [html`<input type="hidden" name="${name}" value="${value}" />`];
  });
  return html`<p class="back"><a href="/inbox/approvals/${approvalId}">${frame.toCard}</a></p>
    <section class="card">
      <h1>${asked === undefined ? t.needed : t.touch}</h1>
      <p>
        ${t.about({
          ...{ isAlone: typed.breakGlass === true, decision: typed.decision ?? 'approve' },
          tool: visibleText(tool),
          grant: may ? grantWords({ ...may, ...(tickedTerms(form) as object) }) : null,
        })}
      </p>
      ${argumentsTable(args)}
      <p class="digest"><span class="label">${card.digest}</span> <code>${argumentsDigest}</code></p>
      ${texts.filter(Boolean).map((text) => html`<blockquote>${visibleText(text)}</blockquote>`)}
      ${problem === undefined ? wayOn() : html`<p class="notice bad" role="alert">${t.notHere(problem)}</p>`}
    </section>`;

  function wayOn(): Html {
    const address = `/inbox/approvals/${approvalId}/decision`;
    if (asked === undefined)
      return html`<p>${t.haveNone(besides('/inbox/passkeys'))}</p>
        <form method="post" action="${address}">
          ${kept}<input type="hidden" name="passkey" value="ask" />
          <button class="primary" type="submit">${t.haveNow}</button>
        </form>`;
    return html`<form method="post" action="${address}" data-passkey="${JSON.stringify(asked)}">
      ${kept}<input type="hidden" name="passkey" value="given" />
      <input type="hidden" name="token" value="${token}" />
      <input type="hidden" name="touch" value="" />
      <button class="primary" type="submit">${t.decide}</button>
      <p role="status"></p>
      <noscript><p class="notice bad">${t.noScript}</p></noscript>
    </form>`;
  }
}
