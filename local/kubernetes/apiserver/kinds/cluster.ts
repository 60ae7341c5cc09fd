import type { V1Namespace, V1Node, V1Secret } from '@kubernetes/client-node';
import { validateData, validateDataUpdate } from '../validation/data.ts';
import type { Kind } from './kind.ts';

export const namespace: Kind<V1Namespace> = {
  defaults: ({ metadata }) => {
    if (metadata?.name) {
      metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
    }
  },
  prepareCreate: (object) => {
    object.spec = { finalizers: ['kubernetes'] };
    object.status = { phase: 'Active' };
  },
};

export const node: Kind<V1Node> = {
  keepsStatusOnCreate: true,
  defaults: (object) => {
    object.spec ??= {};
    if (object.status?.capacity) object.status.allocatable ??= { ...object.status.capacity };
  },
};

export const secret: Kind<V1Secret> = {
  validate: validateData,
  validateUpdate: validateDataUpdate,
  defaults: (object) => {
    object.type ??= 'Opaque';
    for (const [key, value] of Object.entries(object.stringData ?? {})) {
      object.data = { ...object.data, [key]: Buffer.from(value).toString('base64') };
    }
    delete object.stringData;
  },
};
