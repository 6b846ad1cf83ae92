import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { server } from '../src/config.js';

const script = new URL('../entrypoint.sh', import.meta.url).pathname;
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'grocery-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts as the container does; what follows in the place of Caddy prints the policy. */
function start(environment) {
  const ended = spawnSync('sh', [script, 'sh', '-c', 'printf "%s" "$CSP"'], {
    env: { PATH: process.env.PATH, CONFIG_DIR: folder, ...environment },
    encoding: 'utf8',
  });
  return { status: ended.status, policy: ended.stdout, errors: ended.stderr };
}

/** What the page finds when it has loaded the script. */
function told() {
  const page = {};
  runInNewContext(readFileSync(join(folder, 'config.js'), 'utf8'), page);
  return server(page.GROCERY);
}

test('the page is told where the backend is, at each start anew', () => {
  assert.equal(start({ REACT_APP_BACKEND_SERVER: 'http://grocery-1.eu-central-1.elb.example.com' }).status, 0);
  assert.equal(told(), 'http://grocery-1.eu-central-1.elb.example.com');

  start({ REACT_APP_BACKEND_SERVER: 'https://shop.example.com:8443/' });
  assert.equal(told(), 'https://shop.example.com:8443');
});

test('where nothing is said the backend is on the page’s own host', () => {
  for (const environment of [{}, { REACT_APP_BACKEND_SERVER: '' }]) {
    assert.equal(start(environment).status, 0);
    assert.equal(told(), '');
  }
});

test('a browser may ask the backend and the store of pictures, and nobody else', () => {
  const { policy } = start({ REACT_APP_BACKEND_SERVER: 'https://shop.example.com', AVATARS_ORIGIN: 'https://*.s3.eu-central-1.amazonaws.com' });
  const parts = new Map(policy.split('; ').map((part) => [part.slice(0, part.indexOf(' ')), part.slice(part.indexOf(' ') + 1)]));
  assert.equal(parts.get('default-src'), "'none'");
  assert.equal(parts.get('script-src'), "'self'");
  assert.equal(parts.get('connect-src'), "'self' https://shop.example.com https://*.s3.eu-central-1.amazonaws.com");
  assert.equal(parts.get('img-src'), "'self' https://shop.example.com https://*.s3.eu-central-1.amazonaws.com");
  assert.doesNotMatch(policy, /unsafe|data:|\s{2}|\s;/);
  assert.match(start({}).policy, /connect-src 'self'$/);
});

test('a CDN shows pictures, and nothing is sent to it', () => {
  const { policy } = start({ AVATARS_ORIGIN: 'https://*.s3.eu-central-1.amazonaws.com', AVATARS_CDN_ORIGIN: 'https://*.cloudfront.net' });
  assert.match(policy, /img-src 'self' https:\/\/\*\.s3\.eu-central-1\.amazonaws\.com https:\/\/\*\.cloudfront\.net;/);
  assert.match(policy, /connect-src 'self' https:\/\/\*\.s3\.eu-central-1\.amazonaws\.com$/);
  assert.equal(start({ AVATARS_CDN_ORIGIN: '*' }).status, 1);
});

test('what is no address ends the start, and nothing of it comes into a script', () => {
  for (const wrong of [
    '"; alert(1); "',
    'https://shop.example.com/path',
    "https://shop.example.com; script-src 'unsafe-inline'",
    'https://shop.example.com\nhttps://other.example.com',
    'https://*.example.com',
    'shop.example.com',
    'javascript:alert(1)',
  ]) {
    const { status, errors, policy } = start({ REACT_APP_BACKEND_SERVER: wrong });
    assert.equal(status, 1, wrong);
    assert.match(errors, /REACT_APP_BACKEND_SERVER/);
    assert.equal(policy, '', 'what follows is not started');
    assert.deepEqual(readdirSync(folder), []);
  }
  assert.equal(start({ AVATARS_ORIGIN: '*' }).status, 1);
});

test('what follows is started in its place, with its words as they are', () => {
  const ended = spawnSync('sh', [script, 'printf', '%s|', 'a b', 'c'], { env: { PATH: process.env.PATH, CONFIG_DIR: folder }, encoding: 'utf8' });
  assert.equal(ended.stdout, 'a b|c|');
});
