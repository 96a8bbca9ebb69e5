import { raw } from 'hono/html';

import type { Html } from '../inbox/html.ts';

/** The two calls of the browser, as `data-passkey` of a form names them. */
export type Asked = { create: CreateOptions } | { get: GetOptions };

interface Named {
  type: 'public-key';
  /** In base64url, as every sequence of bytes here. */
  id: string;
  transports?: string[];
}

interface CreateOptions {
  challenge: string;
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: { type: 'public-key'; alg: number }[];
  excludeCredentials: Named[];
  authenticatorSelection: { residentKey: 'preferred'; userVerification: 'required' };
  attestation: 'none';
  timeout: number;
}

interface GetOptions {
  challenge: string;
  rpId: string;
  allowCredentials: Named[];
  userVerification: 'required';
  timeout: number;
}

/**
 * Asks for the passkey when its form is sent, and sends it with the answer in `touch`. The page's policy lets it load nothing and call
 * nobody, so there is no way for it but the form.
 */
export const TOUCHING: Html = raw(`(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const named = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }));
  const touch = async ({ create, get }) => {
    if (create)
      return navigator.credentials.create({ publicKey: {
        ...create,
        challenge: bytes(create.challenge),
        user: { ...create.user, id: bytes(create.user.id) },
        excludeCredentials: named(create.excludeCredentials),
      } });
    const challenge = bytes(get.challenge);
    return navigator.credentials.get({ publicKey: {
      ...get, challenge, allowCredentials: named(get.allowCredentials),
    } });
  };
  const FIELDS = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature'];
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const said = form.querySelector('[role=status]');
      said.textContent = WORDS.passkey.waiting;
      try {
        const { id, rawId, type, response } = await touch(JSON.parse(form.dataset.passkey));
        const fields = FIELDS.filter((name) => response[name]).map((name) => [name, text(response[name])]);
        const transports = response.getTransports ? response.getTransports() : [];
        form.elements.touch.value = JSON.stringify({
          id, type, rawId: text(rawId), response: { ...Object.fromEntries(fields), transports },
        });
        form.submit();
      } catch (error) {
        said.textContent = error.name === 'InvalidStateError' ? WORDS.passkey.known : WORDS.passkey.untouched;
      }
    });
  }
})();`);
