import type { ControlRequest, DefectName } from '../local/base/control-request.ts';

/** The optional capabilities of a stack, each a call to its control endpoint (design §2). */
export interface Control {
  /** Puts a defect in (mutants of the embedded stack) or takes it out. */
  setDefect(name: DefectName, on: boolean): Promise<void>;
  /** SIGKILL to every process of a pod: nothing of it gets to say goodbye. */
  killPod(namespace: string, name: string): Promise<void>;
  /** Takes the stack down. */
  down(): Promise<void>;
}

export type { DefectName };

export function attachControl({ url, token }: { readonly url: string; readonly token: string }): Control {
  const call = async (request: ControlRequest): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (!response.ok)
      throw new Error(
        `Cannot ${request.call}: the stack answered ${response.status} ${await response.text()}`,
      );
    await response.arrayBuffer();
  };
  return {
    setDefect: (name, on) => call({ call: 'set-defect', name, on }),
    killPod: (namespace, name) => call({ call: 'kill-pod', namespace, name }),
    down: () => call({ call: 'down' }),
  };
}
