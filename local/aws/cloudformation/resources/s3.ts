import { PublicAccessBlockConfiguration$, VersioningConfiguration$ } from '@aws-sdk/client-s3';
import { unlessAbsent } from './absent.ts';
import { toInput } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';
import { tagList } from './tags.ts';

export const bucket: ResourceType = {
  type: 'AWS::S3::Bucket',
  properties: {
    BucketName: 'replace',
    PublicAccessBlockConfiguration: 'update',
    VersioningConfiguration: 'update',
    Tags: 'update',
  },
  nameProperty: 'BucketName',
  attributes: ['Arn', 'DomainName', 'RegionalDomainName'],
  tags: 'list',
  create: async (properties, tools) => {
    const Bucket = String(properties.BucketName ?? tools.name({ maximum: 63, lowerCase: true }));
    // us-east-1 is the one Region that must not be named (S3 API Reference, CreateBucket).
    const placed =
      tools.region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: tools.region } };
    await tools.call('s3', 'CreateBucket', { Bucket, ...placed });
    tools.identify(Bucket);
    await configure(Bucket, properties, new Set(Object.keys(properties)), tools);
  },
  read: async (id, tools) => ({
    Arn: `arn:aws:s3:::${id}`,
    DomainName: `${id}.s3.amazonaws.com`,
    RegionalDomainName: `${id}.s3.${tools.region}.amazonaws.com`,
  }),
  update: ({ id, after, changed }, tools) => configure(id, after, changed, tools),
  delete: (id, tools) => unlessAbsent(tools.call('s3', 'DeleteBucket', { Bucket: id })),
};

async function configure(
  Bucket: string,
  properties: Properties,
  changed: ReadonlySet<string>,
  tools: Tools,
): Promise<void> {
  if (changed.has('PublicAccessBlockConfiguration')) await setPublicAccess(Bucket, properties, tools);
  if (changed.has('VersioningConfiguration'))
    await tools.call('s3', 'PutBucketVersioning', {
      Bucket,
      VersioningConfiguration: toInput(
        VersioningConfiguration$,
        (properties.VersioningConfiguration ?? { Status: 'Suspended' }) as object,
      ),
    });
  const TagSet = tagList(properties);
  if (changed.has('Tags'))
    await (TagSet.length > 0
      ? tools.call('s3', 'PutBucketTagging', { Bucket, Tagging: { TagSet } })
      : tools.call('s3', 'DeleteBucketTagging', { Bucket }));
}

async function setPublicAccess(Bucket: string, properties: Properties, tools: Tools): Promise<void> {
  const wanted = properties.PublicAccessBlockConfiguration;
  if (wanted === undefined) await tools.call('s3', 'DeletePublicAccessBlock', { Bucket });
  else
    await tools.call('s3', 'PutPublicAccessBlock', {
      Bucket,
      PublicAccessBlockConfiguration: toInput(PublicAccessBlockConfiguration$, wanted as object),
    });
}

export const bucketPolicy: ResourceType = {
  type: 'AWS::S3::BucketPolicy',
  properties: { Bucket: 'replace', PolicyDocument: 'update' },
  required: ['Bucket', 'PolicyDocument'],
  create: async (properties, tools) => {
    await putPolicy(properties, tools);
    tools.identify(String(properties.Bucket));
  },
  update: ({ after }, tools) => putPolicy(after, tools),
  delete: (id, tools) => unlessAbsent(tools.call('s3', 'DeleteBucketPolicy', { Bucket: id })),
};

async function putPolicy({ Bucket, PolicyDocument }: Properties, tools: Tools): Promise<void> {
  await tools.call('s3', 'PutBucketPolicy', { Bucket, Policy: JSON.stringify(PolicyDocument) });
}
