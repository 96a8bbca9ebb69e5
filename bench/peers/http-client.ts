/** @returns the JSON of the answer. @throws Error for any status but 2xx, and when nobody listens. */
export async function post(url: string, body: unknown): Promise<unknown> {
  return read(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
}

export async function get(url: string): Promise<unknown> {
  return read(await fetch(url));
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}
