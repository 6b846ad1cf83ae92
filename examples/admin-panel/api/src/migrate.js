import { spawn } from 'node:child_process';
import pg from 'pg';
import { readSettings } from './settings.js';

// Whoever migrates holds it; any number that nobody else takes in this database.
const LOCK = 7_101_202_601;

// Prisma refuses to go on after a migration that did not end well, until somebody says what became of it. Here that is
// known: a migration is one transaction, and while we hold the lock none is under way, so what has not ended is undone.
const UNDONE = `
  UPDATE _prisma_migrations SET rolled_back_at = now()
  WHERE finished_at IS NULL AND rolled_back_at IS NULL
  RETURNING migration_name`;

async function deploy() {
  const prisma = spawn(process.execPath, ['node_modules/prisma/build/index.js', 'migrate', 'deploy'], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    prisma.once('error', reject);
    prisma.once('exit', (code) => resolve(code ?? 1));
  });
}

const { connectionString, connectionTimeoutMillis } = readSettings(process.env).database;
const database = new pg.Client({ connectionString, connectionTimeoutMillis });
await database.connect();
await database.query('SELECT pg_advisory_lock($1)', [LOCK]);
const { rows } = await database.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there");
if (rows[0].there) {
  for (const { migration_name: name } of (await database.query(UNDONE)).rows) {
    console.log(`${name} failed before and left nothing behind; it is tried again if this image still has it`);
  }
}
const code = await deploy();
await database.end();
process.exit(code);
