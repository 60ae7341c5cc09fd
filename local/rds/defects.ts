import type { DatabaseDefect } from './contract.ts';

/** What a defect does besides being on, when it is put on or taken away. */
export type DefectEffects = Partial<Readonly<Record<DatabaseDefect, (on: boolean) => unknown>>>;

/** Which defects an instance has, and the gate that one of them keeps shut. */
export interface Defects {
  has(defect: DatabaseDefect): boolean;
  set(defect: DatabaseDefect, on: boolean): Promise<void>;
  /** The defect `standby-cannot-be-promoted` holds it up; not in turn, for the failover that it holds up has the turn. */
  promotionAllowed(): Promise<void>;
}

export function createDefects(effects: DefectEffects): Defects {
  const present = new Set<DatabaseDefect>();
  let promotion = Promise.withResolvers<void>();
  promotion.resolve();
  return {
    has: (defect) => present.has(defect),
    set: async (defect, on) => {
      if (present.has(defect) === on) return;
      if (on) present.add(defect);
      else present.delete(defect);
      if (defect === 'standby-cannot-be-promoted') {
        if (on) promotion = Promise.withResolvers();
        else promotion.resolve();
      }
      await effects[defect]?.(on);
    },
    promotionAllowed: () => promotion.promise,
  };
}
