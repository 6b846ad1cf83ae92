import { PrismaPg } from '@prisma/adapter-pg';
import { createClient } from 'redis';
import { PrismaClient } from '../generated/client/index.js';
import { createApp } from './app.js';
import { InvalidSettings, readSettings } from './settings.js';

function settingsOrEnd() {
  try {
    return readSettings(process.env, ['DATABASE_URL', 'REDIS_URL', 'JWT_SECRET']);
  } catch (problem) {
    if (!(problem instanceof InvalidSettings)) throw problem;
    console.error(problem.message);
    process.exit(1);
  }
}

const settings = settingsOrEnd();
const database = new PrismaClient({ adapter: new PrismaPg(settings.database) });
// A command waits for no lost connection: what the cache can't answer now, the database does.
const cache = createClient({ url: settings.cacheUrl, disableOfflineQueue: true, socket: { connectTimeout: 5_000 } });
const app = createApp({ settings, database, cache });

cache.on('error', (problem) => app.log.warn({ problem: problem.message }, 'cache'));
cache.on('ready', () => app.log.info('cache connected'));
// It goes on trying by itself, and the application serves meanwhile.
cache.connect().catch((problem) => app.log.error({ problem: problem.message }, 'the cache can not be reached'));

// Requests under way are answered, then connections closed, then it ends.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    app.log.info(`${signal}: no new connections`);
    await app.close();
    await Promise.allSettled([database.$disconnect(), cache.close()]);
    process.exit(0);
  });
}

await app.listen({ host: '0.0.0.0', port: settings.port });
app.log.info(`version ${settings.version} serves`);
