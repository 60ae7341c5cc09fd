import * as eks from '@aws-sdk/client-eks';
import { AwsError, type AwsService, type Handler, type ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { clusterHandlers, shown } from './clusters.ts';
import { nodegroupHandlers } from './nodegroups.ts';
import type { EksPorts, EksState } from './state.ts';
import { updateHandlers } from './updates.ts';

export interface EksSnapshot {
  readonly clusters: readonly eks.Cluster[];
  readonly nodegroups: readonly eks.Nodegroup[];
}

export interface EksService extends AwsService {
  snapshot(): EksSnapshot;
}

export type { EksPorts };

export function createEksService(context: ServiceContext, ports: EksPorts): EksService {
  const state: EksState = { context, ports, clusters: new Map(), nodegroups: new Map(), updates: new Map() };
  const handlers = {
    ...clusterHandlers(state),
    ...nodegroupHandlers(state),
    ...updateHandlers(state),
    ...tagHandlers(state),
  };
  return {
    sdk: eks,
    client: eks.EKSClient,
    handlers: announcing(handlers, context),
    enums: {
      authenticationMode: eks.AuthenticationMode,
      capacityType: eks.CapacityTypes,
      amiType: eks.AMITypes,
    },
    invalidInputCodes: { missing: 'InvalidParameterException', constraint: 'InvalidParameterException' },
    snapshot: () => ({
      clusters: [...state.clusters.values()].map((cluster) => shown(state, cluster)),
      nodegroups: [...state.nodegroups.values()],
    }),
  };
}

function tagHandlers(state: EksState): Record<string, Handler> {
  return {
    TagResource: ({ resourceArn, tags }: eks.TagResourceCommandInput) => {
      const resource = findByArn(state, resourceArn);
      resource.tags = { ...resource.tags, ...tags };
      return {};
    },
    UntagResource: ({ resourceArn, tagKeys = [] }: eks.UntagResourceCommandInput) => {
      const resource = findByArn(state, resourceArn);
      const kept = Object.entries(resource.tags ?? {}).filter(([key]) => !tagKeys.includes(key));
      resource.tags = Object.fromEntries(kept);
      return {};
    },
    ListTagsForResource: ({ resourceArn }: eks.ListTagsForResourceCommandInput) => ({
      tags: findByArn(state, resourceArn).tags,
    }),
  };
}

function findByArn({ clusters, nodegroups }: EksState, arn: string | undefined): eks.Cluster | eks.Nodegroup {
  const found =
    [...clusters.values()].find((cluster) => cluster.arn === arn) ??
    [...nodegroups.values()].find(({ nodegroupArn }) => nodegroupArn === arn);
  if (found) return found;
  throw new AwsError('NotFoundException', `Resource not found: ${arn}`);
}
