/** What is wrong with the environment; all of it, so that nobody mends one variable after the other. */
export class InvalidSettings extends Error {
  constructor(problems) {
    super(`the environment has ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}:\n  ${problems.join('\n  ')}`);
    this.name = 'InvalidSettings';
  }
}

/**
 * Reads the settings, which are all in the environment. Values of secrets are never part of a message.
 *
 *   DATABASE_URL  postgresql://…; its connection_limit is how many connections this process may open
 *   REDIS_URL     rediss://… (or redis://… on a developer's machine)
 *   JWT_SECRET    signs tokens; 32 characters or more
 *   PORT          where it listens; default 3000
 *   BASE_PATH     what every path but /health begins with; default /api
 *   APP_VERSION   what /version answers; the image brings it
 */
export function readSettings(environment, needed = ['DATABASE_URL']) {
  const problems = [];
  for (const name of needed) {
    if (!environment[name]) problems.push(`${name}: is missing`);
  }
  const database = readDatabase(environment.DATABASE_URL, problems);
  if (environment.JWT_SECRET !== undefined && environment.JWT_SECRET.length < 32) {
    problems.push('JWT_SECRET: has fewer than 32 characters');
  }
  const port = Number(environment.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    problems.push(`PORT: "${environment.PORT}" is not a port`);
  }
  const basePath = environment.BASE_PATH ?? '/api';
  if (!/^(\/[a-z0-9-]+)*$/.test(basePath)) {
    problems.push(`BASE_PATH: "${basePath}" is not a path such as /api, or nothing`);
  }
  if (problems.length > 0) throw new InvalidSettings(problems);
  return {
    database,
    cacheUrl: environment.REDIS_URL,
    tokenSecret: environment.JWT_SECRET,
    port,
    basePath,
    version: environment.APP_VERSION ?? 'unknown',
  };
}

/** The pool's settings: Prisma's own engine read connection_limit out of the URL, the driver wants it beside the URL. */
function readDatabase(text, problems) {
  if (!text) return undefined;
  let url;
  try {
    url = new URL(text);
  } catch {
    problems.push('DATABASE_URL: is not a URL');
    return undefined;
  }
  const limit = Number(url.searchParams.get('connection_limit') ?? 5);
  if (!Number.isInteger(limit) || limit < 1) {
    problems.push('DATABASE_URL: connection_limit is not a number from 1 up');
  }
  url.searchParams.delete('connection_limit');
  return { connectionString: url.href, max: limit, connectionTimeoutMillis: 5_000 };
}
