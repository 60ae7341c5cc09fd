import { StringDecoder } from 'node:string_decoder';

export interface LogLine {
  readonly time: Date;
  readonly line: string;
}

/** The lines that one run of a container wrote, the newest of them kept. */
export interface ContainerLog {
  readonly lines: readonly LogLine[];
  readonly ended: boolean;
  /** A writer for one stream; call it with chunks, then with undefined at the end. */
  stream(): (chunk: Buffer | undefined) => void;
  /** Calls back with each further line, and with undefined when the run is over. Returns the way to stop. */
  follow(onLine: (line: LogLine | undefined) => void): () => void;
  end(): void;
}

export interface ContainerLogOptions {
  readonly now: () => Date;
  readonly onLine?: (line: LogLine) => void;
}

/** Like the runtime's rotation (10 MB a file), by lines. */
const mostLines = 20_000;
/** containerd splits longer lines (16 KiB, CRI `max_container_log_line_size`). */
const longestLine = 16_384;

export function createContainerLog({ now, onLine }: ContainerLogOptions): ContainerLog {
  let lines: LogLine[] = [];
  let ended = false;
  const followers = new Set<(line: LogLine | undefined) => void>();
  const write = (text: string): void => {
    const line = { time: now(), line: text };
    lines.push(line);
    if (lines.length > mostLines * 1.1) lines = lines.slice(-mostLines);
    onLine?.(line);
    for (const follower of followers) follower(line);
  };
  return {
    get lines() {
      return lines;
    },
    get ended() {
      return ended;
    },
    stream: () => lineSplitter(write),
    follow: (follower) => {
      if (!ended) followers.add(follower);
      return () => void followers.delete(follower);
    },
    end: () => {
      ended = true;
      for (const follower of followers) follower(undefined);
      followers.clear();
    },
  };
}

function lineSplitter(write: (line: string) => void): (chunk: Buffer | undefined) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    rest += chunk === undefined ? decoder.end() : decoder.write(chunk);
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) writeSplit(part, write);
    if (chunk === undefined && rest !== '') writeSplit(rest, write);
    if (chunk === undefined) rest = '';
  };
}

function writeSplit(line: string, write: (line: string) => void): void {
  for (let at = 0; at === 0 || at < line.length; at += longestLine) write(line.slice(at, at + longestLine));
}
