import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidSettings, readSettings } from '../src/settings.js';

const ALL = ['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET'];

test("a URL's connection_limit becomes the size of the pool and is not sent to the database", () => {
  const { database } = readSettings({ DATABASE_URL: 'postgresql://app:p%40ss@db/app?sslmode=verify-full&connection_limit=7' });
  assert.equal(database.max, 7);
  assert.equal(database.connectionString, 'postgresql://app:p%40ss@db/app?sslmode=verify-full');
});

test('everything that is missing is named at once', () => {
  assert.throws(
    () => readSettings({ PORT: 'http' }, ALL),
    (problem) =>
      problem instanceof InvalidSettings &&
      /4 problems/.test(problem.message) &&
      ALL.every((name) => problem.message.includes(`${name}: is missing`)) &&
      problem.message.includes('PORT: "http" is not a port'),
  );
});

test('a message never has the value of a secret', () => {
  assert.throws(
    () => readSettings({ DATABASE_URL: 'not-a-url-but-geheim', REDIS_URL: 'rediss://x', JWT_SECRET: 'geheim' }, ALL),
    (problem) => problem.message.includes('DATABASE_URL: is not a URL') && !problem.message.includes('geheim'),
  );
});

test('a connection_limit that is no number is refused', () => {
  assert.throws(() => readSettings({ DATABASE_URL: 'postgresql://db/app?connection_limit=many' }), /connection_limit/);
});
