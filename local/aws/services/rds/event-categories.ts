import type { DescribeEventCategoriesMessage, EventCategoriesMessage } from '@aws-sdk/client-rds';
import { invalidValue } from './errors.ts';

/** RDS User Guide, "Amazon RDS event categories and event messages". */
const categories: Readonly<Record<string, readonly string[]>> = {
  'db-instance': [
    'availability',
    'backup',
    'configuration change',
    'creation',
    'deletion',
    'failover',
    'failure',
    'low storage',
    'maintenance',
    'notification',
    'read replica',
    'recovery',
    'restoration',
    'security',
    'security patching',
  ],
  'db-parameter-group': ['configuration change'],
  'db-security-group': ['configuration change', 'failure'],
  'db-snapshot': ['creation', 'deletion', 'notification', 'restoration'],
  'db-cluster': [
    'configuration change',
    'creation',
    'deletion',
    'failover',
    'failure',
    'global-failover',
    'maintenance',
    'notification',
  ],
  'db-cluster-snapshot': ['backup', 'creation', 'deletion', 'notification'],
  'db-proxy': ['configuration change', 'creation', 'deletion', 'failure'],
};

export function eventCategoryHandlers() {
  return {
    DescribeEventCategories: ({ SourceType }: DescribeEventCategoriesMessage): EventCategoriesMessage => {
      if (SourceType && !(SourceType in categories))
        throw invalidValue(`Source type: ${SourceType} is not valid.`);
      const types = SourceType ? [SourceType] : Object.keys(categories);
      return {
        EventCategoriesMapList: types.map((type) => ({
          SourceType: type,
          EventCategories: [...(categories[type] ?? [])],
        })),
      };
    },
  };
}
