import type { ControlRequest, ControlState, DefectName } from '../local/base/control-request.ts';
import type { PlaneFault } from '../local/base/plane-fault.ts';
import type { StackDescriptor } from './stack.ts';

/** The optional capabilities of a stack, each a call to its control endpoint (design §2). */
export interface Control {
  /** Puts a defect in (mutants of the embedded stack) or takes it out. */
  setDefect(name: DefectName, on: boolean): Promise<void>;
  /** Breaks something inside a plane, known from now on by `id`; twice is the same as once. */
  break(id: string, fault: PlaneFault): Promise<void>;
  /** Succeeds when nothing of that identifier is broken. */
  mend(id: string): Promise<void>;
  /** What is broken now. */
  state(): Promise<ControlState>;
  /** Takes the stack down. */
  down(): Promise<void>;
}

export type { DefectName, PlaneFault };

export function attachControl({ url, token }: { readonly url: string; readonly token: string }): Control {
  const authorization = `Bearer ${token}`;
  const call = async (request: ControlRequest): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`Cannot ${request.call}: the stack answered ${response.status} ${text}`);
  };
  return {
    setDefect: (name, on) => call({ call: 'set-defect', name, on }),
    break: (id, fault) => call({ call: 'break', id, fault }),
    mend: (id) => call({ call: 'mend', id }),
    state: async () => {
      const response = await fetch(url, { headers: { authorization } });
      if (!response.ok) throw new Error(`Cannot read the state of the stack: it answered ${response.status}`);
      return (await response.json()) as ControlState;
    },
    down: () => call({ call: 'down' }),
  };
}

/** Whether the stack of a descriptor still answers on its control endpoint. */
export async function isAlive({ control }: Pick<StackDescriptor, 'control'>): Promise<boolean> {
  if (!control) return true;
  try {
    const response = await fetch(control.url, { headers: { authorization: `Bearer ${control.token}` } });
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
