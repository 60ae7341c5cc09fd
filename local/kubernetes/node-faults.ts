import type { Breakable, NodeFault } from '../base/plane-fault.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import type { NodeAgent } from './kubelet/node-agent.ts';

/** Takes nodes their power, and gives it back once nobody holds it from them any more. */
export function createNodeFaults({ nodes: agents }: Pick<Kubelet, 'nodes'>): Breakable<NodeFault> {
  const holders = new Map<string, Set<string>>();
  const turns = new Map<string, Promise<void>>();

  /** One change of a node at a time; each brings it to what is wanted then. */
  const bring = (agent: NodeAgent): Promise<void> => {
    const before = turns.get(agent.spec.name);
    const act = () => (holders.get(agent.spec.name)?.size ? agent.losePower() : agent.boot());
    // Without one before it happens at once: nodes of one fault lose their power together.
    const mine = before ? before.then(act) : act();
    const settled = mine
      .catch(() => undefined)
      .then(() => {
        if (turns.get(agent.spec.name) === settled) turns.delete(agent.spec.name);
      });
    turns.set(agent.spec.name, settled);
    return mine;
  };
  const find = (name: string): NodeAgent => {
    const agent = agents.get(name);
    if (!agent)
      throw new TypeError(
        `Cannot break the node "${name}": expected one of ${[...agents.keys()].join(', ')}`,
      );
    return agent;
  };
  return {
    break: async (id, { nodes }) => {
      const chosen = nodes.map(find);
      for (const { spec } of chosen) holders.set(spec.name, (holders.get(spec.name) ?? new Set()).add(id));
      await Promise.all(chosen.map(bring));
    },
    mend: async (id) => {
      const held = [...holders].filter(([, by]) => by.delete(id)).map(([name]) => find(name));
      await Promise.all(held.map(bring));
    },
  };
}
