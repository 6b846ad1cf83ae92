import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client } from '../lib/api.js';

const answering = (status, body) => async (url, options) => {
  answering.last = { url, options };
  return new Response(body, { status });
};

test('notes are read from the page’s own host', async () => {
  const found = await client('/api', answering(200, '{"notes":[{"id":1}]}')).notes();
  assert.deepEqual(found.notes, [{ id: 1 }]);
  assert.equal(answering.last.url, '/api/notes');
});

test('a note is written as JSON', async () => {
  await client('/api', answering(201, '{"id":2}')).write('hello');
  assert.equal(answering.last.options.method, 'POST');
  assert.deepEqual(JSON.parse(answering.last.options.body), { text: 'hello' });
});

test('a refusal is told with its reason', async () => {
  const refusing = client('/api', answering(400, '{"error":"Bad Request","message":"text is too long"}'));
  await assert.rejects(refusing.write('…'), /refused: text is too long/);
});

test('a refusal that is no JSON is told with its status', async () => {
  await assert.rejects(client('/api', answering(503, '<html>')).notes(), /status 503/);
});

test('a server that can’t be reached is told without a stack trace', async () => {
  const gone = client('/api', async () => {
    throw new TypeError('fetch failed');
  });
  await assert.rejects(gone.notes(), /can’t be reached/);
});
