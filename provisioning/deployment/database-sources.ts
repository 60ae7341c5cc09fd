import type { Deployment } from './schema.ts';

/** Who may connect to the database. */
export interface DatabaseSources {
  readonly cidrs: readonly string[];
  /** By ID or by name. */
  readonly securityGroups: readonly string[];
}

export function databaseSources({ name, database }: Pick<Deployment, 'name' | 'database'>): DatabaseSources {
  if (database === 'none') return { cidrs: [], securityGroups: [] };
  const sources = database.sources ?? [{ securityGroup: nodesGroup(name) }];
  return {
    cidrs: sources.flatMap((source) => ('cidr' in source ? [source.cidr] : [])),
    securityGroups: sources.flatMap((source) => ('securityGroup' in source ? [source.securityGroup] : [])),
  };
}

/** As `templates/network.yaml` calls it. */
export function nodesGroup(deploymentName: string): string {
  return `${deploymentName}-nodes`;
}
