import { isIPv4, isIPv6 } from 'node:net';
import type {
  CreateIPSetRequest,
  CreateIPSetResponse,
  DeleteIPSetRequest,
  GetIPSetRequest,
  GetIPSetResponse,
  ListIPSetsRequest,
  ListIPSetsResponse,
  UpdateIPSetRequest,
  UpdateIPSetResponse,
} from '@aws-sdk/client-wafv2';
import { refuse, texts, textViolations } from './constraints.ts';
import { invalidParameter, overLimit, reasons } from './errors.ts';
import { createItem, findItem, listItems, lockedItem, replaceContent, summarize } from './item.ts';
import { deleteSet } from './referenced-set.ts';
import type { Wafv2State } from './state.ts';

export function ipSetHandlers(state: Wafv2State) {
  const { ipSets } = state;
  return {
    CreateIPSet: (input: CreateIPSetRequest): CreateIPSetResponse => {
      const { Name, Description = '', IPAddressVersion, Addresses = [] } = input;
      checkAddresses(input);
      const item = createItem(state, ipSets, {
        kind: 'ipset',
        input,
        contentOf: (made) => ({ Name, ...made, Description, IPAddressVersion, Addresses }),
      });
      return { Summary: summarize(item) };
    },
    GetIPSet: (input: GetIPSetRequest): GetIPSetResponse => {
      const { content, lockToken } = findItem(ipSets, input);
      return { IPSet: content, LockToken: lockToken };
    },
    UpdateIPSet: (input: UpdateIPSetRequest): UpdateIPSetResponse => {
      const item = lockedItem(ipSets, input);
      const { Description = '', Addresses = [] } = input;
      checkAddresses({ ...item.content, ...input });
      return replaceContent(state, item, { ...item.content, Description, Addresses });
    },
    DeleteIPSet: (input: DeleteIPSetRequest) => deleteSet(state, ipSets, input),
    ListIPSets: (input: ListIPSetsRequest): ListIPSetsResponse => {
      const { items, NextMarker } = listItems(ipSets, input);
      return { IPSets: items.map(summarize), NextMarker };
    },
  };
}

type AddressInput = Pick<CreateIPSetRequest, 'Addresses' | 'Description' | 'IPAddressVersion'>;

/** WAF Developer Guide, "AWS WAF quotas". */
const mostAddresses = 10_000;

function checkAddresses({ Addresses = [], Description, IPAddressVersion }: AddressInput): void {
  refuse(textViolations('description', Description || undefined, texts.description));
  if (Addresses.length > mostAddresses) throw overLimit(`${mostAddresses} addresses in an IP set`);
  const wrong = Addresses.find((address) => !isRange(address, IPAddressVersion === 'IPV6'));
  if (wrong !== undefined) throw invalidParameter('IP_ADDRESS', wrong, reasons.format);
}

/** All ranges but /0 (WAF API reference, IPSet). */
function isRange(text: string, version6: boolean): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  const most = version6 ? 128 : 32;
  const isAddress = version6 ? isIPv6(address) && !address.includes('%') : isIPv4(address);
  return isAddress && more.length === 0 && /^[1-9]\d*$/.test(prefix) && Number(prefix) <= most;
}
