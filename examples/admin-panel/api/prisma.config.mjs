import { defineConfig } from 'prisma/config';
import { MigrationAdapter } from './src/migration-adapter.js';
import { readSettings } from './src/settings.js';

// Migrations too run without an engine of their own: through the driver that the application's queries take.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  engine: 'js',
  experimental: { adapter: true },
  adapter: async () => new MigrationAdapter(readSettings(process.env).database),
});
