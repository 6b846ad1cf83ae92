/**
 * Makes dist/: the page, its script and its style. They keep their names from release to release: while hosts are released
 * to one after another, the page of a new one may get its script from an old one, and has to find it. Beside each file lies
 * its ETag, made of its content: times in an image are all the same, and tell nobody what changed.
 *
 * What the page is told where it runs is not in here: see entrypoint.sh.
 */
import { createHash } from 'node:crypto';
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
await cp('public', 'dist', { recursive: true });
await build({
  entryPoints: ['src/main.jsx'],
  outdir: 'dist/assets',
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
});

for (const file of await readdir('dist', { recursive: true, withFileTypes: true })) {
  if (!file.isFile()) continue;
  const path = join(file.parentPath, file.name);
  const digest = createHash('sha256').update(await readFile(path)).digest('hex');
  await writeFile(`${path}.etag`, `"${digest.slice(0, 32)}"`);
}
