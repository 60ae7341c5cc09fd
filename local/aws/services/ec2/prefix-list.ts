import type {
  DescribeManagedPrefixListsCommandInput,
  GetManagedPrefixListEntriesCommandInput,
  ManagedPrefixList,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { matchesFilters } from './filters.ts';

/** CloudFront's own servers, as a security group may name them. The id is the one of us-east-1. */
export const originFacingPrefixListId = 'pl-3b927c52';
const name = 'com.amazonaws.global.cloudfront.origin-facing';

/** Of a security group's 60 rules (Amazon CloudFront Developer Guide, "Use the AWS-managed prefix list"). */
export const prefixListWeight = 55;

/** `entries` are the addresses that the stack's edge really connects from. */
export function prefixListHandlers(region: string, entries: readonly string[]): Record<string, Handler> {
  const list: ManagedPrefixList = {
    PrefixListId: originFacingPrefixListId,
    PrefixListName: name,
    PrefixListArn: `arn:aws:ec2:${region}:aws:prefix-list/${originFacingPrefixListId}`,
    AddressFamily: 'IPv4',
    State: 'create-complete',
    MaxEntries: prefixListWeight,
    Version: 1,
    OwnerId: 'AWS',
    Tags: [],
  };
  return {
    DescribeManagedPrefixLists: ({ PrefixListIds, Filters = [] }: DescribeManagedPrefixListsCommandInput) => {
      for (const id of PrefixListIds ?? []) checkPrefixList(id);
      return { PrefixLists: [list].filter((one) => matchesFilters(one, Filters, fields)) };
    },
    GetManagedPrefixListEntries: ({ PrefixListId = '' }: GetManagedPrefixListEntriesCommandInput) => {
      checkPrefixList(PrefixListId);
      return { Entries: entries.map((Cidr) => ({ Cidr })) };
    },
  };
}

export function checkPrefixList(id: string): void {
  if (id === originFacingPrefixListId) return;
  throw new AwsError('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' does not exist`);
}

const fields = {
  'prefix-list-id': (list: ManagedPrefixList) => list.PrefixListId,
  'prefix-list-name': (list: ManagedPrefixList) => list.PrefixListName,
  'owner-id': (list: ManagedPrefixList) => list.OwnerId,
};
