import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DialTarget } from '../../fixtures/probes/dialer.ts';
import type { ReferenceOrder, ReferenceReady } from './reference-server.ts';

export interface Reference extends ReferenceReady, AsyncDisposable {
  readonly url: string;
}

/** Probes reach it by its address: no name server, no port table. */
export const referenceTarget: DialTarget = {
  dns: { address: '127.0.0.1', port: 9 },
  ports: {},
  trust: { web: '', database: '' },
};

export async function startReference(order: ReferenceOrder = {}): Promise<Reference> {
  const program = fileURLToPath(new URL('./reference-server.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify(order)}\n`);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const ready = JSON.parse(line) as ReferenceReady;
  return {
    ...ready,
    url: `http://127.0.0.1:${ready.port}`,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
