import type { PostgresServer } from '../server.ts';
import type { ClusterMember, MemberSpecification } from './contract.ts';

/** One of a cluster's three: its place stays; its server is another one whenever it was made anew. */
export interface Member {
  readonly specification: MemberSpecification;
  readonly address: string;
  server: PostgresServer | undefined;
  /** What its present server's slot is called, and what it calls itself at the writer. Never used twice. */
  standbyName: string;
  /** It serves: a writer's writes, a reader's reads. */
  up: boolean;
}

export function describeMember(
  { specification, address, server, up }: Member,
  role: ClusterMember['role'],
  created: boolean,
): ClusterMember {
  const { zone } = specification;
  return {
    ...specification,
    role,
    status: up ? 'available' : created ? 'rebooting' : 'creating',
    address,
    server: server?.pid === undefined ? undefined : { address, zone, pid: server.pid },
  };
}
