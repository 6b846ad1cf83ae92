import { PrismaPg } from '@prisma/adapter-pg';

const NAME = 19;
const TEXT = 25;

/**
 * The driver as Prisma's migrations need it, and as the adapter of Prisma 6 does not give it yet.
 *
 * One connection, so that the lock which Prisma takes and the statements that follow are the same session's.
 */
export class MigrationAdapter extends PrismaPg {
  constructor(database) {
    super({ ...database, max: 1 });
  }

  async connect() {
    const adapter = await super.connect();
    // PostgreSQL's catalog has columns of type "name", which the adapter refuses to read:
    // https://github.com/prisma/orm/issues/27403. They are short texts.
    adapter.client.on('connect', ({ connection }) =>
      connection.prependListener('rowDescription', ({ fields }) => {
        for (const field of fields) {
          if (field.dataTypeID === NAME) field.dataTypeID = TEXT;
        }
      }),
    );
    // The adapter cuts a migration at its semicolons. Sent as a whole it is one transaction: it happens, or it does not.
    adapter.executeScript = async (script) => {
      try {
        await adapter.client.query(script);
      } catch (problem) {
        adapter.onError(problem);
      }
    };
    return adapter;
  }
}
