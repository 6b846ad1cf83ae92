import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client } from '../src/api.js';

/** Answers one after the other, and remembers what it was asked. */
function answering(...answers) {
  const asked = [];
  const ask = async (url, options) => {
    asked.push({ url, ...options });
    const [status, body] = answers.shift();
    return new Response(body ?? null, { status });
  };
  return { asked, ask };
}

test('items are read from the page’s own host', async () => {
  const { asked, ask } = answering([200, '{"items":[{"id":1}]}']);
  assert.deepEqual(await client('', ask).items(), [{ id: 1 }]);
  assert.equal(asked[0].url, '/api/items');
});

test('or from where the page was told', async () => {
  const { asked, ask } = answering([200, '{"people":[]}']);
  await client('https://shop.example.com', ask).people(true);
  assert.equal(asked[0].url, 'https://shop.example.com/api/people?fresh=1');
});

test('an item is written as JSON, and for somebody only where there is somebody', async () => {
  const { asked, ask } = answering([201, '{"id":2}'], [201, '{"id":3}']);
  await client('', ask).addItem('milk', 2, undefined);
  await client('', ask).addItem('tea', 1, 7);
  assert.equal(asked[0].method, 'POST');
  assert.deepEqual(JSON.parse(asked[0].body), { name: 'milk', quantity: 2 });
  assert.deepEqual(JSON.parse(asked[1].body), { name: 'tea', quantity: 1, personId: 7 });
});

test('what is removed has no answer', async () => {
  const { asked, ask } = answering([204]);
  assert.equal(await client('', ask).removeItem(5), undefined);
  assert.deepEqual([asked[0].method, asked[0].url], ['DELETE', '/api/items/5']);
});

test('a picture goes to where the backend says, under the headers that are signed, and is named then', async () => {
  const upload = { key: 'people/1/a.png', url: 'https://bucket.example.com/people/1/a.png?X-Amz-Signature=1', headers: { 'Content-Type': 'image/png' } };
  const { asked, ask } = answering([201, JSON.stringify(upload)], [200], [200, '{"id":1,"avatar":true}']);
  const file = new Blob(['12345'], { type: 'image/png' });
  assert.equal((await client('', ask).changeAvatar(1, file)).avatar, true);
  assert.deepEqual(JSON.parse(asked[0].body), { contentType: 'image/png', bytes: 5 });
  assert.deepEqual(asked[1], { url: upload.url, method: 'PUT', headers: upload.headers, body: file });
  assert.deepEqual([asked[2].method, JSON.parse(asked[2].body)], ['PUT', { key: upload.key }]);
});

test('a picture that the store refuses is not named as the avatar', async () => {
  const { asked, ask } = answering([201, '{"key":"k","url":"https://b","headers":{}}'], [403]);
  await assert.rejects(client('', ask).changeAvatar(1, new Blob(['1'])), /picture was refused: status 403/);
  assert.equal(asked.length, 2);
});

test('a refusal is told with its reason, or with its status where it has none', async () => {
  await assert.rejects(client('', answering([400, '{"error":"name is too long"}']).ask).items(), /refused: name is too long/);
  await assert.rejects(client('', answering([503, '<html>']).ask).items(), /refused: status 503/);
});

test('a server that can’t be reached is told without a stack trace', async () => {
  const gone = client('', async () => {
    throw new TypeError('fetch failed');
  });
  await assert.rejects(gone.items(), /can’t be reached/);
});
