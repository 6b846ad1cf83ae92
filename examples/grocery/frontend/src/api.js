/** The backend as the page sees it. */
export function client(server = '', ask = (...words) => fetch(...words)) {
  const base = `${server}/api`;

  async function call(path, method = 'GET', body = undefined) {
    let answer;
    try {
      answer = await ask(base + path, {
        method,
        ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
      });
    } catch {
      throw new Error('The server can’t be reached. Try again in a moment.');
    }
    if (!answer.ok) throw new Error(`The server refused: ${await reason(answer)}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  /** The browser sends the picture to where the backend says, under the headers that are signed. */
  async function send(upload, file) {
    let answer;
    try {
      answer = await ask(upload.url, { method: 'PUT', headers: upload.headers, body: file });
    } catch {
      throw new Error('The picture couldn’t be sent. Try again in a moment.');
    }
    if (!answer.ok) throw new Error(`The picture was refused: status ${answer.status}`);
  }

  return {
    // What this page has just written may not have come to the replica: it asks the primary then.
    items: async (fresh) => (await call(`/items${fresh ? '?fresh=1' : ''}`)).items,
    people: async (fresh) => (await call(`/people${fresh ? '?fresh=1' : ''}`)).people,
    addItem: (name, quantity, personId) => call('/items', 'POST', { name, quantity, ...(personId && { personId }) }),
    changeItem: (id, change) => call(`/items/${id}`, 'PATCH', change),
    removeItem: (id) => call(`/items/${id}`, 'DELETE'),
    addPerson: (name) => call('/people', 'POST', { name }),
    avatar: (id) => `${base}/people/${id}/avatar`,
    async changeAvatar(id, file) {
      const upload = await call(`/people/${id}/avatar`, 'POST', { contentType: file.type, bytes: file.size });
      await send(upload, file);
      return call(`/people/${id}/avatar`, 'PUT', { key: upload.key });
    },
  };
}

async function reason(answer) {
  const body = await answer.json().catch(() => undefined);
  return body?.error ?? `status ${answer.status}`;
}
