import * as cloudfront from '@aws-sdk/client-cloudfront';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as rds from '@aws-sdk/client-rds';
import * as route53 from '@aws-sdk/client-route-53';
import * as wafv2 from '@aws-sdk/client-wafv2';
import { expect, test } from 'vitest';
import { createRandom, type Random } from '../../base/random.ts';
import type { AwsService } from '../service.ts';
import { startTestGateway } from '../services/test-gateway.ts';
import { membersOf, requiredMembers, type Shape, shapeOf } from './shape.ts';

/** Every protocol, and every operation of these services but the most of EC2's 800. */
const clients = [
  { sdk: eks, client: eks.EKSClient, every: 1 },
  { sdk: rds, client: rds.RDSClient, every: 2 },
  { sdk: cloudfront, client: cloudfront.CloudFrontClient, every: 2 },
  { sdk: route53, client: route53.Route53Client, every: 1 },
  { sdk: wafv2, client: wafv2.WAFV2Client, every: 1 },
  { sdk: ec2, client: ec2.EC2Client, every: 10 },
] as const;

test.for(clients)(
  '$client.name: inputs and outputs of its operations survive the wire',
  async ({ sdk, client, every }) => {
    const random = createRandom(7);
    const operations = operationsOf(sdk).filter((_operation, i) => i % every === 0);
    let reply: object = {};
    const seen: object[] = [];
    const see = (input: object): object => {
      seen.push(input);
      return reply;
    };
    const handlers = Object.fromEntries(operations.map(({ name }) => [name, see]));
    await using gateway = await startTestGateway(() => [{ sdk, client, handlers } as AwsService]);
    const sender = new client({ ...gateway.clientOptions, disableHostPrefix: true });
    for (const { name, input, output } of operations) {
      const sent = generate(random, input, 0) as object;
      reply = generate(random, output, 0) as object;
      const command = (sdk as unknown as Record<string, new (input: object) => never>)[`${name}Command`];
      if (!command) throw new TypeError(`Cannot test ${name}: expected a command of that name`);
      const { $metadata: _metadata, ...received } = await (sender as unknown as Sender).send(
        new command(sent),
      );
      expect.soft(withoutEmpty(seen.pop()), `input of ${name}`).toEqual(withoutEmpty(sent));
      expect.soft(withoutEmpty(received), `output of ${name}`).toEqual(withoutEmpty(reply));
    }
  },
);

interface Sender {
  send(command: never): Promise<Record<string, unknown>>;
}

function operationsOf(sdk: object): { name: string; input: Shape; output: Shape }[] {
  return Object.entries(sdk)
    .filter(([key, schema]) => key.endsWith('$') && Array.isArray(schema) && schema[0] === 9)
    .map(([, [, , name, , input, output]]) => ({ name, input: shapeOf(input), output: shapeOf(output) }));
}

const texts = ['v', 'a b', 'x&y=<z>', 'é/…', 'p:q+r'];

function generate(random: Random, shape: Shape, depth: number): unknown {
  const traits = shape.getMergedTraits();
  if (shape.isUnitSchema()) return {};
  if (shape.isStructSchema()) return generateStructure(random, shape, depth);
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    return depth > 8 ? [] : [0, 1].map(() => generate(random, item, depth + 1));
  }
  if (shape.isMapSchema())
    return depth > 8 ? {} : { 'k 1': generate(random, shape.getValueSchema(), depth + 1) };
  if (shape.isBlobSchema()) return new Uint8Array([1, 2, 250]);
  if (shape.isTimestampSchema()) return new Date(1.7e12 + random.below(1e6) * 1000);
  if (shape.isBooleanSchema()) return random.next() < 0.5;
  if (shape.isNumericSchema()) return traits.httpResponseCode ? 202 : random.below(1000);
  if (shape.isDocumentSchema()) return { a: [1, 'b'] };
  return traits.httpHeader || traits.httpPrefixHeaders ? 'header' : random.pick(texts);
}

function generateStructure(random: Random, shape: Shape, depth: number): object {
  const required = new Set(requiredMembers(shape));
  const members = membersOf(shape).filter(([name, member]) => {
    const { httpLabel, httpPayload, idempotencyToken } = member.getMergedTraits();
    // The SDK makes up a token that is absent.
    if (httpLabel || httpPayload || idempotencyToken || required.has(name)) return true;
    const isDeep = member.isStructSchema() || member.isListSchema() || member.isMapSchema();
    return !(depth > 3 && isDeep) && random.next() < 0.8;
  });
  // An empty structure within a list cannot be written as a query.
  const some = members.length > 0 || depth > 8 ? members : membersOf(shape).slice(0, 1);
  const chosen = shape.isUnionSchema() ? some.slice(0, 1) : some;
  return Object.fromEntries(chosen.map(([name, member]) => [name, generate(random, member, depth + 1)]));
}

/** No protocol tells an absent structure from an empty one everywhere. */
function withoutEmpty(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, withoutEmpty(entry)] as const);
  return Object.fromEntries(
    entries.filter(
      ([, entry]) =>
        entry !== undefined &&
        !(typeof entry === 'object' && entry !== null && Object.keys(entry).length === 0),
    ),
  );
}
