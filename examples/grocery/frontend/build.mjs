/**
 * Makes dist/: the page with its script and style, which are named by their content, so that browsers may keep them for a
 * year. What the page is told where it runs is not in it: see entrypoint.sh.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['src/main.jsx'],
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  metafile: true,
});
await cp('public', 'dist', { recursive: true });

const made = Object.keys(metafile.outputs).map((file) => basename(file));
const named = (ending) => {
  const found = made.filter((name) => name.startsWith('main-') && name.endsWith(ending));
  if (found.length !== 1) throw new Error(`one main-….${ending} was expected, and there are: ${made.join(', ')}`);
  return `/assets/${found[0]}`;
};
const page = await readFile('public/index.html', 'utf8');
await writeFile('dist/index.html', page.replace('/assets/main.js', named('.js')).replace('/assets/main.css', named('.css')));
