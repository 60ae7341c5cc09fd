import { createHash } from 'node:crypto';

export interface ImagesOptions {
  /** Image repository of the account's registry → what its images run. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  /** Reference without tag of a public image, `docker.io/` may be left out → what it runs; every tag of it exists. */
  readonly publicPrograms?: Readonly<Record<string, readonly string[]>>;
  /** The account's registry: the digest of an image reference, undefined when it has no such image. */
  readonly resolveDigest: (reference: string) => string | undefined;
}

export interface Image {
  readonly digest: string;
  readonly command: readonly string[];
}

/** What an image reference of a pod runs; undefined when no registry has it. */
export function createImages(options: ImagesOptions): (reference: string) => Image | undefined {
  const { programs, publicPrograms = {}, resolveDigest } = options;
  const published = new Map(Object.entries(publicPrograms).map(([name, command]) => [nameOf(name), command]));
  return (reference) => {
    const name = nameOf(reference);
    const publicCommand = published.get(name);
    if (publicCommand) return { digest: digestOf(name), command: publicCommand };
    const digest = resolveDigest(reference);
    const repository = name.slice(name.indexOf('/') + 1);
    const command = Object.hasOwn(programs, repository) ? programs[repository] : undefined;
    return digest && command ? { digest, command } : undefined;
  };
}

/** `registry/repository`, with Docker Hub spelled out (distribution/reference, `ParseNormalizedNamed`). */
function nameOf(reference: string): string {
  const path = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const [first = '', ...rest] = path.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (hasRegistry) return path;
  return rest.length > 0 ? `docker.io/${path}` : `docker.io/library/${path}`;
}

/** Stable, since an image of a name is always the same program. */
function digestOf(name: string): string {
  return `sha256:${createHash('sha256').update(name).digest('hex')}`;
}
