import type {
  CreatePolicyCommandInput,
  DeletePolicyCommandInput,
  GetPolicyCommandInput,
  GetPolicyVersionCommandInput,
  Policy,
} from '@aws-sdk/client-iam';
import { AwsError, type Handler } from '../../service.ts';
import { checkPolicyDocument, encodeDocument, type IamState, newUniqueId } from './state.ts';

export function managedPolicyHandlers(state: IamState): Record<string, Handler> {
  return {
    CreatePolicy: (input: CreatePolicyCommandInput) => ({ Policy: createPolicy(state, input) }),
    GetPolicy: ({ PolicyArn }: GetPolicyCommandInput) => {
      const { policy } = findPolicy(state, PolicyArn);
      return { Policy: { ...policy, AttachmentCount: attachments(state, PolicyArn) } };
    },
    GetPolicyVersion: ({ PolicyArn, VersionId }: GetPolicyVersionCommandInput) => {
      const { policy, document } = findPolicy(state, PolicyArn);
      if (VersionId !== policy.DefaultVersionId) {
        throw new AwsError('NoSuchEntity', `Policy ${PolicyArn} version ${VersionId} does not exist.`);
      }
      return {
        PolicyVersion: {
          VersionId,
          IsDefaultVersion: true,
          CreateDate: policy.CreateDate,
          Document: encodeDocument(document),
        },
      };
    },
    DeletePolicy: ({ PolicyArn }: DeletePolicyCommandInput) => {
      const { policy } = findPolicy(state, PolicyArn);
      if (attachments(state, PolicyArn) > 0) {
        throw new AwsError('DeleteConflict', 'Cannot delete a policy attached to entities.');
      }
      state.policies.delete(policy.Arn ?? '');
      return {};
    },
  };
}

export function isManagedPolicy(state: IamState, arn: string): boolean {
  return state.policies.has(arn) || awsPolicies.some((name) => arn === `arn:aws:iam::aws:policy/${name}`);
}

/** Of AWS's own policies, those that clusters, nodes and databases are given. */
const awsPolicies = [
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEC2ContainerRegistryReadOnly',
  'AmazonEKSClusterPolicy',
  'AmazonEKSServicePolicy',
  'AmazonEKSVPCResourceController',
  'AmazonEKSWorkerNodeMinimalPolicy',
  'AmazonEKSWorkerNodePolicy',
  'AmazonEKS_CNI_Policy',
  'AmazonSSMManagedInstanceCore',
  'CloudWatchAgentServerPolicy',
  'service-role/AmazonEBSCSIDriverPolicy',
  'service-role/AmazonRDSEnhancedMonitoringRole',
];

function createPolicy(state: IamState, input: CreatePolicyCommandInput): Policy {
  const { PolicyName = '', Path = '/', PolicyDocument, Description, Tags = [] } = input;
  const Arn = `arn:aws:iam::${state.context.accountId}:policy${Path}${PolicyName}`;
  if (state.policies.has(Arn)) {
    throw new AwsError(
      'EntityAlreadyExists',
      `A policy called ${PolicyName} already exists. Duplicate names are not allowed.`,
    );
  }
  const now = state.context.clock.now();
  const policy: Policy = {
    PolicyName,
    PolicyId: newUniqueId(state, 'ANPA'),
    Arn,
    Path,
    DefaultVersionId: 'v1',
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Description,
    CreateDate: now,
    UpdateDate: now,
    Tags: [...Tags],
  };
  state.policies.set(Arn, { policy, document: checkPolicyDocument(PolicyDocument) });
  return policy;
}

function findPolicy({ policies }: IamState, arn: string | undefined) {
  const found = policies.get(arn ?? '');
  if (!found) throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`);
  return found;
}

function attachments({ roles }: IamState, arn: string | undefined): number {
  return [...roles.values()].filter(({ attached }) => attached.has(arn ?? '')).length;
}
