import type { JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import { parseApiVersion } from '../resources.ts';
import { badRequest } from '../status.ts';
import type { ScalarType, StructType, Type } from '../types.ts';
import { readJson, schemaNameOf, structNamed } from '../types.ts';
import type { WireField } from './wire.ts';
import { readFields } from './wire.ts';

/** The prefix of an object in Kubernetes' protobuf (apimachinery, serializer/protobuf). */
const magic = Buffer.from('k8s\0');

/**
 * An object as kubectl's typed clients send it: a `runtime.Unknown` that names the kind and holds the message. Gives
 * the JSON that Go would have written.
 */
export function decodeProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, 4).equals(magic))
    throw badRequest('provided data does not appear to be a protobuf message');
  try {
    const envelope = readFields(body.subarray(4));
    const { apiVersion, kind } = readTypeMeta(bytesOf(envelope, 1));
    const { group, version } = parseApiVersion(apiVersion);
    const schemaName = schemaNameOf(group, version, kind);
    return { apiVersion, kind, ...decodeStruct(structNamed(schemaName), schemaName, bytesOf(envelope, 2)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badRequest(error.message);
  }
}

type FieldNumbers = Readonly<Record<string, number | readonly [number, string]>>;
let numbers: Readonly<Record<string, FieldNumbers>> | undefined;

function numbersOf(schemaName: string): FieldNumbers {
  const all = numbers ?? readJson<Readonly<Record<string, FieldNumbers>>>('field-numbers.json');
  numbers = all;
  return all[schemaName] ?? {};
}

function readTypeMeta(message: Buffer): { apiVersion: string; kind: string } {
  const fields = readFields(message);
  return { apiVersion: bytesOf(fields, 1).toString('utf8'), kind: bytesOf(fields, 2).toString('utf8') };
}

function bytesOf(fields: readonly WireField[], number: number): Buffer {
  const value = fields.findLast((field) => field.number === number)?.value;
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function decodeStruct(type: StructType, schemaName: string, message: Buffer): JsonObject {
  const result: JsonObject = {};
  const fields = Map.groupBy(readFields(message), ({ number }) => number);
  for (const [name, place] of Object.entries(numbersOf(schemaName))) {
    const found = fields.get(typeof place === 'number' ? place : place[0]);
    if (!found) continue;
    if (typeof place === 'number') {
      const field = type.field(name);
      const value = field && decodeField(field, found);
      if (value !== undefined && !isUnset(name, value)) result[name] = value;
    } else {
      // What Go embeds has its fields in the parent.
      for (const { value } of found) {
        if (Buffer.isBuffer(value)) Object.assign(result, decodeStruct(type, place[1], value));
      }
    }
  }
  return result;
}

function decodeField(type: Type, fields: readonly WireField[]): unknown {
  if (type.kind === 'list') return fields.map(({ value }) => decodeValue(type.items, value));
  if (type.kind === 'map') {
    return Object.fromEntries(
      fields.map(({ value }) => {
        const entry = readFields(Buffer.isBuffer(value) ? value : Buffer.alloc(0));
        const member = entry.find(({ number }) => number === 2)?.value ?? Buffer.alloc(0);
        return [bytesOf(entry, 1).toString('utf8'), decodeValue(type.values, member)] as const;
      }),
    );
  }
  const last = fields.at(-1);
  return last && decodeValue(type, last.value);
}

function decodeValue(type: Type, value: bigint | Buffer): unknown {
  if (type.kind === 'scalar') return decodeScalar(type, value);
  if (!Buffer.isBuffer(value)) return undefined;
  if (type.kind === 'struct') return decodeStruct(type, type.schemaName, value);
  // FieldsV1 and RawExtension hold JSON in their first field.
  if (type.kind === 'any') return JSON.parse(bytesOf(readFields(value), 1).toString('utf8') || 'null');
  return undefined;
}

function decodeScalar({ scalar }: ScalarType, value: bigint | Buffer): unknown {
  if (!Buffer.isBuffer(value)) return scalar === 'boolean' ? value !== 0n : Number(value);
  switch (scalar) {
    case 'string':
      return value.toString('utf8');
    case 'bytes':
      return value.toString('base64');
    case 'number':
      return value.readDoubleLE();
    case 'quantity':
      return bytesOf(readFields(value), 1).toString('utf8') || '0';
    case 'time':
    case 'microTime':
      return decodeTime(value);
    case 'intOrString':
      return decodeIntOrString(value);
    default:
      return undefined;
  }
}

function decodeTime(message: Buffer): string | undefined {
  const fields = readFields(message);
  const seconds = numberOf(fields, 1);
  if (fields.length === 0) return undefined;
  return new Date(seconds * 1000 + numberOf(fields, 2) / 1e6).toISOString();
}

function decodeIntOrString(message: Buffer): number | string {
  const fields = readFields(message);
  return numberOf(fields, 1) === 1 ? bytesOf(fields, 3).toString('utf8') : numberOf(fields, 2);
}

function numberOf(fields: readonly WireField[], number: number): number {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === 'bigint' ? Number(value) : 0;
}

/** Go writes zero values of fields that are no pointers, where JSON leaves them out. */
function isUnset(name: string, value: unknown): boolean {
  if (value === '') return true;
  if (value === 0 || value === false) return !pointers.has(name);
  return isObject(value) && name === 'metadata' && Object.keys(value).length === 0;
}

/** Fields whose zero is a statement, since Go holds them by pointer. */
const pointers = new Set([
  'activeDeadlineSeconds',
  'allowPrivilegeEscalation',
  'automountServiceAccountToken',
  'averageUtilization',
  'backoffLimit',
  'blockOwnerDeletion',
  'completions',
  'controller',
  'defaultMode',
  'enableServiceLinks',
  'failedJobsHistoryLimit',
  'fsGroup',
  'gracePeriodSeconds',
  'immutable',
  'manualSelector',
  'minReplicas',
  'mode',
  'optional',
  'orphanDependents',
  'parallelism',
  'privileged',
  'progressDeadlineSeconds',
  'publishNotReadyAddresses',
  'readOnlyRootFilesystem',
  'ready',
  'replicas',
  'revisionHistoryLimit',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'serving',
  'stabilizationWindowSeconds',
  'successfulJobsHistoryLimit',
  'suspend',
  'terminating',
  'terminationGracePeriodSeconds',
  'tolerationSeconds',
  'ttlSecondsAfterFinished',
]);
