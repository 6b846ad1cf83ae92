/**
 * The API as the page sees it: on the page's own host, below /api, where the load balancer sends it to the other
 * application. So there is no other origin to allow, and an image fits every environment.
 */
export function client(base = '/api', ask = fetch) {
  async function call(path, options) {
    let answer;
    try {
      answer = await ask(base + path, options);
    } catch {
      throw new Error('The server can’t be reached. Try again in a moment.');
    }
    if (!answer.ok) throw new Error(`The server refused: ${await reason(answer)}`);
    return answer.json();
  }
  return {
    notes: () => call('/notes'),
    write: (text) =>
      call('/notes', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text }),
      }),
  };
}

async function reason(answer) {
  const body = await answer.json().catch(() => undefined);
  return body?.message ?? body?.error ?? `status ${answer.status}`;
}

export const api = client('/api', (...words) => fetch(...words));
