import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { InvalidChangeBatch } from '@aws-sdk/client-route-53';
import type { FaultHands } from '../../../../fixtures/faults/fault.ts';
import type { Looks } from '../../../../fixtures/faults/looks.ts';
import type { Steps } from '../../../../fixtures/faults/testing/steps.ts';
import { offlineDescriptor } from '../../../../fixtures/runner/testing/offline-descriptor.ts';
import { createClock } from '../../../../local/base/clock.ts';
import type { AwsClients, KubernetesClients, Stack } from '../../../../provisioning/attach.ts';
import { attach } from '../../../../provisioning/attach.ts';
import type { Control } from '../../../../provisioning/control.ts';
import { readDeployment } from '../../../../provisioning/deployment/read.ts';
import { inRepository } from '../../../repository.ts';
import type { ScriptedAnswer, ScriptedCall } from './call.ts';
import { reviveInstants, ScriptedError } from './call.ts';
import { scriptedDescriptor } from './descriptor.ts';

/** The hands of a runner on a scripted stack: each call of each client is one request, and a step where it changes something. */
export async function scriptedHands(url: string, steps?: Steps): Promise<FaultHands> {
  const descriptor = offlineDescriptor({
    ...scriptedDescriptor,
    telemetry: { lokiUrl: url.slice(0, -1), tempoUrl: url.slice(0, -1), otlpUrl: url.slice(0, -1) },
    kubernetes: { kubeconfig: await (await fetch(url)).text() },
  });
  const send = createSend(url, steps);
  const clients = attach(descriptor);
  const stack: Stack = {
    descriptor,
    clock: createClock({ speed: descriptor.speed }),
    aws: scriptedAws(clients.aws, send),
    kubernetes: counted(clients.kubernetes, steps),
    control: methodsOf('control', send) as unknown as Control,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return {
    stack,
    deployment: readDeployment(inRepository('provisioning/deployments/artifacthub.yaml')),
    look: methodsOf('look', send) as unknown as Looks,
    signal: new AbortController().signal,
    note: () => undefined,
  };
}

type Send = (call: ScriptedCall) => Promise<unknown>;

function createSend(url: string, steps?: Steps): Send {
  return async (call) => {
    const changes = !readsOnly(call.client, call.operation);
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(call) });
    const answer = JSON.parse(await response.text(), reviveInstants) as ScriptedAnswer;
    if (changes) steps?.step(`after ${call.operation}`);
    if ('error' in answer) throw errorOf(answer.error);
    return answer.result;
  };
}

/** Kubernetes is not scripted: the API server is ours, and the clients are the true ones. */
function counted(clients: KubernetesClients, steps?: Steps): KubernetesClients {
  return clientsOf((name) => {
    const client = (clients as unknown as Record<string, Record<string, unknown>>)[name];
    return new Proxy(client ?? {}, {
      get: (target, method) => {
        const member = target[String(method)];
        if (typeof member !== 'function' || readsOnly('kubernetes', String(method))) return member;
        return async (...args: unknown[]) => {
          const result: unknown = await member.apply(target, args);
          steps?.step(`after ${String(method)}`);
          return result;
        };
      },
    });
  }) as unknown as KubernetesClients;
}

function clientsOf(client: (name: string) => unknown): object {
  return new Proxy({}, { get: (_, name) => client(String(name)) });
}

/** The true clients, for the SDK's paginators ask whether they are; what they would send goes to the script. */
function scriptedAws(clients: AwsClients, send: Send): AwsClients {
  for (const [name, client] of Object.entries(clients)) {
    const scriptedSend = (command: Command) =>
      send({
        client: `aws.${name}`,
        operation: command.constructor.name.replace(/Command$/, ''),
        input: command.input,
      });
    Object.assign(client, { send: scriptedSend });
  }
  return clients;
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: unknown;
}

/** The classes that faults tell errors by. */
function errorOf({ name, message, code }: Extract<ScriptedAnswer, { error: object }>['error']): Error {
  const options = { message, $metadata: {}, name, $fault: 'client' } as const;
  if (name === 'InvalidChangeBatch') return new InvalidChangeBatch(options);
  if (name.startsWith('InvalidPermission.')) return new EC2ServiceException(options);
  return new ScriptedError(name, message, code);
}

function methodsOf(client: string, send: Send): object {
  return new Proxy(
    {},
    {
      get: (_, operation) =>
        typeof operation === 'string' && operation !== 'then'
          ? (...input: unknown[]) => send({ client, operation, input })
          : undefined,
    },
  );
}

function readsOnly(client: string, operation: string): boolean {
  return client === 'look' ? operation !== 'sql' : /^(Get|Describe|List|read|list|get|state)/.test(operation);
}
