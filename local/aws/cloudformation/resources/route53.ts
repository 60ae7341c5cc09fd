import type {
  ChangeResourceRecordSetsCommandOutput,
  CreateHostedZoneCommandOutput,
  GetChangeCommandOutput,
  GetHostedZoneCommandOutput,
} from '@aws-sdk/client-route-53';
import { ResourceRecordSet$ } from '@aws-sdk/client-route-53';
import { unlessAbsent } from './absent.ts';
import { toInput } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';

export const hostedZone: ResourceType = {
  type: 'AWS::Route53::HostedZone',
  properties: { Name: 'replace', HostedZoneConfig: 'update' },
  required: ['Name'],
  attributes: ['Id', 'NameServers'],
  create: async ({ Name, HostedZoneConfig }, tools) => {
    const output = await tools.call<CreateHostedZoneCommandOutput>('route53', 'CreateHostedZone', {
      Name,
      CallerReference: tools.token,
      ...(HostedZoneConfig === undefined ? {} : { HostedZoneConfig }),
    });
    tools.identify(bare(output.HostedZone?.Id));
    await untilInSync(output, tools);
  },
  read: async (id, tools) => {
    const output = await tools.call<GetHostedZoneCommandOutput>('route53', 'GetHostedZone', { Id: id });
    return { Id: id, NameServers: output.DelegationSet?.NameServers };
  },
  update: async ({ id, after }, tools) => {
    const { Comment } = (after.HostedZoneConfig ?? {}) as { Comment?: unknown };
    await tools.call('route53', 'UpdateHostedZoneComment', { Id: id, Comment });
  },
  delete: (id, tools) => unlessAbsent(tools.call('route53', 'DeleteHostedZone', { Id: id })),
};

/** Its physical ID is the record's name. */
export const recordSet: ResourceType = {
  type: 'AWS::Route53::RecordSet',
  properties: {
    HostedZoneId: 'replace',
    Name: 'replace',
    Type: 'update',
    TTL: 'update',
    ResourceRecords: 'update',
    AliasTarget: 'update',
    SetIdentifier: 'update',
    Weight: 'update',
    Failover: 'update',
    HealthCheckId: 'update',
  },
  required: ['HostedZoneId', 'Name', 'Type'],
  create: async (properties, tools) => {
    await change(properties.HostedZoneId, [{ Action: 'CREATE', properties }], tools, () =>
      tools.identify(String(properties.Name)),
    );
  },
  update: async ({ before, after }, tools) => {
    const sameSet = before.Type === after.Type && before.SetIdentifier === after.SetIdentifier;
    const changes = sameSet
      ? [{ Action: 'UPSERT', properties: after }]
      : [
          { Action: 'DELETE', properties: before },
          { Action: 'CREATE', properties: after },
        ];
    await change(after.HostedZoneId, changes, tools);
  },
  delete: async (_id, tools, properties) => {
    const deletion = change(properties.HostedZoneId, [{ Action: 'DELETE', properties }], tools);
    // A record that is not there, or was changed by hand, is InvalidChangeBatch "…but it was not found".
    await deletion.catch((error: unknown) => {
      if (!(error instanceof Error && /not found/.test(error.message))) throw error;
    });
  },
};

interface RecordChange {
  readonly Action: string;
  readonly properties: Properties;
}

async function change(
  HostedZoneId: unknown,
  changes: readonly RecordChange[],
  tools: Tools,
  accepted: () => void = () => undefined,
): Promise<void> {
  const output = await tools.call<ChangeResourceRecordSetsCommandOutput>(
    'route53',
    'ChangeResourceRecordSets',
    {
      HostedZoneId,
      ChangeBatch: {
        Changes: changes.map(({ Action, properties }) => ({ Action, ResourceRecordSet: toSet(properties) })),
      },
    },
  );
  accepted();
  await untilInSync(output, tools);
}

/** Templates give the records' values as plain text. */
function toSet({ HostedZoneId: _zone, ResourceRecords, ...rest }: Properties): object {
  const values = Array.isArray(ResourceRecords)
    ? { ResourceRecords: ResourceRecords.map((Value) => ({ Value })) }
    : {};
  return toInput(ResourceRecordSet$, { ...rest, ...values });
}

async function untilInSync(
  output: { ChangeInfo?: { Id?: string; Status?: string } },
  tools: Tools,
): Promise<void> {
  const Id = bare(output.ChangeInfo?.Id);
  await tools.until(async () => {
    const { ChangeInfo } = await tools.call<GetChangeCommandOutput>('route53', 'GetChange', { Id });
    return ChangeInfo?.Status === 'INSYNC';
  });
}

/** `/hostedzone/Z1` → `Z1`. */
function bare(id: string | undefined): string {
  return String(id).split('/').at(-1) ?? '';
}
