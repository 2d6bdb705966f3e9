// The cases behind an HTTP server of Node.js, Deno or Bun; the port is the argument.

import { answer } from './cases.mjs';

const { createServer } = await import('node:http');
const port = Number(process.argv[2]);

createServer(async (request, response) => {
  const body = await answer(`http://localhost${request.url}`);
  response.end(body);
}).listen(port, '127.0.0.1');
