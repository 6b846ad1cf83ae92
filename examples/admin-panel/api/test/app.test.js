import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createApp } from '../src/app.js';
import { Tokens } from '../src/tokens.js';

const SECRET = 'a secret of more than thirty-two characters';

/** What the application asks of Prisma, over an array. */
function fakeDatabase() {
  const rows = [];
  return {
    rows,
    gone: false,
    reads: 0,
    async $queryRaw() {
      if (this.gone) throw new Error('connect ECONNREFUSED');
    },
    get note() {
      return {
        findMany: async () => {
          this.reads += 1;
          return rows.toReversed();
        },
        count: async () => rows.length,
        create: async ({ data }) => {
          const row = { id: rows.length + 1, ...data };
          rows.push(row);
          return row;
        },
      };
    },
  };
}

/** What it asks of Redis, over a map. */
function fakeCache() {
  const values = new Map();
  const answer = (action) => async (...words) => {
    if (cache.gone) throw new Error('The client is closed');
    return action(...words);
  };
  const cache = {
    gone: false,
    get: answer((key) => values.get(key) ?? null),
    set: answer((key, value) => values.set(key, value)),
    del: answer((key) => values.delete(key)),
  };
  return cache;
}

let database;
let cache;
let app;

beforeEach(() => {
  database = fakeDatabase();
  cache = fakeCache();
  const settings = { tokenSecret: SECRET, basePath: '/api', version: '1.2.3' };
  app = createApp({ settings, database, cache, logger: false });
});

const get = (url, headers) => app.inject({ url, headers });
const post = (url, payload) => app.inject({ method: 'POST', url, payload });
const signIn = async (name) => `Bearer ${(await post('/api/sessions', { name })).json().token}`;

test('it is healthy while its database answers', async () => {
  const answer = await get('/health');
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), { status: 'ok', version: '1.2.3' });
});

test('it is not healthy without its database', async () => {
  database.gone = true;
  assert.equal((await get('/health')).statusCode, 503);
});

test('it is healthy without its cache', async () => {
  cache.gone = true;
  assert.equal((await get('/health')).statusCode, 200);
});

test('a note that was written is read again', async () => {
  const written = await post('/api/notes', { text: 'hello' });
  assert.equal(written.statusCode, 201);
  const read = (await get('/api/notes')).json();
  assert.deepEqual(read.notes, [{ id: 1, text: 'hello', pinned: false }]);
});

test('the second read comes from the cache, and the one after a write from the database', async () => {
  await get('/api/notes');
  assert.equal((await get('/api/notes')).json().from, 'cache');
  await post('/api/notes', { text: 'news' });
  assert.equal((await get('/api/notes')).json().from, 'database');
  assert.equal(database.reads, 2);
});

test('notes are read and written while the cache is gone', async () => {
  cache.gone = true;
  assert.equal((await post('/api/notes', { text: 'hello' })).statusCode, 201);
  assert.equal((await get('/api/notes')).json().notes.length, 1);
  assert.equal((await get('/api/notes/count')).json().count, 1);
});

test('a note without text is refused and not written', async () => {
  assert.equal((await post('/api/notes', { text: '' })).statusCode, 400);
  assert.equal(database.rows.length, 0);
});

test('who signs in is known by the token', async () => {
  const authorization = await signIn('Ada');
  assert.deepEqual((await get('/api/me', { authorization })).json(), { name: 'Ada' });
});

test('who signed out is unknown, though the token is still valid', async () => {
  const authorization = await signIn('Ada');
  await app.inject({ method: 'DELETE', url: '/api/sessions', headers: { authorization } });
  assert.equal((await get('/api/me', { authorization })).statusCode, 401);
});

test('a token that somebody else signed is refused', async () => {
  const forged = await new Tokens('another secret of thirty-two characters').sign({ id: 'x', name: 'Eve' }, 60);
  assert.equal((await get('/api/me', { authorization: `Bearer ${forged}` })).statusCode, 401);
  assert.equal((await get('/api/me')).statusCode, 401);
});

test('it says its version', async () => {
  assert.deepEqual((await get('/api/version')).json(), { version: '1.2.3' });
});
