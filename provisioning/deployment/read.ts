import { readFileSync } from 'node:fs';
import type { Document } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';
import type { Deployment } from './schema.ts';
import { deploymentSchema } from './schema.ts';

/** Every problem of a deployment file at once, each with its place. The CLI ends with exit code 2. */
export class DeploymentError extends Error {
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super(`Cannot use deployment file "${file}": ${problems.length} problem(s)\n${problems.join('\n')}`);
    this.name = 'DeploymentError';
    this.problems = problems;
  }
}

export function readDeployment(file: string): Deployment {
  return parseDeployment(readText(file), file);
}

export function parseDeployment(text: string, file: string): Deployment {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new DeploymentError(
      file,
      document.errors.map((error) => `${place(error.pos[0])}: ${error.message.split('\n')[0]}`),
    );
  }
  const result = deploymentSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (result.success) return result.data;
  const problems = flatten(result.error.issues).map(
    ({ path, message }) => `${place(offsetOf(document, path))}: ${path.join('.') || 'file'}: ${message}`,
  );
  throw new DeploymentError(file, [...new Set(problems)]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeploymentError(file, [`${file}: expected a readable file, got ${reason}`]);
  }
}

type Path = readonly (string | number)[];
interface Problem {
  readonly path: Path;
  readonly message: string;
}
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** A union reports the issues of its alternative that got furthest; an unknown key is reported at the key itself. */
function flatten(issues: readonly Issue[], base: Path = []): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.filter((part) => typeof part !== 'symbol')];
    if (issue.code === 'unrecognized_keys')
      return (issue.keys ?? []).map((key) => ({ path: [...path, key], message: 'unknown field' }));
    const best = [...(issue.errors ?? [])].sort((a, b) => depth(b) - depth(a))[0];
    if (issue.code === 'invalid_union' && best && depth(best) > 0) return flatten(best, path);
    return [{ path, message: issue.message }];
  });
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.keys?.length ?? 0)));
}

/** The offset of the node at `path`, or of the nearest ancestor that the file has. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range) return range[0];
  }
  return 0;
}
