const LATEST = 'notes:latest';
const SECONDS = 5;
const COUNT = 50;

/** Notes are rows; the latest ones are remembered in the cache, and the cache may be gone at any time. */
export class Notes {
  #rows;
  #cache;
  #log;

  constructor(rows, cache, log) {
    this.#rows = rows;
    this.#cache = cache;
    this.#log = log;
  }

  async latest() {
    const remembered = await this.#try(() => this.#cache.get(LATEST));
    if (remembered) return { notes: JSON.parse(remembered), from: 'cache' };
    const notes = await this.#rows.findMany({ orderBy: [{ pinned: 'desc' }, { id: 'desc' }], take: COUNT });
    await this.#try(() => this.#cache.set(LATEST, JSON.stringify(notes), { EX: SECONDS }));
    return { notes, from: 'database' };
  }

  count() {
    return this.#rows.count();
  }

  async add(text, pinned) {
    const note = await this.#rows.create({ data: { text, pinned } });
    await this.#try(() => this.#cache.del(LATEST));
    return note;
  }

  async #try(action) {
    try {
      return await action();
    } catch (problem) {
      this.#log.warn({ problem: problem.message }, 'the cache does not answer');
      return undefined;
    }
  }
}
