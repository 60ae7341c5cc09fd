/** A tag in the shape that most of AWS's services share. */
export interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

/** The tags of one service's resources, by ARN or id. */
export interface TagStore {
  add(id: string, tags: readonly Tag[]): void;
  remove(id: string, keys: readonly string[]): void;
  /** Ordered by key. */
  list(id: string): { Key: string; Value: string }[];
  /** Forgets a deleted resource. */
  drop(id: string): void;
}

export function createTagStore(): TagStore {
  const byId = new Map<string, Map<string, string>>();
  return {
    add: (id, tags) => {
      const known = byId.get(id) ?? new Map<string, string>();
      for (const { Key = '', Value = '' } of tags) known.set(Key, Value);
      byId.set(id, known);
    },
    remove: (id, keys) => {
      for (const key of keys) byId.get(id)?.delete(key);
    },
    list: (id) =>
      [...(byId.get(id) ?? [])]
        .map(([Key, Value]) => ({ Key, Value }))
        .sort((a, b) => (a.Key < b.Key ? -1 : 1)),
    drop: (id) => void byId.delete(id),
  };
}
