import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsScript } from './aws-script.ts';
import type { ScriptedAnswer, ScriptedCall } from './call.ts';
import { reviveInstants, ScriptedError } from './call.ts';
import { startScriptedCluster } from './cluster.ts';
import { lookScript } from './look-script.ts';
import { planeScript } from './plane-script.ts';
import { telemetryAnswer } from './telemetry-script.ts';
import { createWorld, stateOf } from './world.ts';

export interface ScriptedStack extends AsyncDisposable {
  readonly url: string;
  /** Everything that a fault may have changed, as it is now. */
  state(): unknown;
  /** Calls that changed something so far. */
  changes(): number;
}

/** A stack without traffic: an API server, and an AWS account, planes and a database that are plain data. */
export async function openScriptedStack(): Promise<ScriptedStack> {
  const world = createWorld();
  const cluster = await startScriptedCluster();
  const script = { ...awsScript(world, cluster), ...planeScript(world), ...lookScript(world) };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (request.method === 'GET') {
      response.end(path === '/' ? cluster.kubeconfig : telemetryAnswer(world, path));
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = JSON.parse(Buffer.concat(chunks).toString('utf8'), reviveInstants) as ScriptedCall;
      response.end(JSON.stringify(answer(script, call)));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    state: () => ({ world: stateOf(world), cluster: structuredClone(cluster.state()) }),
    changes: () => world.changes + cluster.changes(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

type Script = Readonly<Record<string, (input: never) => unknown>>;

function answer(script: Script, { client, operation, input }: ScriptedCall): ScriptedAnswer {
  const act = script[`${client} ${operation}`];
  if (!act) return { error: { name: 'NotScripted', message: `Cannot answer ${client} ${operation}` } };
  try {
    return { result: act(input as never) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = error instanceof ScriptedError ? error.code : undefined;
    return { error: { name: error.name, message: error.message, code } };
  }
}
