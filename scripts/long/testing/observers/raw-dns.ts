import { createSocket } from 'node:dgram';
import type { DecodedPacket, RecordType } from 'dns-packet';
import { decode, encode } from 'dns-packet';

export interface RawDnsAnswer {
  readonly code: string;
  readonly addresses: readonly string[];
  readonly texts: readonly string[];
  readonly ms: number;
}

/** One question in one datagram; `lost` when nothing came back. */
export function askRaw(
  server: { readonly address: string; readonly port: number },
  name: string,
  type: RecordType = 'A',
): Promise<RawDnsAnswer> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const finish = (code: string, answers: DecodedPacket['answers'] = []) => {
      clearTimeout(timer);
      socket.close();
      const of = (wanted: string) =>
        answers.flatMap((answer) => (answer.type === wanted && 'data' in answer ? String(answer.data) : []));
      resolve({ code, addresses: of('A'), texts: of('TXT'), ms: performance.now() - startedMs });
    };
    const timer = setTimeout(() => finish('lost'), 3000);
    socket.on('error', reject);
    socket.on('message', (message) => {
      const { rcode, answers } = decode(message) as DecodedPacket & { readonly rcode: string };
      finish(rcode, answers);
    });
    socket.send(encode({ type: 'query', id: 7, questions: [{ name, type }] }), server.port, server.address);
  });
}
