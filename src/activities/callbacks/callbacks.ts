import type { RequestApproval } from '../../contracts/approval/approval.ts';
import { callbackTarget } from '../../contracts/webhooks/callback-hosts.ts';
import { toRequestView, type RequestInput } from '../../contracts/request.ts';
import { sign } from '../../contracts/webhooks/signature.ts';
import { postChecked } from '../../notices/http/post-checked.ts';
import { failed, requireTaken } from './taken.ts';

/** Whom the answers to requests may be sent to, and how they are signed. */
export interface Callbacks {
  /** Entries of COUNTERSIGN_CALLBACK_HOSTS (contracts/callback-hosts.ts). */
  hosts: readonly string[];
  /** `whsec_…`, Standard Webhooks. */
  secret: string;
}

export interface DeliverInput {
  url: string;
  asked: RequestInput['asked'];
  approval: RequestApproval;
}

const LIMIT_MS = 15_000;

/** Sends the answers to requests. Attempts and pauses are Temporal's; an operator sees each failure in its UI. */
export function createCallbackActivities(callbacks: Callbacks | undefined) {
  return { deliverCallback };

  /**
   * One attempt. Every attempt bears the same `webhook-id`, so a receiver knows a repetition. 2xx is delivered, 410 ends it;
   * anything else, a redirect included, is tried again, after `Retry-After` if it says so.
   */
  async function deliverCallback({ url, asked, approval }: DeliverInput): Promise<void> {
    if (callbacks === undefined) {
      throw failed(
        'Callback.NotConfigured',
        'This worker has no COUNTERSIGN_CALLBACK_HOSTS and COUNTERSIGN_CALLBACK_SECRET. Set both.',
      );
    }
    // The list may have become shorter since it was asked for.
    const target = callbackTarget(url, callbacks.hosts);
    if (!target.ok) throw failed('Callback.NotAllowed', `The callback URL ${target.message}.`);

    const id = approval.approvalId;
    const timestamp = Math.floor(Date.now() / 1_000);
    const body = JSON.stringify(toRequestView(asked, approval));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'countersign',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign({ secret: callbacks.secret, id, timestamp, body }),
    };
    const { mayBePrivate } = target;
    const answer = await postChecked(target.url, { headers, body, mayBePrivate, limitMs: LIMIT_MS }).catch(
      (error: unknown) => {
        throw failed('Callback.Unreachable', error instanceof Error ? error.message : String(error));
      },
    );
    requireTaken('Callback', answer);
  }
}
