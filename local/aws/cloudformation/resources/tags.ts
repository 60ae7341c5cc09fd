import type { Properties, Tools } from './resource-type.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export function tagList(properties: Properties, property = 'Tags'): Tag[] {
  const value = properties[property];
  if (value === undefined) return [];
  if (Array.isArray(value))
    return value.map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) }));
  return Object.entries(value as object).map(([Key, Value]) => ({ Key, Value: String(Value) }));
}

export function tagMap(properties: Properties): Record<string, string> {
  return Object.fromEntries(tagList(properties).map(({ Key, Value }) => [Key, Value]));
}

/** The keys to take away and the tags to put, to get from one list to another. */
export function tagChange(before: Properties, after: Properties): { removed: string[]; put: Tag[] } {
  const wanted = tagList(after);
  const removed = tagList(before)
    .map(({ Key }) => Key)
    .filter((key) => !wanted.some(({ Key }) => Key === key));
  return { removed, put: wanted };
}

export async function retagEc2(
  id: string,
  before: Properties,
  after: Properties,
  tools: Tools,
): Promise<void> {
  const { removed, put } = tagChange(before, after);
  if (removed.length > 0)
    await tools.call('ec2', 'DeleteTags', { Resources: [id], Tags: removed.map((Key) => ({ Key })) });
  if (put.length > 0) await tools.call('ec2', 'CreateTags', { Resources: [id], Tags: put });
}
