import type { Resource } from './api.ts';

/** The resources that the cluster's own components read and write. */
export const resources = {
  pods: { group: '', version: 'v1', plural: 'pods' },
  nodes: { group: '', version: 'v1', plural: 'nodes' },
  services: { group: '', version: 'v1', plural: 'services' },
  events: { group: '', version: 'v1', plural: 'events' },
  namespaces: { group: '', version: 'v1', plural: 'namespaces' },
  configMaps: { group: '', version: 'v1', plural: 'configmaps' },
  secrets: { group: '', version: 'v1', plural: 'secrets' },
  serviceAccounts: { group: '', version: 'v1', plural: 'serviceaccounts' },
  leases: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' },
  deployments: { group: 'apps', version: 'v1', plural: 'deployments' },
  replicaSets: { group: 'apps', version: 'v1', plural: 'replicasets' },
  jobs: { group: 'batch', version: 'v1', plural: 'jobs' },
  endpointSlices: { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' },
  horizontalPodAutoscalers: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers' },
  podDisruptionBudgets: { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' },
} as const satisfies Record<string, Resource>;
