/** The image of the tests: says what it sees of its pod, and does what paths tell it. */
import { lookup } from 'node:dns/promises';
import { openSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { hostname } from 'node:os';

const actions: Record<string, (argument: string) => unknown> = {
  healthz: () => (healthy ? 'ok' : undefined),
  sicken: () => {
    healthy = false;
    return 'sick';
  },
  environment: () => process.env,
  hostname: () => hostname(),
  lookup: (name) => lookup(name),
  peer: (url) => fetchText(url),
  burn: (ms) => {
    const end = performance.now() + Number(ms);
    while (performance.now() < end);
    return 'burnt';
  },
  open: (count) => {
    for (let left = Number(count); left > 0; left--) openSync('/dev/null', 'r');
    return 'open';
  },
  say: (text) => console.log(text),
  exit: (code) => process.exit(Number(code)),
};
let healthy = process.env.SICK === undefined;

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://pod');
  const action = actions[url.pathname.slice(1)];
  if (url.pathname === '/whoami') {
    response.end(JSON.stringify({ from: request.socket.remoteAddress, at: request.socket.localAddress }));
    return;
  }
  const answer = await new Promise((resolve) => resolve(action?.(url.searchParams.get('of') ?? ''))).catch(
    String,
  );
  response.statusCode = answer === undefined ? 503 : 200;
  response.end(JSON.stringify(answer ?? null));
});
if (process.env.SERVE !== 'no') server.listen(Number(process.env.PORT ?? 8080));
if (process.env.TERM_MS) {
  process.on('SIGTERM', () => {
    console.log('terminating');
    server.close();
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), Number(process.env.TERM_MS));
  });
}
console.log(`hello from ${process.env.POD_NAME ?? 'nobody'}`);
if (process.env.EXIT) process.exit(Number(process.env.EXIT));

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}
