import { DECISION_KINDS, DecisionBodySchema, type DecisionBody } from '../../contracts/approval/decision.ts';
import { issueWords } from '../../contracts/issue-words.ts';
import { unfaithful } from '../bodies/faithful-json.ts';
import { parseJson } from '../bodies/json-text.ts';
import { Problem } from '../problem.ts';
import { fieldProblems } from '../validation.ts';
import type { FailedForm } from './decision-forms.ts';
import { words } from './strings/words.ts';

/** What a form said: a decision, or the form again with what is wrong. */
export type ReadForm = { ok: true; body: DecisionBody } | { ok: false; failed: FailedForm };

/** The fields of a form that was sent. */
export async function readForm(request: {
  header(name: string): string | undefined;
  text(): Promise<string>;
}): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded(?:\s*;.*)?$/i.test(request.header('content-type') ?? '')) {
    throw new Problem('unsupported-media-type', words().problems.ownFormsOnly);
  }
  return new URLSearchParams(await request.text());
}

/** Reads a submitted decision form. The typed text is kept, so that a mistake costs nobody their words. */
export function readDecisionForm(form: URLSearchParams): ReadForm {
  const typed = typedText(form);
  const { decision } = typed;
  const fail = (field: string, message: string): ReadForm => ({
    ok: false,
    failed: { ...typed, errors: [{ field, message }] },
  });

  const edited = decision === 'edit' ? readArguments(typed.arguments) : { value: undefined };
  if ('message' in edited) return fail('arguments', edited.message);
  const parsed = DecisionBodySchema.safeParse(
    {
      decision,
      decisionId: form.get('decisionId') ?? undefined,
      argumentsDigest: form.get('argumentsDigest') ?? undefined,
      ...(typed.note.trim() !== '' && { note: typed.note }),
      ...(form.get('breakGlass') === 'true' && { breakGlass: true }),
      ...(form.has('grant') && { grant: tickedTerms(form) }),
      ...(decision === 'edit' && { arguments: edited.value }),
      ...(decision === 'respond' && { response: typed.response }),
    },
    { error: issueWords },
  );
  if (parsed.success) return { ok: true, body: parsed.data };
  const { issue: inWords } = words().refused;
  const issues = parsed.error.issues.map((issue) => ({ ...issue, message: inWords(issue) }));
  return { ok: false, failed: { ...typed, errors: fieldProblems(issues) } };
}

/** What the person typed, with the line breaks of forms (CR LF) as everybody else writes them. */
export function typedText(form: URLSearchParams): Omit<FailedForm, 'errors'> {
  const text = (name: string) => (form.get(name) ?? '').replace(/\r\n?/g, '\n');
  const grant = form.get('grant');
  return {
    decision: DECISION_KINDS.find((kind) => kind === form.get('decision')),
    note: text('note'),
    arguments: text('arguments'),
    response: text('response'),
    ...(form.get('breakGlass') === 'true' && { breakGlass: true as const }),
    ...(grant !== null && { grant: { terms: grant, argumentsDigest: form.get('argumentsDigest') ?? '' } }),
  };
}

/** What a tick says: the terms that stood beside it, because the policy may have others by now. */
export function tickedTerms(form: URLSearchParams): unknown {
  const parsed = parseJson(form.get('grant') ?? '');
  return parsed.ok && parsed.value !== true ? parsed.value : null;
}

function readArguments(text: string): { value: unknown } | { message: string } {
  const { refused } = words();
  const parsed = parseJson(text);
  if (!parsed.ok) return { message: refused.notJson(parsed.message) };
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { message: refused.notObject };
  }
  const [problem] = unfaithful(text);
  if (problem !== undefined) return { message: refused.unfaithful(problem) };
  return { value };
}
