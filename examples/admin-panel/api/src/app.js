import Fastify, { LogController } from 'fastify';
import { Notes } from './notes.js';
import { SESSION_SECONDS, Sessions } from './sessions.js';
import { Tokens } from './tokens.js';

const NOTE = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: { text: { type: 'string', minLength: 1, maxLength: 500 }, pinned: { type: 'boolean' } },
};
const SESSION = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: { name: { type: 'string', minLength: 1, maxLength: 100 } },
};

/**
 * The application without its connections: `database` is a Prisma client, `cache` a Redis client, and tests bring their
 * own.
 */
export function createApp({ settings, database, cache, logger = true }) {
  const app = Fastify({
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16 * 1024,
    trustProxy: true,
  });
  const notes = new Notes(database.note, cache, app.log);
  const sessions = new Sessions(cache);
  const tokens = new Tokens(settings.tokenSecret);

  // Who balances asks here. Without its database the application can't serve; without its cache it is slower.
  app.get('/health', async (request, reply) => {
    try {
      await database.$queryRaw`SELECT 1`;
    } catch (problem) {
      request.log.error({ problem: problem.message }, 'the database does not answer');
      return reply.code(503).send({ status: 'no database', version: settings.version });
    }
    return { status: 'ok', version: settings.version };
  });

  app.register(
    async (routes) => {
      routes.get('/version', async () => ({ version: settings.version }));

      routes.get('/notes', async () => notes.latest());

      routes.get('/notes/count', async () => ({ count: await notes.count() }));

      routes.post('/notes', { schema: { body: NOTE } }, async (request, reply) => {
        const note = await notes.add(request.body.text, request.body.pinned ?? false);
        return reply.code(201).send(note);
      });

      routes.post('/sessions', { schema: { body: SESSION } }, async (request, reply) => {
        const session = await sessions.begin(request.body.name);
        request.log.info({ name: session.name }, 'signed in');
        return reply.code(201).send({ token: await tokens.sign(session, SESSION_SECONDS), expiresIn: SESSION_SECONDS });
      });

      routes.get('/me', async (request, reply) => {
        const session = await signedIn(request);
        return session ? { name: session.name } : refused(reply);
      });

      routes.delete('/sessions', async (request, reply) => {
        const session = await signedIn(request);
        if (!session) return refused(reply);
        await sessions.end(session.id);
        return reply.code(204).send();
      });
    },
    { prefix: settings.basePath },
  );

  async function signedIn(request) {
    const id = await tokens.sessionOf(request.headers.authorization);
    return id ? sessions.find(id) : undefined;
  }

  return app;
}

const refused = (reply) => reply.code(401).send({ error: 'sign in first: POST /sessions gives a token' });
