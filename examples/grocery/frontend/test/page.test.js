import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

test('the page has nothing that its policy refuses: no script and no style in its text', () => {
  const page = read('public/index.html');
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=/);
  for (const [script] of page.matchAll(/<script[^>]*>[^<]*/g)) {
    assert.match(script, /^<script [^>]*src="\/[^"]+"[^>]*>$/);
  }
  assert.doesNotMatch(read('src/main.jsx'), /\sstyle=|dangerouslySetInnerHTML/);
});

test('what the container says at its start is read before the page’s own script', () => {
  const page = read('public/index.html');
  assert.ok(page.indexOf('src="/config.js"') > 0);
  assert.ok(page.indexOf('src="/config.js"') < page.indexOf('src="/assets/main.js"'));
});

test('the build argument is only a default: the image keeps it as a variable', () => {
  const dockerfile = read('Dockerfile');
  assert.match(dockerfile, /^ARG REACT_APP_BACKEND_SERVER=$/m);
  assert.match(dockerfile, /^ENV REACT_APP_BACKEND_SERVER=\$\{REACT_APP_BACKEND_SERVER\}/m);
  assert.doesNotMatch(read('build.mjs'), /REACT_APP/);
});

test('the page finds its script and style under names that stay from release to release', () => {
  const page = read('public/index.html');
  assert.match(page, /href="\/assets\/main\.css"/);
  assert.match(page, /src="\/assets\/main\.js"/);
  assert.doesNotMatch(read('build.mjs'), /\[hash\]/);
});
