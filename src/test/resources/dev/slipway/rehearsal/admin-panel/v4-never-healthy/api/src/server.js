import { createServer } from 'node:http';

// Starts, listens, and never gets well.
createServer((request, response) => response.writeHead(503).end('{"status":"starting"}')).listen(process.env.PORT);
console.log('never healthy');
process.once('SIGTERM', () => process.exit(0));
