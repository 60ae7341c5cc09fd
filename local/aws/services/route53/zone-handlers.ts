import type {
  CreateHostedZoneRequest,
  CreateHostedZoneResponse,
  DeleteHostedZoneRequest,
  DeleteHostedZoneResponse,
  GetHostedZoneRequest,
  GetHostedZoneResponse,
  ListHostedZonesByNameRequest,
  ListHostedZonesByNameResponse,
  ListHostedZonesRequest,
  ListHostedZonesResponse,
  UpdateHostedZoneCommentRequest,
  UpdateHostedZoneCommentResponse,
} from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { canonicalName, checkDomainName, reversedLabels } from './domain-name.ts';
import { describeZone, newZone } from './hosted-zone.ts';
import type { Route53State } from './state.ts';
import { findZone, submitChange } from './state.ts';

export function zoneHandlers(state: Route53State) {
  return {
    CreateHostedZone: (input: CreateHostedZoneRequest) => createZone(state, input),
    GetHostedZone: ({ Id }: GetHostedZoneRequest): GetHostedZoneResponse => {
      const zone = findZone(state, Id);
      return { HostedZone: describeZone(zone), DelegationSet: { NameServers: [...zone.nameServers] } };
    },
    DeleteHostedZone: (input: DeleteHostedZoneRequest) => deleteZone(state, input),
    UpdateHostedZoneComment: (input: UpdateHostedZoneCommentRequest): UpdateHostedZoneCommentResponse => {
      const zone = findZone(state, input.Id);
      zone.comment = input.Comment;
      return { HostedZone: describeZone(zone) };
    },
    ListHostedZones: (input: ListHostedZonesRequest) => listZones(state, input),
    ListHostedZonesByName: (input: ListHostedZonesByNameRequest) => listZonesByName(state, input),
  };
}

function createZone(state: Route53State, input: CreateHostedZoneRequest): CreateHostedZoneResponse {
  const { Name = '', CallerReference = '', HostedZoneConfig, VPC } = input;
  checkDomainName(Name, 'InvalidDomainName');
  if (VPC || HostedZoneConfig?.PrivateZone)
    throw new AwsError('InvalidVPCId', `The VPC ${VPC?.VPCId ?? ''} cannot be associated with a hosted zone`);
  const { context, zones } = state;
  if ([...zones.values()].some((zone) => zone.callerReference === CallerReference))
    throw new AwsError(
      'HostedZoneAlreadyExists',
      `A hosted zone has already been created with the specified caller reference.`,
    );
  const zone = newZone({
    name: canonicalName(Name),
    callerReference: CallerReference,
    comment: HostedZoneConfig?.Comment,
    random: context.random,
  });
  zones.set(zone.id, zone);
  return {
    HostedZone: describeZone(zone),
    ChangeInfo: submitChange(state, zone),
    DelegationSet: { NameServers: [...zone.nameServers] },
    Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
  };
}

function deleteZone(state: Route53State, { Id }: DeleteHostedZoneRequest): DeleteHostedZoneResponse {
  const zone = findZone(state, Id);
  if (zone.records.size > 2)
    throw new AwsError(
      'HostedZoneNotEmpty',
      'The specified hosted zone contains non-required resource record sets  and so cannot be deleted.',
    );
  state.zones.delete(zone.id);
  state.deleted.add(zone);
  return { ChangeInfo: state.changes.submit(undefined, () => state.deleted.delete(zone)) };
}

function listZones(state: Route53State, input: ListHostedZonesRequest): ListHostedZonesResponse {
  const limit = Number(input.MaxItems ?? 100);
  const page = pageOf(state.zones.values(), { from: input.Marker, limit, keyOf: ({ id }) => id });
  return {
    HostedZones: page.items.map(describeZone),
    Marker: input.Marker ?? '',
    IsTruncated: page.next !== undefined,
    NextMarker: page.next,
    MaxItems: limit,
  };
}

function listZonesByName(
  state: Route53State,
  input: ListHostedZonesByNameRequest,
): ListHostedZonesByNameResponse {
  const { DNSName, HostedZoneId } = input;
  if (HostedZoneId && !DNSName)
    throw new AwsError('InvalidInput', 'HostedZoneId is allowed only together with DNSName');
  const limit = Number(input.MaxItems ?? 100);
  const from = DNSName && orderByName(canonicalName(DNSName), HostedZoneId ?? '');
  const page = pageOf(state.zones.values(), { from, limit, keyOf: ({ name, id }) => orderByName(name, id) });
  const [nextName, nextId] = page.next?.split('\0') ?? [];
  return {
    HostedZones: page.items.map(describeZone),
    DNSName,
    HostedZoneId,
    IsTruncated: page.next !== undefined,
    NextDNSName: nextName && canonicalName(reversedLabels(nextName)),
    NextHostedZoneId: nextId,
    MaxItems: limit,
  };
}

function orderByName(name: string, id: string): string {
  return `${reversedLabels(name)}\0${id}`;
}
