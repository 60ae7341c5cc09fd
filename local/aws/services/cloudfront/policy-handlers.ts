import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { checkIfMatch, newETag, newId, truncated } from './identity.ts';
import type { CloudFrontState, StoredPolicy } from './state.ts';

/** What the four kinds of policy share: the operations have the same form and differ in their names. */
export interface PolicyKind<Config extends { Name?: string | undefined }> {
  /** `CachePolicy`: its operations are CreateCachePolicy, GetCachePolicyConfig and so on. */
  readonly noun: string;
  readonly plural: string;
  /** `cache-policy`, in Location. */
  readonly path: string;
  managed(): readonly (readonly [id: string, config: Config])[];
  /** The configuration as it is kept, or CloudFront's error. */
  check(config: Config): Config;
  isInUse(state: CloudFrontState, id: string): boolean;
  /** How an item of the list shows. */
  listed(policy: StoredPolicy<Config>): object;
}

export interface PolicySet<Config> {
  readonly policies: Map<string, StoredPolicy<Config>>;
  readonly handlers: Record<string, (input: never) => object | undefined>;
}

/** The operations' inputs, by the members that each kind names itself. */
interface PolicyInput {
  readonly Id?: string;
  readonly IfMatch?: string;
  readonly Type?: string;
  readonly Marker?: string;
  readonly MaxItems?: number | string;
}

export function policySet<Config extends { Name?: string | undefined }>(
  state: CloudFrontState,
  kind: PolicyKind<Config>,
): PolicySet<Config> {
  const { noun, plural } = kind;
  const configMember = `${noun}Config`;
  const policies = new Map<string, StoredPolicy<Config>>();
  for (const [id, config] of kind.managed())
    policies.set(id, {
      id,
      type: 'managed',
      config,
      etag: newETag(state.context),
      modifiedAt: state.context.clock.now(),
    });
  const describe = (policy: StoredPolicy<Config>) => describePolicy(kind, policy);
  const given = (input: object): Config => (input as Record<string, Config>)[configMember] as Config;
  return {
    policies,
    handlers: {
      [`Create${noun}`]: (input: object) => {
        const config = kind.check(given(input));
        checkName(kind, policies, config, undefined);
        const policy: StoredPolicy<Config> = {
          id: newPolicyId(state, noun),
          type: 'custom',
          config,
          etag: newETag(state.context),
          modifiedAt: state.context.clock.now(),
        };
        policies.set(policy.id, policy);
        state.context.changed();
        const location = `https://cloudfront.amazonaws.com/2020-05-31/${kind.path}/${policy.id}`;
        return { [noun]: describe(policy), Location: location, ETag: policy.etag };
      },
      [`Get${noun}`]: ({ Id }: PolicyInput) => {
        const policy = find(kind, policies, Id);
        return { [noun]: describe(policy), ETag: policy.etag };
      },
      [`Get${noun}Config`]: ({ Id }: PolicyInput) => {
        const { config, etag } = find(kind, policies, Id);
        return { [configMember]: config, ETag: etag };
      },
      [`Update${noun}`]: (input: PolicyInput) => {
        const policy = find(kind, policies, input.Id);
        if (policy.type === 'managed')
          throw new AwsError('IllegalUpdate', 'The update contains modifications that are not allowed.');
        checkIfMatch(input.IfMatch, policy.etag);
        const config = kind.check(given(input));
        checkName(kind, policies, config, policy.id);
        Object.assign(policy, {
          config,
          etag: newETag(state.context),
          modifiedAt: state.context.clock.now(),
        });
        state.context.changed();
        return { [noun]: describe(policy), ETag: policy.etag };
      },
      [`Delete${noun}`]: ({ Id, IfMatch }: PolicyInput) => {
        const policy = find(kind, policies, Id);
        if (policy.type === 'managed')
          throw new AwsError('IllegalDelete', `You cannot delete a managed policy.`);
        checkIfMatch(IfMatch, policy.etag);
        if (kind.isInUse(state, policy.id))
          throw new AwsError(
            `${noun}InUse`,
            `Cannot delete the ${kind.path} because it is attached to one or more cache behaviors.`,
          );
        policies.delete(policy.id);
        state.context.changed();
        return undefined;
      },
      [`List${plural}`]: (input: PolicyInput) => ({ [`${noun}List`]: list(kind, policies, input) }),
    },
  };
}

function describePolicy<Config extends { Name?: string | undefined }>(
  { noun }: PolicyKind<Config>,
  { id, modifiedAt, config }: StoredPolicy<Config>,
): object {
  return { Id: id, LastModifiedTime: modifiedAt, [`${noun}Config`]: config };
}

function find<Config extends { Name?: string | undefined }>(
  { noun, path }: PolicyKind<Config>,
  policies: ReadonlyMap<string, StoredPolicy<Config>>,
  id = '',
): StoredPolicy<Config> {
  const policy = policies.get(id);
  if (!policy) throw new AwsError(`NoSuch${noun}`, `The ${path} ${id} does not exist.`);
  return policy;
}

function checkName<Config extends { Name?: string | undefined }>(
  { noun, path }: PolicyKind<Config>,
  policies: ReadonlyMap<string, StoredPolicy<Config>>,
  config: Config,
  ownId: string | undefined,
): void {
  const taken = [...policies.values()].some(
    ({ id, config: { Name } }) => Name === config.Name && id !== ownId,
  );
  if (taken)
    throw new AwsError(`${noun}AlreadyExists`, `A ${path} with the name ${config.Name} already exists.`);
}

function list<Config extends { Name?: string | undefined }>(
  kind: PolicyKind<Config>,
  policies: ReadonlyMap<string, StoredPolicy<Config>>,
  { Type, Marker, MaxItems }: PolicyInput,
): object {
  const matching = [...policies.values()].filter(({ type }) => !Type || Type === type);
  const limit = Number(MaxItems ?? 100);
  const page = pageOf(matching, { from: Marker || undefined, limit, keyOf: ({ id }) => id });
  return { ...truncated(page, Marker, limit), Items: page.items.map((policy) => kind.listed(policy)) };
}

/** Policies have UUIDs; an origin access control has an id like a distribution's. */
function newPolicyId({ context }: CloudFrontState, noun: string): string {
  return noun === 'OriginAccessControl' ? newId(context, 'E') : context.random.uuid();
}
