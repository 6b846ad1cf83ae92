import { randomUUID } from 'node:crypto';

export const SESSION_SECONDS = 3600;

/** Sessions live in the cache alone: whoever signs out is out on every host, whatever a token still says. */
export class Sessions {
  #cache;

  constructor(cache) {
    this.#cache = cache;
  }

  async begin(name) {
    const session = { id: randomUUID(), name };
    await this.#cache.set(keyOf(session.id), JSON.stringify(session), { EX: SESSION_SECONDS });
    return session;
  }

  async find(id) {
    const text = await this.#cache.get(keyOf(id));
    return text ? JSON.parse(text) : undefined;
  }

  end(id) {
    return this.#cache.del(keyOf(id));
  }
}

const keyOf = (id) => `session:${id}`;
