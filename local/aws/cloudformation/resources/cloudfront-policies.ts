import type {
  CreateCachePolicyCommandOutput,
  CreateOriginAccessControlCommandOutput,
} from '@aws-sdk/client-cloudfront';
import { CachePolicyConfig$, OriginAccessControlConfig$ } from '@aws-sdk/client-cloudfront';
import { unlessAbsent } from './absent.ts';
import { toInput } from './input.ts';
import type { ResourceType, Tools } from './resource-type.ts';

export const originAccessControl: ResourceType = {
  type: 'AWS::CloudFront::OriginAccessControl',
  properties: { OriginAccessControlConfig: 'update' },
  required: ['OriginAccessControlConfig'],
  attributes: ['Id'],
  create: async ({ OriginAccessControlConfig: config }, tools) => {
    const output = await tools.call<CreateOriginAccessControlCommandOutput>(
      'cloudfront',
      'CreateOriginAccessControl',
      { OriginAccessControlConfig: toInput(OriginAccessControlConfig$, config as object) },
    );
    tools.identify(String(output.OriginAccessControl?.Id));
  },
  read: async (id) => ({ Id: id }),
  update: async ({ id, after }, tools) => {
    await tools.call('cloudfront', 'UpdateOriginAccessControl', {
      Id: id,
      IfMatch: await etag('GetOriginAccessControl', id, tools),
      OriginAccessControlConfig: toInput(
        OriginAccessControlConfig$,
        after.OriginAccessControlConfig as object,
      ),
    });
  },
  delete: (id, tools) => remove('OriginAccessControl', id, tools),
};

export const cachePolicy: ResourceType = {
  type: 'AWS::CloudFront::CachePolicy',
  properties: { CachePolicyConfig: 'update' },
  required: ['CachePolicyConfig'],
  attributes: ['Id'],
  create: async ({ CachePolicyConfig: config }, tools) => {
    const output = await tools.call<CreateCachePolicyCommandOutput>('cloudfront', 'CreateCachePolicy', {
      CachePolicyConfig: toInput(CachePolicyConfig$, config as object),
    });
    tools.identify(String(output.CachePolicy?.Id));
  },
  read: async (id) => ({ Id: id }),
  update: async ({ id, after }, tools) => {
    await tools.call('cloudfront', 'UpdateCachePolicy', {
      Id: id,
      IfMatch: await etag('GetCachePolicy', id, tools),
      CachePolicyConfig: toInput(CachePolicyConfig$, after.CachePolicyConfig as object),
    });
  },
  delete: (id, tools) => remove('CachePolicy', id, tools),
};

async function etag(operation: string, Id: string, tools: Tools): Promise<string | undefined> {
  return (await tools.call<{ ETag?: string }>('cloudfront', operation, { Id })).ETag;
}

function remove(what: string, Id: string, tools: Tools): Promise<void> {
  const deletion = async (): Promise<void> => {
    const IfMatch = await etag(`Get${what}`, Id, tools);
    await tools.call('cloudfront', `Delete${what}`, { Id, IfMatch });
  };
  return unlessAbsent(deletion());
}
