import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { createBackoff } from './backoff.ts';
import type { Image, NodeContext } from './kubelet-context.ts';

export interface PullOptions {
  readonly context: NodeContext;
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly signal: AbortSignal;
  onWaiting(reason: string, message: string): void;
}

/** Asks the registry until it answers with the image, ever more slowly. Rejects when aborted. */
export async function pullImage(options: PullOptions): Promise<Image> {
  const { context, pod, container, signal, onWaiting } = options;
  const { events, clock } = context;
  const reference = container.image ?? '';
  const field = `spec.containers{${container.name}}`;
  const backoff = createBackoff(() => clock.elapsedMs());
  // The first attempt is not a retry.
  backoff.nextDelayMs(clock.elapsedMs());
  while (true) {
    const image = await attempt(options, field);
    if (image) return image;
    const message = `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`;
    const failure = `Failed to pull image "${reference}": rpc error: code = NotFound desc = ${message}`;
    events.warning(pod, 'Failed', failure, field);
    events.warning(pod, 'Failed', 'Error: ErrImagePull', field);
    onWaiting('ErrImagePull', message);
    const delayMs = backoff.nextDelayMs(clock.elapsedMs());
    await clock.sleep(syncMs, signal);
    events.normal(pod, 'BackOff', `Back-off pulling image "${reference}"`, field);
    events.warning(pod, 'Failed', 'Error: ImagePullBackOff', field);
    onWaiting('ImagePullBackOff', `Back-off pulling image "${reference}": ErrImagePull: ${message}`);
    await clock.sleep(delayMs - syncMs, signal);
  }
}

/** The kubelet looks at a pod again about each second; that is when an error becomes a back-off. */
const syncMs = 1_000;

async function attempt({ context, pod, container }: PullOptions, field: string): Promise<Image | undefined> {
  const { events, images, ports, clock } = context;
  const reference = container.image ?? '';
  const present = images.get(reference);
  if (present && container.imagePullPolicy !== 'Always') {
    events.normal(pod, 'Pulled', `Container image "${reference}" already present on machine`, field);
    return present;
  }
  events.normal(pod, 'Pulling', `Pulling image "${reference}"`, field);
  const began = clock.elapsedMs();
  const image = await ports.resolveImage(reference);
  if (!image) return undefined;
  images.set(reference, image);
  const took = `${Math.round(clock.elapsedMs() - began)}ms`;
  const text = `Successfully pulled image "${reference}" in ${took} (${took} including waiting).`;
  events.normal(pod, 'Pulled', text, field);
  return image;
}

/** `registry/hub:v1` by digest, as `imageID` shows it. */
export function imageId(reference: string, { digest }: Image): string {
  const path = reference.split('@')[0] ?? '';
  const colon = path.lastIndexOf(':');
  return `${colon > path.lastIndexOf('/') ? path.slice(0, colon) : path}@${digest}`;
}
